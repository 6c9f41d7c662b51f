"""Of a row that several pages tell, one telling counts: the later one, as long as the earlier has not left."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from catalog.table import Column, Operation, Paging, Table
from flight_server.activity import QueryActivity
from flight_server.connection.settings import Settings
from flight_server.plan import Call, Output, Page, Scan
from flight_server.scan.context import ScanContext
from flight_server.scan.operation import open_operation
from flight_server.scan.row_keys import reading
from flight_server.scan.told_once import told_once

Thing = dict[str, Any]

LIST = Operation("getThings", "things", "v1", "GET", "/things")
COLUMNS = (
    Column("id", "string", "rows[].id"),
    Column("state", "string", "rows[].state"),
    Column("shop", "string", is_echo=True),
)
THINGS = Table(
    "things",
    "things",
    "operation",
    COLUMNS,
    operation=LIST,
    row_path="rows[]",
    primary_key=("id",),
    paging=Paging("token", "next"),
)
PARTS = replace(
    THINGS,
    name="things__parts",
    kind="child",
    columns=(COLUMNS[0], Column("index", "int64", is_index=True), Column("name", "string", "rows[].parts[].name")),
    row_path="rows[].parts[]",
    parent_row_path="rows[]",
    primary_key=("id", "index"),
)


def thing(key: str | None, state: str, *parts: str) -> Thing:
    return {"id": key, "state": state, "parts": [{"name": part} for part in parts]}


@dataclass
class Amazon:
    """Answers with these pages, of one call or, told by shops, of several; counts those that were fetched."""

    pages_told: list[list[Thing]]
    shops: list[str] = field(default_factory=list)
    fetched: int = 0

    def pace(self, operation: Operation, settings: object) -> str:
        return operation.operation_id

    def pages(self, call: Call, settings: object, query: object) -> Iterator[Page]:
        for number, rows in enumerate(self.pages_told):
            self.fetched += 1
            asked = {"shop": self.shops[number]} if self.shops else {}
            yield Page(replace(call, asked=asked), number, json.dumps({"rows": rows}).encode())


def read(amazon: Amazon, scan: Scan) -> list[list[tuple[Any, ...]]]:
    """The rows of each output, in the order in which they came."""
    query = QueryActivity("sql", "session")
    context: Any = SimpleNamespace(client=amazon, settings=Settings(), query=query, now=None)
    found: list[list[tuple[Any, ...]]] = [[] for _ in scan.outputs]
    for record_batches in open_operation(scan, {}, cast(ScanContext, context)):
        for rows, output, record_batch in zip(found, scan.outputs, record_batches, strict=True):
            assert record_batch.schema.names == [column.name for column in output.columns]
            rows += [tuple(row.values()) for row in record_batch.to_pylist()]
    return found


def scan_of(*outputs: tuple[Table, tuple[str, ...]], **said: Any) -> Scan:
    return Scan(
        tuple(Output(t.name, t, tuple(t.columns_by_name[name] for name in names)) for t, names in outputs), **said
    )


THING = (THINGS, ("id", "state"))
PART = (PARTS, ("name",))
CHANGED = [[thing("a", "old"), thing("b", "new")], [thing("c", "new")], [thing("a", "new"), thing("d", "new")]]


def test_what_comes_again_is_told_in_its_later_state_where_rows_are_held_back() -> None:
    (rows,) = read(Amazon(CHANGED), scan_of(THING, held_rows=None))
    assert rows == [("b", "new"), ("c", "new"), ("a", "new"), ("d", "new")]


def test_where_rows_leave_at_once_what_comes_again_is_not_told_again() -> None:
    (rows,) = read(Amazon(CHANGED), scan_of(THING))
    assert rows == [("a", "old"), ("b", "new"), ("c", "new"), ("d", "new")]


def test_pages_fetched_ahead_by_threads_are_no_different() -> None:
    (rows,) = read(Amazon(CHANGED), scan_of(THING, held_rows=None, is_read_whole=True))
    assert rows == [("b", "new"), ("c", "new"), ("a", "new"), ("d", "new")]


def test_rows_are_held_until_there_are_enough_and_then_leave_page_by_page() -> None:
    amazon = Amazon([*CHANGED, [thing("d", "newer"), thing("c", "newer"), thing("e", "new")]])
    (rows,) = read(amazon, scan_of(THING, held_rows=4))
    assert rows == [("b", "new"), ("c", "new"), ("a", "new"), ("d", "new"), ("e", "new")]


def test_no_more_pages_are_fetched_than_have_enough_rows() -> None:
    amazon = Amazon(CHANGED)
    pages = open_operation(
        scan_of(THING, held_rows=2),
        {},
        cast(Any, SimpleNamespace(client=amazon, settings=Settings(), query=None, now=None)),
    )
    next(pages)
    assert amazon.fetched == 1


@pytest.mark.parametrize("columns", [("state",), ("state", "shop")])
def test_the_key_need_not_be_among_the_columns_that_are_wanted(columns: tuple[str, ...]) -> None:
    (rows,) = read(Amazon(CHANGED), scan_of((THINGS, columns), held_rows=None))
    assert [row[0] for row in rows] == ["new"] * 4


def test_children_go_with_their_parents_even_where_those_have_none_any_more() -> None:
    amazon = Amazon(
        [
            [thing("a", "old", "wheel", "bell"), thing("b", "new", "wheel")],
            [thing("c", "old", "lamp")],
            [thing("a", "new", "brake"), thing("c", "new")],
        ]
    )
    things, parts = read(amazon, scan_of(THING, PART, held_rows=None))
    assert things == [("b", "new"), ("a", "new"), ("c", "new")]
    assert parts == [("wheel",), ("brake",)]
    (alone,) = read(amazon, scan_of(PART, held_rows=None))
    assert alone == parts
    (at_once,) = read(amazon, scan_of(PART))
    assert at_once == [("wheel",), ("bell",), ("wheel",), ("lamp",)]


def test_rows_without_a_whole_key_are_all_told() -> None:
    (rows,) = read(Amazon([[thing(None, "x")], [thing(None, "y")]]), scan_of(THING, held_rows=None))
    assert rows == [(None, "x"), (None, "y")]


def test_so_are_those_that_share_a_key_on_one_page() -> None:
    (rows,) = read(Amazon([[thing("a", "x"), thing("a", "y")]]), scan_of(THING, held_rows=None))
    assert rows == [("a", "x"), ("a", "y")]


@pytest.mark.parametrize("said", [{"key_repeats": True}, {"primary_key": ()}, {"paging": None}])
def test_so_are_those_of_tables_whose_keys_are_not_proven(said: dict[str, Any]) -> None:
    (rows,) = read(Amazon(CHANGED), scan_of((replace(THINGS, **said), ("id", "state")), held_rows=None))
    assert rows == [("a", "old"), ("b", "new"), ("c", "new"), ("a", "new"), ("d", "new")]


def test_what_was_asked_for_belongs_to_the_key() -> None:
    amazon = Amazon([[thing("a", "x")], [thing("a", "y")], [thing("a", "z")]], ["Berlin", "Paris", "Berlin"])
    (rows,) = read(amazon, scan_of((THINGS, ("id", "state", "shop")), held_rows=None))
    assert rows == [("a", "y", "Paris"), ("a", "z", "Berlin")]


def test_later_is_what_was_fetched_later_whatever_call_it_belongs_to() -> None:
    scan = scan_of(THING)
    how = reading(scan.outputs[0], scan)
    pages = [
        Page(Call(LIST), number, json.dumps({"rows": [thing("a", state)]}).encode(), fetched_at=fetched_at)
        for number, (state, fetched_at) in enumerate([("shipped", 9.0), ("unshipped", 2.0)])
    ]
    told = told_once([how], ((page, (how.decode(page),)) for page in pages), None)
    assert [row for (record_batch,) in told for row in record_batch.to_pylist()] == [{"id": "a", "state": "shipped"}]
