"""One scan → the rows that are kept of it: what is missing, or too old, is asked of Amazon first and written down.

The door of the room. Knows neither HTTP nor Delta. Which way a table goes, its stanza says (`catalog.mirror`): by parts
of a period, by keys, or by whole calls. Where a scan cannot be kept, or may stop in the middle (LIMIT) with something
missing, nothing is done, and Amazon is asked as without a mirror.
"""

from flight_server.errors import Error
from flight_server.plan import KeptRows, Keys, Scan
from flight_server.scan.context import ScanContext
from flight_server.scan.mirrored.arriving import Unkept
from flight_server.scan.mirrored.by_call import kept_calls
from flight_server.scan.mirrored.by_key import kept_keys, key_axis
from flight_server.scan.mirrored.by_period import kept_period, period_axis
from flight_server.scan.mirrored.request import MirrorFault, Request, request_of

__all__ = ["kept_rows"]


def kept_rows(scan: Scan, keys: Keys, context: ScanContext) -> KeptRows | None:
    """The rows of a scan out of the mirror, none older than MaxAge; None where Amazon is to be asked for each."""
    request = request_of(scan, keys, context, kept_rows)
    if request is None:
        return None
    try:
        return _kept(request)
    except (Unkept, MirrorFault) as fault:
        _go_on_without(request, fault)
    except Error as error:
        request.mirror.notes.note(request.account, request.name, 0, error.message)
        raise
    finally:
        request.close()
    return None


def _go_on_without(request: Request, fault: Exception) -> None:
    """The query does without the mirror, unless it runs for nothing else."""
    name, query = request.scan.table.qualified_name, request.context.query
    told = str(fault) if isinstance(fault, MirrorFault) else f"{name} is not kept: {fault}"
    request.mirror.notes.note(request.account, request.name, 0, told)
    if query.fills_mirror:
        raise Error(told)
    query.warn(told)


def _kept(request: Request) -> KeptRows | None:
    if period_axis(request.scan):
        return kept_period(request)
    if key_axis(request.scan):
        return kept_keys(request)
    return kept_calls(request)
