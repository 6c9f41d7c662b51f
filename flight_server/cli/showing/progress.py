"""How far a long query is, on stderr: pages, rows, API calls and the seconds it waited for quota.

Asks `system.queries` over a connection of its own. On a terminal it is a line that comes and goes; elsewhere (cron, CI)
one line now and then. Knows no server but through SQL.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import adbc_driver_manager
import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from flight_server.cli.connection import rows_of

SHOWN_AFTER_SECONDS = 1.0
POLL_SECONDS = 0.5
LOGGED_EVERY_SECONDS = 5.0

_STATE = """
SELECT query_id, state, pages, document_bytes, "rows", api_calls, throttled_ms, waits_for, warnings FROM system.queries
WHERE sql = ? AND state NOT IN ('finished', 'failed', 'cancelled') ORDER BY started_at DESC LIMIT 1
"""


class QueryProgress:
    """The progress of one query; call it often, it looks now and then. Used by one thread."""

    def __init__(self, connection: Any, sql: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._sql = sql
        self._clock = clock
        self._console = Console(stderr=True)
        self._started = clock()
        self._looked = self._logged = self._started
        self._line: Progress | None = None
        self._task = TaskID(0)
        self._told: set[str] = set()

    def __enter__(self) -> "QueryProgress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()

    def tick(self) -> None:
        """Look and show, if it is time to."""
        now = self._clock()
        if now - self._started < SHOWN_AFTER_SECONDS or now - self._looked < POLL_SECONDS:
            return
        self._looked = now
        try:
            found = rows_of(self._connection, _STATE, self._sql)
        except adbc_driver_manager.Error:
            return  # progress is a courtesy: if something is wrong, the query itself says so
        if not found:
            return
        self.tell_warnings(found[0]["warnings"])
        if self._console.is_terminal:
            self._show(progress_text(found[0]))
        elif now - self._logged >= LOGGED_EVERY_SECONDS:
            self._logged = now
            click.echo(f"{now - self._started:.0f} s: {progress_text(found[0])}", err=True)

    def tell_warnings(self, warnings: str | None) -> None:
        """Say what the server says of the query, each sentence once: while it runs, it may still be stopped."""
        for warning in (warnings or "").splitlines():
            if warning not in self._told:
                self._told.add(warning)
                if self._line is not None:
                    self._line.console.print(f"warning: {warning}", markup=False, highlight=False, soft_wrap=True)
                else:
                    click.echo(f"warning: {warning}", err=True)

    def hide(self) -> None:
        """Take the line away: rows are about to be printed."""
        if self._line is not None:
            self._line.stop()
            self._line = None

    def _show(self, text: str) -> None:
        if self._line is None:
            self._line = Progress(
                SpinnerColumn(),
                BarColumn(bar_width=20),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._line.add_task("", total=None)
            self._line.start()
        self._line.update(self._task, description=text)


def progress_text(row: dict[str, Any]) -> str:
    """One row of `system.queries` as a line.

    >>> state = {"state": "waiting for quota", "pages": 3, "rows": 1200, "api_calls": 4, "throttled_ms": 12300}
    >>> progress_text(state)
    'waiting for quota · 3 pages · 1,200 rows · 4 API calls · 12 s waited for quota'
    >>> progress_text(state | {"waits_for": "getOrders 1 a minute"})
    'waiting for quota of getOrders 1 a minute · 3 pages · 1,200 rows · 4 API calls · 12 s waited for quota'
    >>> report = {"state": "waiting for reports", "waits_for": "report queued 40 s · processing"}
    >>> progress_text(state | report | {"document_bytes": 12_400_000})
    'report queued 40 s · processing · 3 pages · 12.4 MB · 1,200 rows · 4 API calls · 12 s waited for quota'
    """
    parts = [
        _state_text(row),
        f"{row['pages'] or 0:,} pages",
        *([f"{row['document_bytes'] / 1e6:.1f} MB"] if row.get("document_bytes") else []),
        f"{row['rows'] or 0:,} rows",
        f"{row['api_calls'] or 0:,} API calls",
        f"{(row['throttled_ms'] or 0) / 1000:.0f} s waited for quota",
    ]
    return " · ".join(parts)


def _state_text(row: dict[str, Any]) -> str:
    waits_for = row.get("waits_for")
    if row["state"] == "waiting for reports" and waits_for:
        return str(waits_for)
    return f"{row['state']} of {waits_for}" if waits_for else str(row["state"])
