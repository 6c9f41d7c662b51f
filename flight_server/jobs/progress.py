"""What a query that waits for reports shows: how many are there, and where the first of the others is."""

from collections.abc import Sequence
from datetime import datetime

from flight_server.jobs.asking import QUERIES, REPORTS, kind_of
from flight_server.jobs.job import Job
from flight_server.jobs.states import FINISHED

_WORDS = {"wanted": "to be asked for", "asking": "being asked for", "fatal": "failed"}


def progress_text(jobs: Sequence[Job], now: datetime) -> str:
    """A line: `3 of 13 reports there · report queued 40 s · processing`."""
    waiting = next((job for job in jobs if job.state not in FINISHED), None)
    there = sum(job.state in FINISHED for job in jobs)
    parts = [f"{there} of {len(jobs)} {_words(jobs)} there"] if len(jobs) > 1 else []
    if waiting is not None:
        parts.append(f"{kind_of(waiting.query).word} {_text(waiting, now)}")
    return " · ".join(parts)


def _words(jobs: Sequence[Job]) -> str:
    """What they are; a mix of both counts as reports."""
    return QUERIES.words if all(job.query for job in jobs) else REPORTS.words


def _text(job: Job, now: datetime) -> str:
    created = job.created_at or job.asked_at or now
    if job.state == "cooling" and job.cooldown_until is not None:
        return f"asked for too soon, again at {job.cooldown_until:%H:%M} UTC"
    if job.state == "queued":
        return f"queued {_seconds(created, now)}"
    if job.state == "processing":
        return f"queued {_seconds(created, job.processing_at or now)} · processing"
    return _WORDS.get(job.state, job.state)


def _seconds(since: datetime, until: datetime) -> str:
    return f"{max(0.0, (until - since).total_seconds()):.0f} s"
