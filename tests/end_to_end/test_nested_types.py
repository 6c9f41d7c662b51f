"""NestedTypes=native: arrays of Amazon's answers are lists and structs, with the values that their JSON text has."""

import json
from typing import Any

import pyarrow as pa

from tests.server_fixtures import Stack

SEARCH = """
    SELECT asin, summaries, images, dimensions FROM catalog_items.search
    WHERE keywords = 'a' ORDER BY asin, marketplace_id LIMIT 7
"""


def test_columns_are_lists_and_structs_with_the_same_values(stack: Stack) -> None:
    natively, as_text = (stack.query(SEARCH, NestedTypes=kind) for kind in ("native", "json"))
    assert natively
    for row, texts in zip(natively, as_text, strict=True):
        for name in ("summaries", "images", "dimensions"):
            assert _agree(row[name], json.loads(texts[name]) if texts[name] else None), name


def test_sql_reaches_into_lists_and_structs(stack: Stack) -> None:
    rows = stack.query(
        "SELECT s.item_name, list_contains(list_transform(summaries, x -> x.brand), s.brand) AS own"
        f" FROM ({SEARCH}) AS found, UNNEST(found.summaries) AS u(s) WHERE s.brand IS NOT NULL",
        NestedTypes="native",
    )
    assert rows
    assert all(row["own"] and row["item_name"] for row in rows)


def test_the_announced_schema_is_native_and_that_of_the_rows(stack: Stack) -> None:
    with stack.connected(NestedTypes="native") as connection, connection.cursor() as cursor:
        announced = cursor.adbc_execute_schema(SEARCH)
        cursor.execute(SEARCH)
        assert cursor.fetch_arrow_table().schema == announced
    assert pa.types.is_list(announced.field("summaries").type)
    listed = stack.query(
        "SELECT arrow_type FROM system.columns WHERE schema_name = 'catalog_items' AND column_name = 'images'",
        NestedTypes="native",
    )
    assert {row["arrow_type"].split("<")[0] for row in listed} == {"list"}


def _agree(native: Any, parsed: Any) -> bool:
    """Whether every native value is the parsed one; names differ in their case only, values by their type."""
    if native is None or parsed is None:
        return native is parsed
    if isinstance(native, list):
        return len(native) == len(parsed) and all(map(_agree, native, parsed))
    if isinstance(native, dict):
        by_name = {name.lower(): value for name, value in parsed.items()}
        return all(_agree(value, by_name.get(name.replace("_", ""))) for name, value in native.items())
    return str(native) == str(parsed) or float(native) == float(parsed)
