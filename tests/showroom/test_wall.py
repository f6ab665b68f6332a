"""What can be chosen on the wall."""

from __future__ import annotations

import pytest

from modiste.showroom.session import State
from modiste.showroom.wall import _filters
from tests.showroom.test_markup import Elements

FACETS = {"category": {"dress": 1200, "bag <1>": 3}, "gender": {"Women": 1203}, "colour": {}}


@pytest.mark.parametrize(("priced", "acts"), [(True, ["category", "under"]), (False, ["category"])])
def test_what_has_one_value_or_none_is_no_choice(priced, acts):
    read = Elements(_filters(State(category="bag <1>"), FACETS, priced))
    assert [one["data-act"] for one in read.named("select")] == acts
    chosen = [one["value"] for one in read.named("option") if "selected" in one]
    assert chosen[0] == "bag <1>"
    assert "dress (1,200)" in read.texts
