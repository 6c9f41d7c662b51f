"""Where rows are and where columns come from: row paths, child tables, keys beside the rows, echoes, several pages."""

from datetime import UTC, datetime
from decimal import Decimal
from threading import Thread

import pytest

from catalog.errors import BadDeclaration
from catalog.table import Column, DeclaredType
from flight_server.decode import arrow_schema, decoder
from flight_server.errors import UnexpectedAnswer
from flight_server.plan import Page
from tests.decode.sample_pages import page, rows

ORDERS = """{"payload": {"AmazonOrderId": "1-2", "Orders": [
  {"Id": "a", "Total": {"Amount": "1.10", "Currency": "EUR"}, "Parts": [{"Sku": "x"}, {"Sku": "y"}]},
  {"Id": "b", "Total": null, "Parts": []},
  {"Id": "c", "Parts": [{"Sku": "z", "Tags": [{"t": 1}, {"t": 2}]}]}
]}, "pagination": {"nextToken": "n"}}"""


def string(name: str, member: str) -> Column:
    return Column(name, "string", member)


@pytest.mark.parametrize(
    ("row_path", "member", "body", "expected"),
    [
        ("payload.Orders[]", "payload.Orders[].a", '{"payload":{"Orders":[{"a":"x"},{"a":"y"}]}}', ["x", "y"]),
        ("payload[]", "payload[].a", '{"payload":[{"a":"x"},{"a":"y"}]}', ["x", "y"]),
        ("$[]", "$[].a", '[{"a":"x"},{"a":"y"}]', ["x", "y"]),
        ("$[]", "[].a", '[{"a":"x"}]', ["x"]),
        ("$", "a", '{"a":"x"}', ["x"]),
        ("$", "$.a.b", '{"a":{"b":"x"}}', ["x"]),
        ("payload", "payload.a", '{"payload":{"a":"x"}}', ["x"]),
        ("a.b.c", "a.b.c.d", '{"a":{"b":{"c":{"d":"x"}}}}', ["x"]),
        ("a[].b.c[]", "a[].b.c[].d", '{"a":[{"b":{"c":[{"d":"x"}]}},{"b":null},{"b":{"c":[{"d":"y"}]}}]}', ["x", "y"]),
        ("a[].b", "a[].b.d", '{"a":[{"b":{"d":"x"}},{"b":null},{},{"b":{"d":"y"}}]}', ["x", "y"]),
        ("a[]", "a[]", '{"a":["x","y"]}', ["x", "y"]),
        ("a[]", "a[].x-amzn-RequestId", '{"a":[{"x-amzn-RequestId":"x"}]}', ["x"]),
        ("a[]", "a[]._links.self", '{"a":[{"_links":{"self":"x"}}]}', ["x"]),
        ("a[]", "a[].größe", '{"a":[{"gr\\u00f6\\u00dfe":"x"},{"größe":"y"}]}', ["x", "y"]),
        ("a[]", "a[].b", '{"a":[{"b":"x"},null,{"b":"y"}]}', ["x", None, "y"]),
    ],
)
def test_rows_are_found_at_their_path(row_path: str, member: str, body: str, expected: list[object]) -> None:
    assert rows(row_path, [string("v", member)], page(body)) == [(value,) for value in expected]


@pytest.mark.parametrize(
    ("row_path", "body"),
    [
        ("payload.Orders[]", "{}"),
        ("payload.Orders[]", "null"),
        ("payload.Orders[]", '{"payload":{}}'),
        ("payload.Orders[]", '{"payload":null}'),
        ("payload.Orders[]", '{"payload":{"Orders":null}}'),
        ("payload.Orders[]", '{"payload":{"Orders":[]}}'),
        ("payload.Orders[]", '{"errors":[{"code":"x"}]}'),
        ("payload.Orders[].Parts[]", '{"payload":{"Orders":[{},{"Parts":null},{"Parts":[]}]}}'),
        ("payload", "{}"),
        ("payload", '{"payload":null}'),
        ("$[]", "null"),
        ("$", "null"),
        ("payload.Orders[]", '{"payload":[]}'),
        ("payload.Orders[]", '{"payload":""}'),
        ("payload.Orders[]", '{"payload":{"Orders":""}}'),
        ("payload.Orders[]", '{"payload":{"Orders":{}}}'),
        ("payload.Orders[]", "[]"),
        ("payload.Orders[].Parts[]", '{"payload":{"Orders":[{"Parts":""},{"Parts":{ }}]}}'),
        ("payload", '{"payload":""}'),
        ("payload", '{"payload":[ ]}'),
        ("$[]", "{}"),
        ("$", "[]"),
    ],
)
def test_a_missing_list_is_no_rows(row_path: str, body: str) -> None:
    assert rows(row_path, [string("v", f"{row_path}.v")], page(body)) == []


@pytest.mark.parametrize(
    ("row_path", "body", "where"),
    [
        ("payload.Orders[]", '{"payload":{"Orders":{"a":1}}}', "payload.Orders"),
        ("payload.Orders[]", '{"payload":{"Orders":"none"}}', "payload.Orders"),
        ("payload.Orders[]", '{"payload":[1]}', "payload is a list"),
        ("payload.Orders[]", '{"payload":false}', "payload is a flag"),
        ("payload.Orders[]", '{"payload":{"Orders":[1]}}', "payload.Orders[] is a number where an object belongs"),
        ("payload.Orders[].Parts[]", '{"payload":{"Orders":[{"Parts":{"v":1}}]}}', "Parts"),
        ("payload", '{"payload":"x"}', "payload"),
        ("$", "[1]", "the answer is a list"),
        ("$[]", '{"a":1}', "the answer is an object where a list belongs"),
    ],
)
def test_another_shape_is_refused_with_its_place(row_path: str, body: str, where: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="request-1") as caught:
        rows(row_path, [string("v", f"{row_path}.v")], page(body))
    assert where in caught.value.message
    assert "getThings" in caught.value.message


def test_an_empty_object_is_a_row_where_one_row_is_expected() -> None:
    assert rows("payload", [string("v", "payload.v")], page('{"payload":{}}')) == [(None,)]
    assert rows("$", [string("v", "v")], page("{}")) == [(None,)]


@pytest.mark.parametrize("nothing", ['""', "[]", '" "', "[ ]", "null", "{}"])
def test_an_empty_text_or_list_in_the_place_of_an_object_is_null(nothing: str) -> None:
    columns = [
        string("id", "t[].Id"),
        string("city", "t[].Ship.Address.City"),
        Column("amount", "decimal", "t[].Total.Amount"),
        Column("options", "json", "t[].Ship.Options"),
    ]
    full = '{"Id":"b","Ship":{"Address":{"City":"Reno"},"Options":[1]},"Total":{"Amount":0.5}}'
    body = (
        f'{{"t":[{{"Id":"a","Ship":{nothing},"Total":{nothing}}},{{"Id":"c","Ship":{{"Address":{nothing}}}}},{full}]}}'
    )
    assert rows("t[]", columns, page(body)) == [
        ("a", None, None, None),
        ("c", None, None, None),
        ("b", "Reno", Decimal("0.5"), "[1]"),
    ]


@pytest.mark.parametrize("declared", ["string", "json", "decimal"])
@pytest.mark.parametrize("other", ['"1 Dock Road"', "7.50", "false", '["x"]'])
def test_another_value_in_the_place_of_an_object_is_refused_with_its_place(declared: DeclaredType, other: str) -> None:
    columns = [string("id", "t[].Id"), Column("city", declared, "t[].Ship.Address.City")]
    body = f'{{"t":[{{"Ship":{{"Address":{{"City":"1"}}}}}},{{"Ship":{{"Address":{other}}}}}]}}'
    with pytest.raises(
        UnexpectedAnswer, match=r"column city .* t\[\]\.Ship\.Address is a.* where an object belongs"
    ) as caught:
        rows("t[]", columns, page(body))
    assert other.strip('"') in caught.value.message


def test_an_empty_text_among_the_rows_is_a_row_of_nulls_as_null_is() -> None:
    assert rows("t[]", [string("v", "t[].v")], page('{"t":["",{"v":"a"},[]]}')) == [(None,), ("a",), (None,)]


def test_keys_beside_the_rows_are_repeated() -> None:
    columns = [string("order_id", "payload.AmazonOrderId"), string("id", "payload.Orders[].Id")]
    columns.append(string("token", "pagination.nextToken"))
    expected = [("1-2", "a", "n"), ("1-2", "b", "n"), ("1-2", "c", "n")]
    assert rows("payload.Orders[]", columns, page(ORDERS)) == expected


def test_a_child_table_carries_its_parents_keys_and_its_index() -> None:
    columns = [
        string("order_id", "payload.Orders[].Id"),
        Column("amount", "decimal", "payload.Orders[].Total.Amount"),
        Column("index", "int64", is_index=True),
        string("sku", "payload.Orders[].Parts[].Sku"),
        string("root", "payload.AmazonOrderId"),
    ]
    found = rows("payload.Orders[].Parts[]", columns, page(ORDERS), page(ORDERS))
    assert [(order, index, sku, root) for order, _, index, sku, root in found] == 2 * [
        ("a", 0, "x", "1-2"),
        ("a", 1, "y", "1-2"),
        ("c", 0, "z", "1-2"),
    ]
    assert [None if amount is None else str(amount) for _, amount, *_ in found] == 2 * ["1.100000", "1.100000", None]


def test_a_grandchild_knows_all_its_ancestors() -> None:
    path = "payload.Orders[].Parts[].Tags[]"
    columns = [string("order_id", "payload.Orders[].Id"), string("sku", "payload.Orders[].Parts[].Sku")]
    columns += [Column("index", "int64", is_index=True), Column("t", "int64", f"{path}.t")]
    assert rows(path, columns, page(ORDERS)) == [("c", "z", 0, 1), ("c", "z", 1, 2)]


def test_an_echo_is_what_was_asked_on_the_rows_of_its_page() -> None:
    columns = [
        Column("market", "string", is_echo=True),
        Column("after", "timestamp", is_echo=True),
        string("v", "t[].v"),
    ]
    asked = {"market": "DE", "after": "2024-01-15T10:00:00Z"}
    first, second = page('{"t":[{"v":"a"},{"v":"b"}]}', asked), page('{"t":[{"v":"c"}]}', {"market": None})
    ten = datetime(2024, 1, 15, 10, tzinfo=UTC)
    assert rows("t[]", columns, first, second) == [("DE", ten, "a"), ("DE", ten, "b"), (None, None, "c")]


def test_a_split_member_gives_its_parts() -> None:
    columns = [Column(f"part_{part}", "timestamp", "t[].i", split="--", part=part) for part in (0, 1)]
    columns.append(string("whole", "t[].i"))
    body = '{"t":[{"i":"2024-01-15T00:00Z--2024-01-16T00:00Z"},{"i":"2024-01-15T00:00Z"},{"i":null},{}]}'
    first, second = datetime(2024, 1, 15, tzinfo=UTC), datetime(2024, 1, 16, tzinfo=UTC)
    assert rows("t[]", columns, page(body)) == [
        (first, second, "2024-01-15T00:00Z--2024-01-16T00:00Z"),
        (first, None, "2024-01-15T00:00Z"),
        (None, None, None),
        (None, None, None),
    ]


def test_a_split_member_drifts_like_any_other() -> None:
    columns = [Column("a", "date", "t[].i", split="--"), Column("b", "string", "t[].i", split="--", part=1)]
    assert rows("t[]", columns, page('{"t":[{"i":"2024-01-15T00:00:00Z--x"}]}'))[0][1] == "x"
    with pytest.raises(UnexpectedAnswer, match="column a"):
        rows("t[]", columns, page('{"t":[{"i":20240115}]}'))


def test_an_array_below_the_rows_is_json() -> None:
    columns = [
        Column("parts", "json", "payload.Orders[].Parts[]"),
        Column("skus", "json", "payload.Orders[].Parts[].Sku"),
    ]
    assert rows("payload.Orders[]", columns, page(ORDERS))[:2] == [
        ('[{"Sku":"x"},{"Sku":"y"}]', '[{"Sku":"x"},{"Sku":"y"}]'),
        ("[]", "[]"),
    ]


def test_a_column_may_lie_within_another() -> None:
    columns = [Column("total", "json", "payload.Orders[].Total"), string("currency", "payload.Orders[].Total.Currency")]
    columns += [
        Column("whole", "json", "payload.Orders[]"),
        Column("amount", "decimal", "payload.Orders[].Total.Amount"),
    ]
    found = rows("payload.Orders[]", columns, page(ORDERS))
    assert found[0][:2] == ('{"Amount":"1.10","Currency":"EUR"}', "EUR")
    assert str(found[0][2]).startswith('{"Id":"a","Total":{')
    assert str(found[0][3]) == "1.100000"
    assert found[1][:2] == (None, None)


def test_a_column_that_holds_the_rows_is_a_bad_declaration() -> None:
    with pytest.raises(BadDeclaration, match="holds the rows"):
        decoder("payload.Orders[]", (Column("all", "json", "payload"),))
    with pytest.raises(BadDeclaration, match="no member"):
        decoder("payload.Orders[]", (Column("nothing", "json"),))


def test_rows_without_columns_are_counted() -> None:
    assert decoder("payload.Orders[]", ())([page(ORDERS), page(ORDERS)]).num_rows == 6
    assert decoder("payload", ())([page(ORDERS), page("{}")]).num_rows == 1


def test_no_pages_are_an_empty_batch_of_the_right_schema() -> None:
    columns = (string("a", "t[].a"), Column("b", "decimal", "t[].b"), Column("i", "int64", is_index=True))
    record_batch = decoder("t[]", columns)([])
    assert record_batch.num_rows == 0
    assert record_batch.schema.equals(arrow_schema(columns))


def test_only_asked_members_are_looked_at() -> None:
    body = '{"t":[{"v":"a","n":{"deep":"not an int"},"list":3},{"v":"b","n":17}],"x":[1,2,{"y":null}]}'
    assert rows("t[]", [string("v", "t[].v")], page(body)) == [("a",), ("b",)]
    with pytest.raises(UnexpectedAnswer):
        rows("t[]", [string("v", "t[].v"), Column("n", "int64", "t[].n.deep")], page(body))


def test_the_last_of_equal_members_wins() -> None:
    assert rows("t[]", [string("v", "t[].v")], page('{"t":[{"v":"z"}],"t":[{"v":"a","v":"b"}]}')) == [("b",)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not valid JSON"),
        (b"<html>busy</html>", "not valid JSON"),
        (b'{"t":[{"v":"a"}', "not valid JSON"),
        (b'{"t":[]} {"t":[]}', "not valid JSON"),
        (b'{"t":[{"v":"\xfc"}]}', "not UTF-8"),
        (b'{"t":[],"unasked":"\xfc"}', "not UTF-8"),
        ('{"t":[]}'.encode("utf-16"), "not UTF-8"),
        (b'{"unasked":' + b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_page_that_is_no_json_is_refused(body: bytes, reason: str) -> None:
    for columns in ([string("v", "t[].v")], [Column("v", "json", "t[].v"), Column("w", "int64", "t[].w")]):
        with pytest.raises(UnexpectedAnswer, match="getThings") as caught:
            rows("t[]", columns, page(body))
        assert reason in caught.value.message
        assert "request-1" in caught.value.message
        assert len(caught.value.message) < 500


def test_a_number_that_python_will_not_hold_is_its_digits_or_refused() -> None:
    body = '{"t":[{"v":' + "1" * 5000 + "}]}"
    assert rows("t[]", [string("v", "t[].v")], page(body)) == [("1" * 5000,)]
    with pytest.raises(UnexpectedAnswer, match=r"column n .*beyond 64 bits"):
        rows("t[]", [string("v", "t[].v"), Column("n", "int64", "t[].v")], page(body))


@pytest.mark.parametrize("declared", ["string", "json"])
def test_a_byte_order_mark_and_line_breaks_do_no_harm(declared: str) -> None:
    columns = [Column("v", "json" if declared == "json" else "string", "t[].v")]
    body = b'\xef\xbb\xbf{\r\n  "t" : [\n { "v" : {\n "x" : [ 1.0 , "a b" ] } } ]\n}\n'
    assert rows("t[]", columns, page(body)) == [('{"x":[1.0,"a b"]}',)]


def test_equal_questions_share_a_decoder() -> None:
    assert decoder("t[]", (string("v", "t[].v"),)) is decoder("t[]", (string("v", "t[].v"),))


def test_one_decoder_serves_many_threads() -> None:
    columns = (string("v", "t[].v"), Column("i", "int64", is_index=True), Column("d", "int64", "t[].d"))
    results: dict[int, list[dict[str, object]]] = {}

    def work(number: int) -> None:
        body = '{"t":[' + ",".join(f'{{"v":"{number}","d":"{number}"}}' for _ in range(50)) + "]}"
        pages: list[Page] = [page(body), page(body)]
        results[number] = decoder("t[]", columns)(pages).to_pylist()

    threads = [Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(8):
        assert results[number] == 2 * [{"v": str(number), "i": i, "d": number} for i in range(50)]


def test_a_refused_page_frees_the_decoder_for_the_next() -> None:
    with pytest.raises(UnexpectedAnswer):
        rows("t[]", [string("v", "t[].v")], page("{"))
    assert rows("t[]", [string("v", "t[].v")], page('{"t":[{"v":"a"}]}')) == [("a",)]
