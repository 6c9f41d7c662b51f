"""A call → its pages; where Amazon refuses what only a star asks for, those of the call without it, with a warning.

A refusal ends the query where the call can do without nothing more, and names the marketplaces that it was for. Knows
neither SQL nor HTTP.
"""

from collections.abc import Collection, Generator
from contextlib import closing
from itertools import groupby

from flight_server.errors import AccessDenied, AmazonError, ApiError
from flight_server.plan import Call, Dispensable, Page
from flight_server.planner.asking.dispensing import without
from flight_server.scan.context import ScanContext
from flight_server.scan.marketplaces import named_with_country

_BAD_REQUEST = 400
_CHARACTERS_QUOTED = 200


def pages_of(call: Call, context: ScanContext) -> Generator[Page, None, None]:
    """The pages of a call, each fetched when it is asked for."""
    try:
        if call.dispensable:
            yield from _pages_without_what_is_refused(call, context)
        else:
            yield from context.client.pages(call, context.settings, context.query)
    except (AccessDenied, ApiError) as error:
        raise _with_marketplaces(error, call) from None


def _pages_without_what_is_refused(call: Call, context: ScanContext) -> Generator[Page, None, None]:
    refusals, account = context.refusals, context.settings.account
    with refusals.finding_out(account, call, context.query):
        known = refusals.refused(account, call)
        for reason in dict.fromkeys(known.values()):
            _warn([part for part, said in known.items() if said == reason], reason, call, context)
        first, pages = _first_page(without(call, tuple(known)), context)
    with closing(pages):
        if first is not None:
            yield first
        yield from pages


def _first_page(call: Call, context: ScanContext) -> tuple[Page | None, Generator[Page, None, None]]:
    """The first page of the call, or of as much of it as Amazon gives, and those behind it."""
    account = context.settings.account
    asked, refusal = call, None
    while True:
        pages = context.client.pages(asked, context.settings, context.query)
        try:
            first = next(pages, None)
        except (AccessDenied, ApiError) as error:
            if not asked.dispensable or not _may_be_for_data_sets(error):
                raise
            refusal = refusal or error
            asked = without(asked, _suspects(asked.dispensable, error))
            continue
        context.refusals.note_given(account, asked)
        if refusal is not None:
            left_out = [part for part in call.dispensable if part not in asked.dispensable]
            context.refusals.note_refused(account, call, left_out, _said(refusal))
            _warn(left_out, _said(refusal), call, context)
        return first, pages


def _may_be_for_data_sets(error: AmazonError) -> bool:
    return isinstance(error, AccessDenied) or error.detail.http_status == _BAD_REQUEST


def _suspects(parts: tuple[Dispensable, ...], error: AmazonError) -> tuple[Dispensable, ...]:
    """What to leave out first: what the refusal names, else what belongs to accounts of another type, else all."""
    named = tuple(part for part in parts if part.value in error.detail.message)
    others = tuple(part for part in parts if part.owner != "role")
    return named or others or parts


def _said(error: AmazonError) -> str:
    quoted = ": ".join(part for part in (error.detail.code, error.detail.message) if part) or error.message
    return quoted[:_CHARACTERS_QUOTED]


def _warn(parts: Collection[Dispensable], reason: str, call: Call, context: ScanContext) -> None:
    split = sorted({tuple(column.rsplit(".", 1)) for part in parts for column in part.columns})
    columns = "; ".join(
        f"{table}: {', '.join(name for _, name in names)}" for table, names in groupby(split, lambda pair: pair[0])
    )
    values = ", ".join(part.value for part in parts)
    context.query.warn(
        f"columns that only * brings are null ({columns}), for Amazon refuses this account {values} of "
        f"{call.operation.operation_id} ({reason}); a query that names such a column ends with Amazon's error"
    )


def _with_marketplaces(error: AccessDenied | ApiError, call: Call) -> AccessDenied | ApiError:
    if not call.marketplaces or error.detail.operation_id != call.operation.operation_id:
        return error
    noun = "marketplace" if len(call.marketplaces) == 1 else "marketplaces"
    which = ", ".join(map(named_with_country, call.marketplaces))
    return type(error)(
        f"{error.message}; the call was for {noun} {which}: where the operation is not offered, choose others by "
        "Marketplaces or a condition",
        error.detail,
    )
