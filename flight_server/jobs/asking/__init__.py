"""What jobs ask Amazon for, in two kinds: reports, and Data Kiosk queries.

::

    kind_of(query) ─┬─ reports      Reports API 2021-06-30
                    └─ queries      Data Kiosk API 2023-11-15

A kind makes its calls and knows what their answers mean: which of those that are listed is the one asked for, and what
a status comes to. Knows no store and no order of steps.
"""

from flight_server.jobs.asking.kind import Kind
from flight_server.jobs.asking.queries import Queries
from flight_server.jobs.asking.reports import Reports

__all__ = ["QUERIES", "REPORTS", "Kind", "kind_of"]

REPORTS: Kind = Reports()
QUERIES: Kind = Queries()


def kind_of(query: str) -> Kind:
    """The kind of a request, or of a job, by the text of its query; empty: it is a report."""
    return QUERIES if query else REPORTS
