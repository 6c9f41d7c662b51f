"""The errors of this room: an answer that cannot be read, told so that a user can find it at Amazon.

Names the operation, the member, the column and the request id. A restricted column's value is never shown. A value that
became null because it cannot be read is told in the same words.
"""

from catalog.table import Column
from flight_server.decode.columns import BadValue
from flight_server.errors import AmazonDetail, UnexpectedAnswer
from flight_server.plan import Page

_SHOWN = 60  # characters of a value


def unreadable_page(page: Page, reason: str) -> UnexpectedAnswer:
    """An answer that is no JSON, or not of the shape that the operation's model states."""
    return _unexpected(page, f"{page.call.operation.operation_id} sent an answer that cannot be read: {reason}")


def unreadable_value(page: Page, column: Column, bad: BadValue) -> UnexpectedAnswer:
    """A value that is not one of the column's type."""
    return _unexpected(
        page,
        f"{described(page, column, bad)}; leave the column out of the query to read the others, "
        "or set OnBadValue=Null to have null in the place of such values",
    )


def unreadable_echo(page: Page, column: Column, bad: BadValue) -> UnexpectedAnswer:
    """A value that was asked for and is not one of the type of the column that repeats it."""
    name = page.call.operation.operation_id
    return _unexpected(
        page, f"{name} was asked for {column.name} = {_cut(bad.text)}, which is no {column.declared_type}: {bad.reason}"
    )


def described(page: Page, column: Column, bad: BadValue) -> str:
    """What is wrong with a value and where it stood, without the value itself if it may be personal data."""
    shown = "value not shown, it may be personal data" if _may_be_personal(page, column) else _cut(bad.text)
    return (
        f"{page.call.operation.operation_id} sent a value for column {column.name} "
        f"(member {column.member}{bad.below}) that cannot be read as {bad.wanted}: {bad.reason}: {shown}"
    )


def _may_be_personal(page: Page, column: Column) -> bool:
    """Amazon withholds the column's data element, or the whole answer, from those without a restricted data token."""
    return bool(column.restricted) or (page.call.needs_restricted_token and not page.call.restricted_elements)


def _unexpected(page: Page, message: str) -> UnexpectedAnswer:
    told = f"{message} (request id {page.request_id})" if page.request_id else message
    return UnexpectedAnswer(told, AmazonDetail(page.call.operation.operation_id, request_id=page.request_id))


def _cut(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
