"""What a query that waits for reports shows: how many are there, and where the first of the others is."""

from collections.abc import Sequence
from datetime import datetime

from flight_server.jobs.job import Job
from flight_server.jobs.states import FINISHED

_WORDS = {
    "wanted": "report to be asked for",
    "asking": "report being asked for",
    "cancelled": "report cancelled",
    "fatal": "report failed",
}


def progress_text(jobs: Sequence[Job], now: datetime) -> str:
    """A line: `3 of 13 reports there · report queued 40 s · processing`."""
    waiting = next((job for job in jobs if job.state not in FINISHED), None)
    there = sum(job.state in FINISHED for job in jobs)
    parts = [f"{there} of {len(jobs)} reports there"] if len(jobs) > 1 else []
    if waiting is not None:
        parts.append(_text(waiting, now))
    return " · ".join(parts)


def _text(job: Job, now: datetime) -> str:
    created = job.created_at or job.asked_at or now
    if job.state == "cooling" and job.cooldown_until is not None:
        return f"report asked for too soon, again at {job.cooldown_until:%H:%M} UTC"
    if job.state == "queued":
        return f"report queued {_seconds(created, now)}"
    if job.state == "processing":
        return f"report queued {_seconds(created, job.processing_at or now)} · processing"
    return _WORDS.get(job.state, f"report {job.state}")


def _seconds(since: datetime, until: datetime) -> str:
    return f"{max(0.0, (until - since).total_seconds()):.0f} s"
