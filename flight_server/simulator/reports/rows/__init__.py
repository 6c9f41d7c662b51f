"""The rows of reports, each type's from the story.

Goes from what is asked for to the content of a document, or to none where there is no data. Every type is told here:
those whose rows an API tells too by a function of their own, all others in the form of their columns.
"""

from collections.abc import Callable, Mapping

from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows import orders
from flight_server.simulator.reports.rows.sheet import Content, Sheet, Tree
from flight_server.simulator.story import Story

__all__ = ["Content", "Sheet", "Tree", "content"]

_TOLD: Mapping[str, Callable[[Asked, Story], Content | None]] = {
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": orders.by_order_date,
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": orders.by_last_update,
}


def content(asked: Asked, story: Story) -> Content | None:
    """What the document of a report says; None: there is no data."""
    told = _TOLD.get(asked.type.name)
    return told(asked, story) if told else None
