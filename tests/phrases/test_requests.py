"""What requests mean: changes, wants and acceptable answers."""

from __future__ import annotations

import pytest

from modiste.phrases import Change, Request, Want, accepts, difference
from modiste.phrases.requests import wants_of

DRESS = {
    "category": "dress", "gender": "women", "colour": "navy", "pattern": "striped", "sleeve": "short", "length": "knee",
    "formality": "casual", "season": "summer",
}  # fmt: skip


def want(attribute: str, relation: str, *values: str) -> Request:
    return Request("", "", {attribute: Want(relation, values)})


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ({}, []),
        ({"length": "maxi"}, [Change("length", "knee", "maxi")]),
        ({"colour": "navy blue"}, []),
        ({"fabric": "silk"}, [Change("fabric", "", "silk")]),
        ({"length": "midi", "colour": "red"}, [Change("colour", "navy blue", "red"), Change("length", "knee", "midi")]),
    ],
)
def test_difference(target, changes):
    assert list(difference(DRESS, DRESS | target)) == changes


def test_what_the_target_does_not_tell_is_no_change():
    assert difference({"fit": "slim", "colour": "red"}, {"colour": "red"}) == ()
    assert difference({"colour": "red"}, {"colour": "red", "pattern": "solid"}) == ()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (Change("length", "knee", "maxi"), {"is", "isn't", "more"}),
        (Change("sleeve", "long", "short"), {"is", "isn't", "less"}),
        (Change("neck", "boat", "crew"), {"is", "isn't"}),
        (Change("fabric", "", "silk"), {"is"}),
        (Change("pattern", "striped", "solid"), {"is", "isn't", "none"}),
        (Change("pattern", "solid", "floral"), {"is", "isn't", "some"}),
        (Change("pattern", "striped", "floral"), {"is", "isn't", "other"}),
        (Change("colour", "navy blue", "sky blue"), {"is", "isn't", "lighter", "brighter"}),
        (Change("colour", "mustard", "burgundy"), {"is", "isn't", "duller", "darker"}),
        (Change("colour", "navy blue", "multi"), {"is", "isn't"}),
    ],
)
def test_wants_of_a_change(change, names):
    assert {name for name, _ in wants_of(change)} == names


@pytest.mark.parametrize(
    ("request_", "candidate", "answers"),
    [
        (want("length", "more"), {"length": "midi"}, True),
        (want("length", "more"), {"length": "maxi"}, True),
        (want("length", "more"), {"length": "knee"}, False),
        (want("length", "more"), {"length": "mini"}, False),
        (want("length", "more"), {"length": "maxi", "colour": "red"}, False),
        (want("length", "more"), {"length": "maxi", "season": "winter"}, True),
        (want("length", "more"), {"length": "cropped"}, False),
        (want("sleeve", "less"), {"sleeve": "sleeveless"}, True),
        (want("colour", "is", "red"), {"colour": "red"}, True),
        (want("colour", "is", "red"), {"colour": "burgundy"}, False),
        (want("colour", "is", "red"), {"colour": "red", "category": "skirt"}, False),
        (want("colour", "lighter"), {"colour": "light blue"}, True),
        (want("colour", "lighter"), {"colour": "black"}, False),
        (want("colour", "lighter"), {"colour": "multi"}, False),
        (want("colour", "isn't", "navy blue"), {"colour": "multi"}, True),
        (want("colour", "isn't", "navy blue"), {"colour": ""}, False),
        (want("pattern", "is", "solid"), {"pattern": "plain"}, True),
        (want("pattern", "is", "solid"), {"pattern": ""}, True),
        (want("pattern", "isn't", "striped", "solid"), {"pattern": "floral"}, True),
        (want("pattern", "isn't", "striped", "solid"), {"pattern": ""}, False),
        (want("formality", "more"), {"formality": "formal", "colour": "black", "length": "midi"}, True),
        (want("formality", "more"), {"formality": "formal", "category": "shirt dress"}, True),
        (want("formality", "more"), {"formality": "formal", "category": "skirt"}, False),
        (want("formality", "more"), {"formality": "formal", "gender": "girls"}, False),
        (want("formality", "more"), {"formality": "sporty"}, False),
        (want("season", "is", "winter"), {"season": "winter"}, True),
        (want("category", "is", "skirt"), {"category": "Skirts"}, True),
        (want("fabric", "is", "silk"), {"fabric": "silk"}, True),
    ],
)
def test_acceptable_answers(request_, candidate, answers):
    assert accepts(request_, DRESS, DRESS | candidate) is answers


def test_two_wants_must_both_hold():
    both = Request("", "composed", {"colour": Want("is", ("red",)), "length": Want("more")})
    assert accepts(both, DRESS, DRESS | {"colour": "red", "length": "maxi"})
    assert not accepts(both, DRESS, DRESS | {"colour": "red"})
    assert not accepts(both, DRESS, DRESS | {"length": "maxi"})


def test_the_rest_can_be_named():
    other = DRESS | {"colour": "red", "sleeve": "long", "gender": "girls"}
    assert not accepts(want("colour", "is", "red"), DRESS, other)
    assert accepts(want("colour", "is", "red"), DRESS, other, keeps=["category"])
    assert not accepts(want("colour", "is", "red"), DRESS, other, keeps=["category", "gender"])
