"""Reports that cannot be asked for: Amazon makes them by itself, and they are found.

All that Amazon lists since the period began are noted, each once; those that overlap the period are its answer, in the
order of their own periods. Facts: a settlement tells of two weeks or so and is made when they are over; reports are
kept for 90 days, after which only those can be told that were noted, and kept, before.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flight_server.client import Clock
from flight_server.errors import QueryError
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import REPORTS
from flight_server.jobs.asking.reports import without_document
from flight_server.jobs.job import Job, finished
from flight_server.jobs.judging import KEPT_DAYS
from flight_server.jobs.store import Listing, Store
from flight_server.jobs.told import Told
from flight_server.plan import FinishedReport, ReportRequest

_ALL_MADE = timedelta(days=45)
"""So long after an instant every report is there whose period has it: the longest period is a month."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_MARGIN = timedelta(minutes=5)


def found_reports(
    request: ReportRequest,
    account: str,
    amazon: Amazon,
    store: Store,
    clock: Clock,
    is_there: Callable[[Job, ReportRequest], bool],
) -> tuple[FinishedReport, ...]:
    """The reports that overlap the period of a request; `is_there` says whether a report's document can be read."""
    now = clock.utc()
    kept = now - timedelta(days=min(request.report.retention_days, KEPT_DAYS)) + _MARGIN
    report_type = request.report.report_type
    listing = store.listing(account, report_type)
    since = max(request.start or kept, kept)
    if not _is_enough(listing, request, since, amazon.settings.report_max_age_seconds, now):
        _note(request, account, REPORTS.listed(amazon, [report_type], since, ["DONE"]), store, now)
        store.note_listing(account, report_type, Listing(since, now))
        listing = store.listing(account, report_type)
    known_since = listing.since if listing is not None else since
    if request.start is not None and request.start < min(known_since, kept):
        raise _too_early(request, min(known_since, kept))
    jobs = [job for job in store.jobs(account, report_type) if job.state == "done" and _is_wanted(job, request)]
    for job in jobs:
        if not is_there(job, request):
            raise _too_early(request, kept)
    in_order = sorted(
        jobs, key=lambda job: (job.told_start or _BEFORE_ALL, job.created_at or _BEFORE_ALL, job.report_id)
    )
    return tuple({job.document_id: finished(job, request) for job in in_order}.values())


def _is_enough(
    listing: Listing | None, request: ReportRequest, since: datetime, max_age_seconds: float, now: datetime
) -> bool:
    if listing is None or listing.since > since:
        return False
    is_over = request.end is not None and listing.until >= request.end + _ALL_MADE
    return is_over or (now - listing.until).total_seconds() < max_age_seconds


def _note(request: ReportRequest, account: str, reports: list[Told], store: Store, now: datetime) -> None:
    known = store.known(account, request.report.report_type)
    for told in reports:
        if not told.document_id:
            raise without_document(told)
        if told.report_id not in known:
            store.add(
                Job(
                    job_id=0,
                    account=account,
                    request_key=f"found:{told.report_id}",
                    report_type=request.report.report_type,
                    begun_at=now,
                    state="done",
                    report_id=told.report_id,
                    created_at=told.created_at,
                    finished_at=now,
                    document_id=told.document_id,
                    told_start=told.start,
                    told_end=told.end,
                    told_marketplace_ids=told.marketplace_ids,
                )
            )


def _is_wanted(job: Job, request: ReportRequest) -> bool:
    if request.start is not None and job.told_end is not None and job.told_end <= request.start:
        return False
    if request.end is not None and job.told_start is not None and job.told_start >= request.end:
        return False
    ours, its = frozenset(request.marketplace_ids), frozenset(job.told_marketplace_ids)
    return not ours or not its or request.report.ignores_marketplaces or not ours.isdisjoint(its)


def _too_early(request: ReportRequest, kept: datetime) -> QueryError:
    return QueryError(
        f"Amazon keeps {request.report.report_type} for {request.report.retention_days} days, and the period begins "
        f"before that: ask for what ends after {kept:%Y-%m-%d %H:%M} UTC"
    )
