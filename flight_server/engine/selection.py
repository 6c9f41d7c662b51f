"""What a selection takes of a page, and its schema, by Arrow alone: for these the engine need not run."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrow_types import arrow_schema
from catalog.table import Column
from flight_server.engine.normal_types import normal_schema
from flight_server.plan import Condition, Selection

_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    ">": pc.greater,
    ">=": pc.greater_equal,
    "<": pc.less,
    "<=": pc.less_equal,
}


def selection_schema(names: Sequence[str], columns: Sequence[Column]) -> pa.Schema:
    """The normalised schema of selected columns under the query's names."""
    return normal_schema(list(names), arrow_schema(columns), keep_nested=False)


def selected(record_batch: pa.RecordBatch, selection: Selection) -> pa.RecordBatch:
    """The rows that meet every condition; as in SQL, a null meets none."""
    if selection.conditions:
        held = (_holds(record_batch.column(condition.column), condition) for condition in selection.conditions)
        record_batch = record_batch.filter(reduce(pc.and_kleene, held))
    columns = [record_batch.column(name) for name in selection.columns]
    return pa.RecordBatch.from_arrays(columns, names=list(selection.columns))


def _holds(values: pa.Array, condition: Condition) -> pa.Array:
    wanted = pa.array(condition.values, values.type)
    if condition.operator == "in":
        return pc.is_in(values, value_set=wanted)
    return _COMPARED[condition.operator](values, wanted[0])
