"""Rows that are events of orders, in a world that lives: each told some hours after it was posted, then for ever.

Goes from an operation that declares `happens` (the kind of event to the list that tells it) and from what was asked
to scopes, oldest first; writes no rows and knows no pages.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flight_server.simulator.generic.asked import Asked
from flight_server.simulator.generic.documents import Writer
from flight_server.simulator.generic.identities import ORDER
from flight_server.simulator.generic.listing import filters, is_in_period, is_period
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.parameters import instant
from flight_server.simulator.story import OrderRecord
from flight_server.simulator.story.postings import LONGEST, postings

Happening = tuple[str, Scope]


def happens(writer: Writer) -> bool:
    """Whether the rows of a list are events of orders."""
    return writer.story.lives and bool(writer.operation.odd("happens"))


def is_settled(writer: Writer, asked: Asked) -> bool:
    """Whether periods and orders decide which events are told, so that none has to be written for it."""
    return all(is_period(writer, name) or _names_order(writer, name) for name in filters(writer.operation, asked))


def happenings(writer: Writer, asked: Asked, root: Scope) -> list[Happening]:
    """The list and the scope of every event that is told by now and was posted in the period asked for."""
    found = (one for record in _records(writer, asked) for one in _of_order(writer, root, record))
    told = [(name, scope) for name, scope in found if is_in_period(writer, asked, {}, scope)]
    return sorted(told, key=lambda one: (one[1].moment or 0, str(one[1].key)))


def _records(writer: Writer, asked: Asked) -> Iterable[OrderRecord]:
    story = writer.story
    named = {one for name, values in asked.values.items() if _names_order(writer, name) for one in values}
    named |= {asked.known[ORDER]} if ORDER in asked.known else set()
    if named:
        records: Iterable[OrderRecord] = (story.record_by_id[one] for one in named if one in story.record_by_id)
    else:
        bounds = (values[0] for name, values in asked.values.items() if is_period(writer, name))
        start = min((instant(text, "").timestamp() for text in bounds), default=0.0)
        records = story.placed_between(start - LONGEST, story.as_of + 1)
    return (one for one in records if not asked.marketplaces or one.purchase.marketplace in asked.marketplaces)


def _of_order(writer: Writer, root: Scope, record: OrderRecord) -> Iterator[Happening]:
    lists = writer.operation.odd("happens")
    for posting in postings(record.purchase):
        if posting.kind not in lists or posting.told_at > writer.story.as_of:
            continue
        key = (root.key[0], root.key[1], posting.kind, record.order_id, posting.posted_at, posting.line)
        yield (
            lists[posting.kind],
            replace(
                root,
                key=key,
                home=record.purchase.marketplace,
                place=posting.line,
                moment=posting.posted_at,
                order=record,
                is_row=True,
                bound={**root.bound, "transactiontype": posting.kind.capitalize()},
            ),
        )


def _names_order(writer: Writer, name: str) -> bool:
    return writer.identities.kind_name(name, writer.operation) == ORDER
