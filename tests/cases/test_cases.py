"""SQL in through the ADBC driver, calls out at the simulator."""

from pathlib import Path

import adbc_driver_manager
import pytest

from tests.cases.case_files import Case, is_like, read_cases
from tests.server_fixtures import Stack

CASES = list(read_cases(Path(__file__).parent))


def name(case: Case) -> str:
    return case.sql.replace("\n", " ")[:90]


@pytest.mark.parametrize("case", [case for case in CASES if case.calls is not None], ids=name)
def test_a_query_makes_just_these_calls(case: Case, stack: Stack) -> None:
    stack.query("SELECT count(*) FROM sellers.marketplace_participations")
    stack.simulator.clear_calls()
    stack.query(case.sql, **case.settings)
    calls = [call for call in stack.calls() if "NextToken" not in call["query"]]
    assert case.calls is not None
    assert len(calls) == len(case.calls), calls
    assert all(is_like(call, expected) for call, expected in zip(calls, case.calls, strict=True)), calls


@pytest.mark.parametrize("case", [case for case in CASES if case.calls is None], ids=name)
def test_a_query_that_cannot_be_answered_says_why(case: Case, stack: Stack) -> None:
    with pytest.raises(adbc_driver_manager.Error) as caught:
        stack.query(case.sql, **case.settings)
    message = str(caught.value)
    assert case.error in message
    assert "Traceback" not in message
    assert "demo-secret" not in message
    assert len(message) < 4096
