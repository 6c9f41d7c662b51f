"""The rows of queries, each query field's from the story: objects with every field that a line may hold.

Goes from a question to its rows; none where there is no data. What a row holds beyond what is asked for does not reach
the document.
"""

from collections.abc import Callable, Mapping

from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.kiosk.rows import economics, foresight, traffic, vendors
from flight_server.simulator.story import Story

Json = dict[str, object]

__all__ = ["Json", "rows"]

_TOLD: Mapping[str, Callable[[Question, Story], list[Json]]] = {
    "economics": economics.economics,
    "economicsPreview": foresight.preview,
    "economicsSimulation": foresight.simulation,
    "manufacturingView": vendors.view,
    "salesAndTrafficByAsin": traffic.by_asin,
    "salesAndTrafficByDate": traffic.by_date,
    "salesAndTrafficTrends": traffic.trends,
    "sourcingView": vendors.view,
}


def rows(asked: Question, story: Story) -> list[Json]:
    """The rows of a query."""
    return _TOLD[asked.name](asked, story)
