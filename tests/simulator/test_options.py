from datetime import datetime

import pytest

from flight_server.simulator import Simulator, SimulatorOptions
from tests.simulator.conftest import NOW


@pytest.mark.parametrize(
    "wrong",
    [
        {"fail_rate": 1.1},
        {"drop_rate": -0.1},
        {"orders": -1},
        {"speed": 0.0},
        {"latency_seconds": -1.0},
        {"query_lines": 0},
        {"token_seconds": -1.0},
        {"oddities": ("numbers", "nonsense")},
        {"now": datetime(2026, 1, 1)},  # noqa: DTZ001  # the missing zone is the mistake
    ],
    ids=str,
)
def test_impossible_choices_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SimulatorOptions(**wrong)  # type: ignore[arg-type]  # wrong values are the point


@pytest.mark.parametrize("orders", [0, 1, 7])
def test_small_stories_can_be_told(orders: int) -> None:
    simulator = Simulator(SimulatorOptions(port=0, orders=orders, now=NOW))
    assert len(simulator.story.orders()) <= orders
