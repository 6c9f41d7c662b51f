"""What makes two requests one job, and what is noted of a job. Frozen; knows neither store nor Amazon."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from flight_server.connection.settings import Settings
from flight_server.jobs.query_text import stripped
from flight_server.jobs.states import State
from flight_server.plan import FinishedReport, ReportRequest

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Job:
    """One report that was asked for, or found; times are UTC."""

    job_id: int
    account: str
    request_key: str
    report_type: str
    begun_at: datetime
    state: State
    marketplace_ids: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    options: Options = ()
    query: str = ""  # text of a Data Kiosk query; empty: it is a report
    page_token: str = ""  # ... for a further page of it
    asked_at: datetime | None = None  # createReport, or createQuery, was sent then, at the earliest
    given_up_at: datetime | None = None  # then it was asked for again, with no answer to what was sent before
    report_id: str = ""
    created_at: datetime | None = None  # by Amazon's clock
    processing_at: datetime | None = None
    finished_at: datetime | None = None
    document_id: str = ""
    told_start: datetime | None = None  # as Amazon tells it
    told_end: datetime | None = None
    told_marketplace_ids: tuple[str, ...] = ()
    next_token: str = ""  # for the page after it
    is_second_try: bool = False  # after a cooldown, or after somebody cancelled the first one
    cooldown_until: datetime | None = None
    next_try: datetime | None = None
    error: str = ""
    calls: int = 0
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class JobRecord:
    """A row of `system.reports`."""

    account: str  # as in other system tables: those of this process know themselves
    report_type: str
    start: datetime | None
    end: datetime | None
    marketplace_ids: tuple[str, ...]
    options: Options
    query: str
    status: State
    report_id: str
    created_at: datetime | None
    age_seconds: float | None  # of the report
    document_age_seconds: float | None  # since it was finished
    rows: int | None
    bytes: int | None
    calls: int
    next_try: datetime | None
    cooldown_until: datetime | None
    error: str


def account_of(settings: Settings, key: bytes) -> str:
    """Whose reports they are: stable from run to run, and of no use to whoever reads the store without its key."""
    told = json.dumps([settings.client_id, settings.refresh_token.reveal(), settings.endpoint])
    return f"{settings.client_id}/{hmac.new(key, told.encode(), hashlib.sha256).hexdigest()[:32]}"


def request_key(request: ReportRequest) -> str:
    """Equal for requests that one report answers."""
    instants = [instant and instant.astimezone(UTC).isoformat() for instant in (request.start, request.end)]
    told: list[object] = [request.report.report_type]
    if request.query:
        told += [stripped(request.query), request.page_token]
    else:
        told += [sorted(request.marketplace_ids), instants, sorted(request.options)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def finished(job: Job, request: ReportRequest) -> FinishedReport:
    """What a finished job comes to; without rows where it is empty."""
    return FinishedReport(
        request=request,
        report_id=job.report_id,
        document_id=job.document_id if job.state == "done" else "",
        created_at=job.created_at or job.begun_at,
        start=job.told_start or job.start,
        end=job.told_end or job.end,
        marketplace_ids=job.told_marketplace_ids or job.marketplace_ids,
        next_token=job.next_token,
    )


def record(job: Job, now: datetime) -> JobRecord:
    """What `system.reports` tells of a job."""
    created, ended = job.created_at, job.finished_at
    return JobRecord(
        account=job.account,
        report_type=job.report_type,
        start=job.told_start or job.start,
        end=job.told_end or job.end,
        marketplace_ids=job.told_marketplace_ids or job.marketplace_ids,
        options=job.options,
        query=job.query,
        status=job.state,
        report_id=job.report_id,
        created_at=created,
        age_seconds=None if created is None else (now - created).total_seconds(),
        document_age_seconds=None if ended is None or not job.document_id else (now - ended).total_seconds(),
        rows=job.rows,
        bytes=job.bytes,
        calls=job.calls,
        next_try=job.next_try,
        cooldown_until=job.cooldown_until,
        error=job.error,
    )
