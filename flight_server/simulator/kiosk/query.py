"""What one query is: what was asked for, when it goes on, and what became of it.

Knows no HTTP and no rows.
"""

from dataclasses import dataclass
from datetime import datetime

from flight_server.simulator.course import Course
from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.storage import Document


@dataclass(frozen=True)
class Query(Course):
    """One query of one account; each page of its lines is a query of its own."""

    query_id: str
    document_id: str
    question: Question
    wrong: str  # what Amazon will find wrong with it; empty: nothing
    place: int  # among all queries of the account, oldest first

    @property
    def expires_at(self) -> datetime:
        """From when on Amazon does not know it any more."""
        return self.created + self.question.retention


@dataclass(frozen=True)
class Made:
    """How a query ends: DONE, FATAL or CANCELLED, with a document or none."""

    status: str
    document: Document | None = None
    next_line: int = 0  # where the lines go on that are not in the document; 0: nowhere
