"""One scan → the rows that are kept of it: what is missing, or too old, is asked of Amazon first and written down.

The door of the room. Knows neither HTTP nor Delta. Which way a table goes, its stanza says (`catalog.mirror`): by parts
of a period, by keys, or by whole calls. Where a scan cannot be kept, or may stop in the middle (LIMIT) with something
missing, nothing is done, and Amazon is asked as without a mirror.
"""

from contextlib import suppress

from flight_server.errors import Cancelled, Error
from flight_server.mirror import MirrorFault, MirrorRests
from flight_server.plan import KeptRows, Keys, Scan
from flight_server.scan.context import ScanContext
from flight_server.scan.mirrored.arriving import Unkept
from flight_server.scan.mirrored.by_call import kept_calls
from flight_server.scan.mirrored.by_key import kept_keys, key_axis
from flight_server.scan.mirrored.by_period import kept_period, period_axis
from flight_server.scan.mirrored.request import Request, request_of

__all__ = ["kept_rows"]


def kept_rows(scan: Scan, keys: Keys, context: ScanContext) -> KeptRows | None:
    """The rows of a scan out of the mirror, none older than MaxAge; None where Amazon is to be asked for each."""
    try:
        request = request_of(scan, keys, context, kept_rows)
        return None if request is None else _kept_or_noted(request)
    except (Unkept, MirrorFault) as fault:
        told = str(fault) if isinstance(fault, MirrorFault) else f"{scan.table.qualified_name} is not kept: {fault}"
        if context.query.fills_mirror:
            raise Error(told) from None  # it runs for nothing else
        context.query.warn(told)
        return None


def _kept_or_noted(request: Request) -> KeptRows | None:
    mirror = request.mirror
    try:
        return _kept(request)
    except Cancelled:
        raise
    except MirrorFault as fault:
        if not isinstance(fault, MirrorRests):
            mirror.rest()
        _note(request, fault.message)
        raise
    except Unkept as fault:
        _note(request, str(fault))
        raise
    except Error as error:
        _note(request, error.message)
        raise
    finally:
        request.close()


def _note(request: Request, told: str) -> None:
    with suppress(MirrorFault):  # the disk may be full for this, too
        request.mirror.notes.note(request.account, request.name, 0, told)


def _kept(request: Request) -> KeptRows | None:
    if period_axis(request.scan):
        return kept_period(request)
    if key_axis(request.scan):
        return kept_keys(request)
    return kept_calls(request)
