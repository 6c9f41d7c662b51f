"""Conditions on a report's period that no way of cutting can answer: a choice between periods. So of windows, too.

What is asked for is one period, cut into reports. One that spans the gap between two periods begins in neither, so a
condition with OR would leave out the rows that it tells of the second: such a query is refused.
"""

from sqlglot import exp

from catalog.kiosk.dataset import END, START, Dataset
from catalog.reports.report import DATA_END_TIME, DATA_START_TIME
from flight_server.errors import QueryError
from flight_server.planner.conditions.analysis import Analysis, Origin
from flight_server.planner.conditions.mentions import mentions
from flight_server.planner.conditions.predicates import Possible
from flight_server.planner.conditions.ranges import Values


def refuse_choices(analysis: Analysis, possible: Possible) -> None:
    """Raise QueryError where the beginning or the end of reports is bounded in a choice; values are no matter."""
    if not any(reference.table.report for reference in analysis.references):
        return
    for mention in mentions(analysis):
        if not isinstance(mention.condition.unnest(), exp.Or):
            continue
        for origin in mention.origins:
            if _is_of_period(origin, analysis, possible) and not isinstance(possible.domains.get(origin), Values):
                table = analysis.references[origin.reference].table
                raise QueryError(
                    f"{table.qualified_name}: a condition with OR on {origin.column} cannot be answered, since a "
                    "report may span what lies between; join a SELECT for each period with UNION ALL"
                )


def _is_of_period(origin: Origin, analysis: Analysis, possible: Possible) -> bool:
    table = analysis.references[origin.reference].table
    if table.dataset is not None:
        days = {key.column for key in table.key_columns if key.eq in (START, END)}
        return origin.column in days and _tells_of_windows(table.dataset, origin.reference, possible)
    return table.report is not None and origin.column in (DATA_START_TIME, DATA_END_TIME)


def _tells_of_windows(dataset: Dataset, reference: int, possible: Possible) -> bool:
    """Whether rows may tell of the whole window that is asked for, instead of a day, week or month of it."""
    grains = possible.of(reference).get(dataset.grain)
    return not dataset.grain or (isinstance(grains, Values) and not grains.values <= {"DAY", "WEEK", "MONTH"})
