"""What a kind of job must know of Amazon: all that differs between a report and a Data Kiosk query."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from catalog.table import Operation
from flight_server.errors import ApiError
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.job import Job
from flight_server.jobs.told import Told
from flight_server.plan import ReportRequest

Ours = Mapping[str, Job]
"""Id at Amazon → the job that is known to have it, of one account and type."""


class Kind(Protocol):
    """Reports, or queries."""

    word: str
    words: str  # several
    create_operation: Operation
    list_operation: Operation
    get_operation: Operation
    document_operation: Operation
    is_empty_without_document: bool  # done without a document: it has no row; else that is a fault
    is_listed_on: bool  # a long list that is known is gone on with; else it is had anew
    is_cancelled_by_hand_only: bool  # else CANCELLED may say that there is no row, or that it was asked for too soon

    def create(self, amazon: Amazon, request: ReportRequest) -> str:
        """Ask for it; its id. Raises AnswerLost, or UnexpectedAnswer, where it may be made all the same."""

    def one(self, amazon: Amazon, report_id: str) -> Told | None:
        """One of them; None where Amazon knows none of that id."""

    def listed(
        self, amazon: Amazon, report_types: Collection[str], since: datetime, statuses: Collection[str] = ()
    ) -> list[Told]:
        """All of these types made since then, newest first; others may be among them."""

    def link(self, amazon: Amazon, document_id: str, *, is_restricted: bool) -> str:
        """Where a document can be fetched, for five minutes."""

    def listing_of(self, report_type: str) -> str:
        """Equal for types that one list tells of."""

    def can_be_told(self, request: ReportRequest) -> bool:
        """Whether Amazon's lists tell enough to know one that somebody else asked for."""

    def listed_since(self, request: ReportRequest, max_age_seconds: float, now: datetime) -> datetime:
        """How far back a list must go to find one that answers the request."""

    def alike(self, request: ReportRequest, listed: Sequence[Told], ours: Ours, now: datetime) -> list[Told]:
        """Those of a list, made since `listed_since`, that are what the request asks for, whoever asked."""

    def made_listed_since(self, request: ReportRequest, asked_at: datetime, now: datetime) -> datetime:
        """How far back a list must go to find what was made of a request whose answer was lost."""

    def made(self, request: ReportRequest, listed: Sequence[Told], ours: Ours, asked_at: datetime) -> Told | None:
        """What was made then of a request whose answer was lost, in a list made since `made_listed_since`."""

    def are_twins(self, one: Job, other: Job) -> bool:
        """Whether two different jobs look alike in a list."""

    def is_full(self, error: ApiError) -> bool:
        """Whether Amazon refuses a request only because too many others are under way."""

    def kept_as(self, document_id: str) -> str:
        """The name of a document among all those of an account."""
