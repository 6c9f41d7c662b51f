"""Documents of reports and Data Kiosk: bytes in, record batches out. Knows no HTTP, no jobs and no SQL."""

from flight_server.decode.documents.facts import DocumentFacts
from flight_server.decode.documents.reading import error_text, read_document

__all__ = ["DocumentFacts", "error_text", "read_document"]
