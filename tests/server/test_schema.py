"""What the description promises: requests made up from it, right ones and wrong ones, get declared answers."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from modiste.server import Settings, create_app
from tests.server.conftest import READ, WRITE, serving

EXAMPLES = 10
"""Requests to each route."""
KEY = {"Authorization": f"Bearer {WRITE}"}


@pytest.mark.slow
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
def test_every_answer_is_declared(shop, mode):
    """No server errors, no undeclared status, type or shape; what is wrong is refused."""
    wrong = []
    keys = {"read_keys": frozenset({READ}), "write_keys": frozenset({WRITE}), "metrics_keys": frozenset({WRITE})}
    with serving(create_app(shop, Settings(**keys, replica="here"))) as address:
        schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
        for found in schema.get_all_operations():
            operation = found.ok()
            try:
                _try(operation, mode)
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE, "nothing can be wrong with what takes nothing"
            except Exception as error:
                wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)


def _try(operation, mode):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        # What a schema can't say, such as which products there are, is refused as well.
        case.call_and_validate(headers=KEY, excluded_checks=[positive_data_acceptance])

    ask()
