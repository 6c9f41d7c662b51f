"""The errors of this room: an answer that cannot be read, told so that a user can find it at Amazon.

Names the operation, the member, the column and the request id. A restricted column's value is never shown.
"""

from catalog.table import Column
from flight_server.decode.columns import Refused
from flight_server.errors import AmazonDetail, UnexpectedAnswer
from flight_server.plan import Page

_SHOWN = 60  # characters of a value


def unreadable_page(page: Page, reason: str) -> UnexpectedAnswer:
    """An answer that is no JSON, or not of the shape that the operation's model states."""
    return _unexpected(page, f"{page.call.operation.operation_id} sent an answer that cannot be read: {reason}")


def unreadable_value(page: Page, column: Column, refused: Refused) -> UnexpectedAnswer:
    """A value that is not one of the column's type."""
    shown = "value not shown, it may be personal data" if column.restricted else _cut(refused.text)
    member = f" (member {column.member})" if column.member else ""
    return _unexpected(
        page,
        f"{page.call.operation.operation_id} sent a value for column {column.name}{member} "
        f"that cannot be read as {column.declared_type}: {refused.reason}: {shown}; "
        "leave the column out of the query to read the others",
    )


def _unexpected(page: Page, message: str) -> UnexpectedAnswer:
    told = f"{message} (request id {page.request_id})" if page.request_id else message
    return UnexpectedAnswer(told, AmazonDetail(page.call.operation.operation_id, request_id=page.request_id))


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
