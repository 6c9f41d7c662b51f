"""SQL in through the ADBC driver, calls out at the simulator."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import adbc_driver_manager
import pytest

from tests.cases.case_files import Case, ExpectedCall, is_like, read_cases
from tests.server_fixtures import Stack

CASES = list(read_cases(Path(__file__).parent))


def name(case: Case) -> str:
    return case.sql.replace("\n", " ")[:90]


def _differences(calls: Sequence[Mapping[str, object]], expected: Sequence[ExpectedCall]) -> list[object]:
    """Calls that nothing expects and expected calls that were not made; calls that need no other's rows run side by
    side, so their order says nothing."""
    missing = list(expected)
    unexpected: list[object] = []
    for call in calls:
        like = next((one for one in missing if is_like(call, one)), None)
        if like is None:
            unexpected.append(call)
        else:
            missing.remove(like)
    return unexpected + list(missing)


@pytest.mark.parametrize("case", [case for case in CASES if case.calls is not None], ids=name)
def test_a_query_makes_just_these_calls(case: Case, stack: Stack) -> None:
    stack.query("SELECT count(*) FROM sellers.marketplace_participations")
    stack.simulator.clear_calls()
    stack.query(case.sql, **case.settings)
    calls = [call for call in stack.calls() if "NextToken" not in call["query"]]
    assert case.calls is not None
    assert not _differences(calls, case.calls)


@pytest.mark.parametrize("case", [case for case in CASES if case.calls is None], ids=name)
def test_a_query_that_cannot_be_answered_says_why(case: Case, stack: Stack) -> None:
    with pytest.raises(adbc_driver_manager.Error) as caught:
        stack.query(case.sql, **case.settings)
    message = str(caught.value)
    assert case.error in message
    assert "Traceback" not in message
    assert "demo-secret" not in message
    assert len(message) < 4096
