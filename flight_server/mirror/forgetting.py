"""Personal data → forgotten when they are old: the rows of tables that were read with restricted data.

What is covered is forgotten before the rows, so that nothing that is gone counts as there. Rows of a period are
forgotten together when the oldest is too old: what was brought up to date does not say of when its other rows are.
Files of rows that were taken away stay for an hour, for queries that read them.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from flight_server.mirror.faults import MirrorFault
from flight_server.mirror.notes import Notes, Place
from flight_server.mirror.tables import ACCOUNT, FETCHED_AT, RESTRICTED, SCOPE, DeltaTables

_EVERY_SECONDS = 3600.0
_FILES_STAY_HOURS = 1
_PATIENCE_SECONDS = 10.0
_log = logging.getLogger(__name__)


Alone = Callable[[str, str], AbstractContextManager[None]]
"""(account, table) -> nobody else writes it."""


def forget_restricted(notes: Notes, tables: DeltaTables, alone: Alone, before: datetime, *, is_read: bool) -> None:
    """Forget the personal data that were read before an instant; `is_read`: queries may be reading."""
    for name in tables.names():
        if name.endswith(RESTRICTED):
            _forget(notes, tables, name, alone, before)
            tables.clear(name, _FILES_STAY_HOURS if is_read else 0)


def _forget(notes: Notes, tables: DeltaTables, name: str, alone: Alone, before: datetime) -> None:
    for (account, scope), oldest in tables.oldest(name).items():
        if oldest >= before:
            continue
        place, where = Place(account, name, scope), f"{ACCOUNT} = '{account}' AND {SCOPE} = '{scope}'"
        with alone(account, name):
            if notes.stretches(place):
                notes.forget_scope(place)
                tables.delete(name, where)
            else:
                notes.forget_scope(place, before)
                tables.delete(name, f"{where} AND {FETCHED_AT} < '{before.isoformat()}'")


@contextmanager
def forgetting(
    forget: Callable[[datetime, bool], None], age: timedelta | None, utc: Callable[[], datetime]
) -> Iterator[None]:
    """Forget what is older than `age`: once before the block begins, then every hour while it runs."""
    if age is None:
        yield
        return
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(_EVERY_SECONDS):
            try:
                forget(utc() - age, True)
            except MirrorFault as fault:
                _log.error("personal data could not be forgotten: %s", fault)

    forget(utc() - age, False)
    thread = threading.Thread(target=go_on, name="forget", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE_SECONDS)
