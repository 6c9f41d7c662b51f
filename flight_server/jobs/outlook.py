"""What is known of a report → what whoever asks for it may expect. Pure: knows no store and no Amazon."""

from datetime import datetime

from flight_server.jobs.job import JobRecord
from flight_server.plan import Outlook

REPORT_SECONDS = 30.0
"""A report that is asked for takes so long at least, as a rule."""


def outlook(known: JobRecord | None, now: datetime) -> Outlook:
    """The outlook of a request of which this is known; None: nothing is."""
    if known is None:
        return Outlook(wait_seconds=REPORT_SECONDS)
    if known.status in ("done", "empty"):
        rows = "no rows" if known.status == "empty" else "its document is there"
        age = f", {_duration(known.age_seconds)} old" if known.age_seconds is not None else ""
        return Outlook(f"{rows}{age}", is_asked_for=False)
    if known.status == "failed":
        tried = f"; next try at {known.next_try:%Y-%m-%d %H:%M} UTC" if known.next_try is not None else ""
        return Outlook(f"failed: {known.error}{tried}", is_asked_for=False)
    until = known.cooldown_until
    if until is not None and until > now:
        wait = (until - now).total_seconds() + REPORT_SECONDS
        return Outlook(f"asked for again at {until:%Y-%m-%d %H:%M} UTC, since that was too soon", wait_seconds=wait)
    if known.status in ("wanted", "asking"):
        return Outlook("about to be asked for", wait_seconds=REPORT_SECONDS)
    return Outlook(f"under way: {known.status}", is_asked_for=False, wait_seconds=REPORT_SECONDS)


def _duration(seconds: float) -> str:
    """A length of time in the unit that says it shortest.

    >>> _duration(42.0), _duration(3600.0), _duration(200_000.0)
    ('42 s', '60 min', '2 days')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} days"
