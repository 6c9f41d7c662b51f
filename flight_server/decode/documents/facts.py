"""What is known of a document besides its bytes. Knows no HTTP and no jobs."""

from dataclasses import dataclass

from flight_server.errors import UnexpectedAnswer


@dataclass(frozen=True)
class DocumentFacts:
    """What is known of a document besides its bytes."""

    name: str  # for errors: the report type and the report's id
    content_type: str = ""  # of the download
    marketplace_ids: tuple[str, ...] = ()  # whose number signs and code pages it may be in
    encoding: str = ""  # the connection's ReportEncoding; empty: by evidence


def unreadable_document(facts: DocumentFacts, reason: str) -> UnexpectedAnswer:
    """A document that cannot be read as a whole, and why."""
    return UnexpectedAnswer(f"the document of {facts.name} cannot be read: {reason}")
