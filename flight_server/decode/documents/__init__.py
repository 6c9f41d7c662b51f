"""Documents of reports and Data Kiosk: bytes in, record batches out. Knows no HTTP, no jobs and no SQL."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentFacts:
    """What is known of a document besides its bytes."""

    name: str  # for errors: the report type and the report's id
    content_type: str = ""  # of the download
    marketplace_ids: tuple[str, ...] = ()  # whose number signs and code pages it may be in
    encoding: str = ""  # the connection's ReportEncoding; empty: by evidence
