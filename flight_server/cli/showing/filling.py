"""How far the filling of the mirror is, on stderr: parts of the period, rows, calls, and the time that quota takes.

On a terminal a line that changes; elsewhere (cron, CI) a line now and then, and one for each table at its end.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType

import click
from rich.console import Console
from rich.status import Status

from flight_server.sync import Progress

LOGGED_EVERY_SECONDS = 5.0


class FillingShown:
    """Shows what it is told. A table's own thread and the one that watches it may tell."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._console = Console(stderr=True)
        self._logged = clock()
        self._line: Status | None = None

    def __enter__(self) -> "FillingShown":
        if self._console.is_terminal:
            self._line = self._console.status("")
            self._line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._line.stop()

    def tell(self, progress: Progress) -> None:
        """Show how far a table is."""
        text = filling_text(progress)
        if progress.is_done:
            self._print(text)
        elif self._line is not None:
            self._line.update(text)
        elif self._clock() - self._logged >= LOGGED_EVERY_SECONDS:
            self._logged = self._clock()
            self._print(text)

    def failed(self, table: str, why: str) -> None:
        """Say that a table could not be read to its end."""
        self._print(f"{table}: {why}")

    def _print(self, text: str) -> None:
        if self._line is not None:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(text, err=True)


def filling_text(progress: Progress) -> str:
    """One line.

    >>> filling_text(Progress("a.b", 3, None, 1200, 14, "getOrders 1 a minute", 5400.0))
    'a.b: 3 windows · 1,200 rows · 14 API calls · about 1:30:00 left · waiting for quota of getOrders 1 a minute'
    >>> filling_text(Progress("orders.orders", 9, None, 9000, 90, is_done=True))
    'orders.orders: up to date · 9 windows · 9,000 rows · 90 API calls'
    """
    back = f" back to {progress.back_to.date()}" if progress.back_to is not None else ""
    parts = [
        *(["up to date"] if progress.is_done else []),
        f"{progress.windows:,} windows{back}",
        f"{progress.rows:,} rows",
        f"{progress.calls:,} API calls",
    ]
    if progress.left_seconds and not progress.is_done:
        parts.append(f"about {timedelta(seconds=round(progress.left_seconds))} left")
    if progress.waits_for:
        parts.append(f"waiting for quota of {progress.waits_for}")
    return f"{progress.table}: {' · '.join(parts)}"
