"""What the page of a dataset's table says of the query field: how it is asked, in one line. Knows no page around it."""

from collections.abc import Iterator

from catalog.kiosk.dataset import Dataset
from catalog.reports.report import Report


def dataset_line(dataset: Dataset, report: Report) -> str:
    """All that a query needs to know of the query field."""
    return " · ".join((f"`{dataset.name}`, `{dataset.field}`", *_facts(dataset, report)))


def _facts(dataset: Dataset, report: Report) -> Iterator[str]:
    if report.audience == "vendor":
        yield "for vendors"
    yield f"counts in what `{dataset.grain}` says" if dataset.grain else "each row tells of the whole window"
    if dataset.lookback_days is not None:
        yield f"nothing older than {dataset.lookback_days} days"
    if dataset.ahead_days is not None:
        yield f"looks ahead, up to {dataset.ahead_days} days"
    if dataset.single_day:
        yield f"by day, {' and '.join(f'`{member}`' for member in dataset.single_day)} takes a query a day"
    if dataset.objects is not None:
        yield f"{dataset.objects.most} of `{dataset.objects.path}` a query"
    if report.roles:
        yield f"needs a role: {' or '.join(report.roles)}"
