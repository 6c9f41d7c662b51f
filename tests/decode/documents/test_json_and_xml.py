"""JSON and XML documents: streamed, complete or an error, and no more trusted than other input."""

import gzip
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.table import Table
from flight_server.errors import UnexpectedAnswer
from tests.decode.documents.report_tables import REPORT_TABLES, hand_made, rows_of

ROWS = hand_made({"rows[].name": "string", "rows[].price.amount": "decimal", "rows[].count": "int64"}, "json", "rows[]")
NODES = hand_made({"Result.Node[].id": "string", "Result.Node[].ids@count": "int64"}, "xml", "Result.Node[]")


def table_named(name: str) -> Table:
    return next(table for table in REPORT_TABLES if table.name == name)


def objects() -> st.SearchStrategy[dict[str, Any]]:
    names = st.text(st.sampled_from('ab"\\},{][: é😀\n'), max_size=12)
    nested = st.lists(st.dictionaries(names, names | st.integers() | st.none(), max_size=3), max_size=3)
    return st.fixed_dictionaries({"name": names, "count": st.integers(-(2**63), 2**63 - 1)}, optional={"more": nested})


@settings(max_examples=150, deadline=None)
@given(st.lists(objects(), max_size=30), st.sampled_from([1, 5, 64, 10_000]), st.booleans(), st.integers(1, 40))
def test_any_rows_of_a_json_document_read_back_equal(
    rows: list[dict[str, Any]], size: int, escaped: bool, times: int
) -> None:
    document = {"specification": {"rows": [{"name": "no row"}]}, "before": rows, "rows": rows * times, "after": rows}
    sent = json.dumps(document, ensure_ascii=escaped, indent=1 if size == 5 else None).encode()
    found = rows_of([sent[start : start + size] for start in range(0, len(sent), size)], ROWS)
    assert [(row["name"], row["count"]) for row in found] == [(row["name"], row["count"]) for row in rows] * times


@pytest.mark.parametrize("inner", [0, 1, 300, 200_000])
def test_rows_of_any_size_are_cut_where_a_row_ends(inner: int) -> None:
    row = {"name": "},{", "price": {"amount": 1}, "parts": [{"a": "},{"}] * inner}
    sent = json.dumps({"rows": [row] * max(3, 60_000 // (inner + 1))}).encode()
    found = rows_of([sent[start : start + 65_536] for start in range(0, len(sent), 65_536)], ROWS)
    assert len(found) == max(3, 60_000 // (inner + 1))
    assert {row["name"] for row in found} == {"},{"}


def test_numbers_never_go_through_a_double() -> None:
    sent = b'{"rows": [{"price": {"amount": 12345678901234567890.1}, "count": 9007199254740993}]}'
    [row] = rows_of(sent, ROWS)
    assert [row["amount"], row["count"]] == [Decimal("12345678901234567890.1"), 9007199254740993]


def test_members_that_are_not_declared_are_kept() -> None:
    sent = b'{"rows": [{"name": "a", "new": 1.50, "price": {"amount": 1, "note": ["x"]}}, {"name": "b", "new": null}]}'
    told = [row["other_columns"] for row in rows_of(sent, ROWS)]
    assert told == ['{"new":1.50,"price":{"note":["x"]}}', None]


@pytest.mark.parametrize("sent", [b'{"rows": []}', b'{"rows": null}', b'{"other": [1]}', b"{}"])
def test_a_json_document_without_rows_has_none(sent: bytes) -> None:
    assert rows_of(sent, ROWS) == []


@pytest.mark.parametrize("cut", [1, 9, 12, 30, 31, 55, -1])
def test_a_json_document_that_is_cut_off_is_an_error(cut: int) -> None:
    sent = b'{"rows": [{"name": "a", "count": 1}, {"name": "b", "count": 2}]}'[:cut]
    with pytest.raises(UnexpectedAnswer, match=r"in the middle|not valid JSON"):
        rows_of(sent, ROWS)


def test_a_value_of_json_that_cannot_be_read_is_an_error_or_null_and_told() -> None:
    sent = b'{"rows": [{"name": "a", "count": "many"}, {"name": "b", "count": 2}]}'
    with pytest.raises(UnexpectedAnswer, match=r"count.*'many'.*OnBadValue=Null"):
        rows_of(sent, ROWS)
    told: list[str] = []
    assert [row["count"] for row in rows_of(sent, ROWS, note=told.append)] == [None, 2]
    assert len(told) == 1


def xml(inside: str, before: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<Result>{inside}</Result>'.encode()


def test_xml_is_read_as_it_comes_and_nothing_undeclared_is_lost() -> None:
    inside = '<Node><id>7 &amp; 8</id><ids count="2"><x>1</x></ids><new a="b">n<!-- no --></new></Node><Node/>' * 5000
    sent = gzip.compress(xml(inside))
    found = rows_of([sent[start : start + 100] for start in range(0, len(sent), 100)], NODES)
    assert len(found) == 10_000
    other = '{"ids":{"x":"1"},"new":"n","new@a":"b"}'
    assert [(row["id"], row["ids@count"], row["other_columns"]) for row in found[-2:]] == [
        ("7 & 8", 2, other),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE Result [<!ENTITY e "secret">]>',
        '<!DOCTYPE Result [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE Result SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_entities_and_definitions_are_refused(before: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="document type definition"):
        rows_of(xml("<Node><id>&e;</id></Node>", before), NODES)


@pytest.mark.parametrize(
    "sent", [xml("<Node><id>1</id>")[:-9], xml("<Node>"), b"", b"sorry", b"<Other><Node/></Other>"]
)
def test_xml_that_is_cut_off_or_of_another_form_is_an_error(sent: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        rows_of(sent, NODES)


def test_child_tables_of_xml_have_a_row_for_each_element_of_a_list() -> None:
    inside = "<Node><browseNodeId>1</browseNodeId>{}</Node>".format(
        '<browseNodeAttributes count="2"><attribute name="a">A</attribute><attribute name="b"/></browseNodeAttributes>'
    )
    table = table_named("xml_browse_tree_data__browse_node_attributes_attribute")
    told = [(row["index"], row["name"], row["text"]) for row in rows_of(xml(inside), table)]
    assert told == [(0, "a", "A"), (1, "b", None)]


def test_rows_under_a_name_that_nobody_knows_are_those_that_hold_what_is_declared() -> None:
    inner = "<AmazonOrderID>1-2</AmazonOrderID><Item><SKU>A</SKU></Item><Item><SKU>B</SKU></Item>"
    orders = f"<Message><Order>{inner}</Order></Message>"
    sent = f"<AmazonEnvelope><Header><V>1</V></Header>{orders * 3}</AmazonEnvelope>".encode()
    assert [row["amazon_order_id"] for row in rows_of(sent, table_named("pending_orders_data"))] == ["1-2"] * 3
    items = rows_of(sent, table_named("pending_orders_data__item"))
    assert [(row["amazon_order_id"], row["sku"]) for row in items] == [("1-2", "A"), ("1-2", "B")] * 3
    with pytest.raises(UnexpectedAnswer, match="none of its elements holds"):
        rows_of(b"<a><b><c>1</c></b></a>", table_named("pending_orders_data"))
