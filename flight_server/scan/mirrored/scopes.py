"""How the calls of a scan are narrowed besides the axis by which its rows are kept: the scope of what they cover.

What is covered is covered for calls that are narrowed in the same way, and for no others: Amazon may know more of a row
than it tells. Conditions that every row proves by itself may be left out, though: rows of a wider scope are as good.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from catalog.table import Table
from flight_server.connection.settings import Settings
from flight_server.mirror.tables import RESTRICTED
from flight_server.plan import Binding, Output, Scan
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.asking.parameters import is_echo


def mirror_name(table: Table, *, is_restricted: bool) -> str:
    """The Delta table of a table: of an API's version, whichever schema a connection sees it in."""
    assert table.operation is not None
    name = f"{table.operation.api}_{table.operation.api_version}__{table.name}"
    safe = "".join(each if each.isalnum() or each == "_" else "_" for each in name)
    return f"{safe}{RESTRICTED}" if is_restricted else safe


def kept_names(tables: Iterable[Table]) -> Mapping[str, str]:
    """The Delta tables that these tables can have, and whose they are: name -> qualified name."""
    return {
        mirror_name(table, is_restricted=is_restricted): table.qualified_name
        for table in tables
        if table.operation is not None
        for is_restricted in (False, True)
    }


def scope_of(scan: Scan, axis: str, sources: Sources, settings: Settings) -> str:
    """A short text for the way in which the calls are narrowed, `axis` left out."""
    operation = scan.table.operation
    assert operation is not None
    told = {
        "operation": [operation.api, operation.api_version, operation.operation_id, scan.table.row_path],
        "bindings": {
            binding.key_column.column: _told(binding, sources)
            for binding in scan.bindings
            if binding.key_column.column != axis
        },
        "constants": dict(scan.table.constants),
        "switches": {name: sorted(values) for name, values in scan.switches.items() if values},
        "restricted": sorted(scan.restricted_elements),
        "sandbox": settings.sandbox,
        "bad values": settings.on_bad_value,
    }
    return digest(told)


def digest(told: object) -> str:
    """Equal for equal facts."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _told(binding: Binding, sources: Sources) -> object:
    values = sorted(binding.values) if binding.values is not None else None
    setting = sorted(sources.settings.get(binding.setting, ())) if binding.setting and values is None else None
    return [values, setting, binding.lower, binding.upper]


def widened(scan: Scan, axis: str) -> Scan:
    """The scan without what every row proves: conditions on columns that Amazon tells and does not have to be given."""
    kept = tuple(
        binding for binding in scan.bindings if binding.key_column.column == axis or not _is_proven(binding, scan)
    )
    return replace(scan, bindings=kept)


def _is_proven(binding: Binding, scan: Scan) -> bool:
    key, table = binding.key_column, scan.table
    is_needed = key.required or key.default or key.default_from or key.parent or key.brings or key.sets
    is_named = any(key.column in columns for columns in table.requires_one_of)
    column = table.columns_by_name.get(key.column)
    is_told = column is not None and bool(column.member) and not is_echo(table, key.column)
    return is_told and not is_needed and not is_named and not binding.supplies


def whole_output(scan: Scan) -> Output:
    """The output with every column that the scan's calls tell anyway, so that what is kept serves others, too."""
    (output,) = scan.outputs
    sent = {value for values in scan.switches.values() for value in values}
    told = tuple(
        column
        for column in output.table.columns
        if set(column.switches) <= sent and (not column.restricted or column.restricted in scan.restricted_elements)
    )
    return replace(output, columns=told, starred=frozenset(), left_out=frozenset())
