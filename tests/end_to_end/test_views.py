"""Views of the server's configuration: queries that have a name, asked as if they were written out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flight_server.cli.assembly import ServerOptions, open_rooms, running_server
from flight_server.errors import SettingError
from tests.server_fixtures import AT_ONCE, NOW, Stack, clock_from

PAGE = Path(__file__).parents[2] / "docs/views.md"

OF_TODAY = "purchase_date >= TIMESTAMPTZ '2026-06-14 00:00:00Z'"

TOP_SKUS = """
SELECT seller_sku, sum(quantity_ordered) AS units, count(DISTINCT amazon_order_id) AS orders
FROM orders.order_items GROUP BY ALL ORDER BY units DESC, seller_sku
"""

CONFIGURATION = f"""
[views.top_skus]
sql = '''{TOP_SKUS}'''
description = "What sells best."

[views.recent]
sql = '''
WITH known AS (
  SELECT o.amazon_order_id, o.purchase_date, o.order_status, o.order_total_amount AS total FROM orders.orders o
)
SELECT *, total > 100 AS is_large, CAST(total AS DECIMAL(12, 2)) AS rounded FROM known
'''

[views.shipped]
sql = "SELECT * FROM views.recent WHERE order_status = 'Shipped'"

[views.mart.of_whom]
sql = "SELECT current_user AS who, purchase_date FROM spapi.orders.orders"

[views."mart.new_orders"]
sql = "SELECT order_id, created_time FROM orders_2026_01_01.orders WHERE created_time > now() - INTERVAL 2 DAY"

[views.own_name]
sql = "SELECT amazon_order_id, purchase_date FROM spapi.orders.orders AS recent"
"""


@contextmanager
def served(stack: Stack, configuration: str, folder: Path) -> Iterator[Stack]:
    """A server with this configuration before the simulator of `stack`."""
    path = folder / "server.toml"
    path.write_text(configuration, encoding="utf-8")
    options = ServerOptions(
        allowed_hosts=(stack.simulator.url.removeprefix("http://"),),
        clock=clock_from(NOW),
        pace=AT_ONCE,
        environment={},
        config=path,
    )
    with running_server(options) as server:
        yield Stack(stack.simulator, server)


@pytest.fixture(scope="module")
def shop(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with served(stack, CONFIGURATION, tmp_path_factory.mktemp("views")) as running:
        yield running


def asked(stack: Stack, sql: str, **parameters: str) -> tuple[list[dict[str, Any]], list[tuple[str, Any]]]:
    """The rows of a query and the calls that were made for it."""
    stack.settle()
    rows = stack.query(sql, **parameters)
    calls = [(call["operation"], {**call["query"], "NextToken": ""}) for call in stack.calls()]
    return rows, sorted(calls, key=str)


WRITTEN = (
    "SELECT o.amazon_order_id, o.purchase_date, o.order_status, o.order_total_amount AS total FROM orders.orders o"
)
RECENT = (
    f"(WITH known AS ({WRITTEN}) "
    "SELECT *, total > 100 AS is_large, CAST(total AS DECIMAL(12, 2)) AS rounded FROM known)"
)


@pytest.mark.parametrize(
    ("over_view", "written_out"),
    [
        (
            f"SELECT * FROM views.recent WHERE {OF_TODAY} ORDER BY 1",
            f"SELECT * FROM {RECENT} WHERE {OF_TODAY} ORDER BY 1",
        ),
        ("SELECT amazon_order_id FROM recent LIMIT 3", f"SELECT amazon_order_id FROM {RECENT} LIMIT 3"),
        (
            "SELECT amazon_order_id FROM own_name LIMIT 3",
            "SELECT amazon_order_id FROM (SELECT amazon_order_id FROM orders.orders) LIMIT 3",
        ),
        (
            f"SELECT count(*) AS n FROM views.shipped AS s WHERE s.{OF_TODAY}",
            f"SELECT count(*) AS n FROM {RECENT} WHERE order_status = 'Shipped' AND {OF_TODAY}",
        ),
        (
            f"SELECT r.total, i.seller_sku FROM spapi.views.recent r JOIN orders.order_items i "
            f"ON i.amazon_order_id = r.amazon_order_id WHERE r.{OF_TODAY} ORDER BY ALL",
            f"SELECT r.total, i.seller_sku FROM {RECENT} r JOIN orders.order_items i "
            f"ON i.amazon_order_id = r.amazon_order_id WHERE r.{OF_TODAY} ORDER BY ALL",
        ),
        (
            f"WITH orders AS (SELECT 1 AS one) SELECT count(*) AS n FROM views.own_name, orders WHERE {OF_TODAY}",
            f"SELECT count(*) AS n FROM orders.orders WHERE {OF_TODAY}",
        ),
        (
            f"SELECT views.recent.order_status, count(*) AS n FROM VIEWS.Recent WHERE views.recent.{OF_TODAY} "
            "GROUP BY ALL ORDER BY ALL",
            f"SELECT order_status, count(*) AS n FROM {RECENT} WHERE {OF_TODAY} GROUP BY ALL ORDER BY ALL",
        ),
        (
            f"SELECT t.a FROM (SELECT * FROM views.own_name WHERE {OF_TODAY}) AS t(a, b) ORDER BY 1",
            f"SELECT amazon_order_id AS a FROM orders.orders WHERE {OF_TODAY} ORDER BY 1",
        ),
    ],
)
def test_a_view_is_asked_for_as_if_it_were_written_out(shop: Stack, over_view: str, written_out: str) -> None:
    expected, their_calls = asked(shop, written_out)
    rows, calls = asked(shop, over_view)
    assert rows == expected != []
    assert calls == their_calls != []


def test_a_bound_parameter_reaches_the_operation_behind_a_view(shop: Stack) -> None:
    shop.settle()
    (order,) = shop.query(f"SELECT amazon_order_id FROM views.recent WHERE {OF_TODAY} LIMIT 1")
    shop.settle()
    rows = shop.query("SELECT * FROM views.recent WHERE amazon_order_id = ?", [order["amazon_order_id"]])
    assert [row["amazon_order_id"] for row in rows] == [order["amazon_order_id"]]
    assert len(shop.calls()) == 1


def test_a_view_names_the_one_who_asks(shop: Stack) -> None:
    rows = shop.query(f"SELECT DISTINCT who FROM mart.of_whom WHERE {OF_TODAY}")
    assert rows == [{"who": ""}]


def test_it_takes_the_hints_that_tools_send(shop: Stack) -> None:
    sql = f"SELECT TOP 2 amazon_order_id FROM [views].[recent] WITH (NOLOCK) WHERE {OF_TODAY}"
    assert len(shop.query(sql, SqlDialect="tsql")) == 2


def test_views_are_listed_with_types_and_description(shop: Stack) -> None:
    tables = shop.query("SELECT * FROM system.tables WHERE kind = 'view' ORDER BY schema_name, table_name")
    names = [f"{row['schema_name']}.{row['table_name']}" for row in tables]
    assert names == ["mart.new_orders", "mart.of_whom"] + [
        f"views.{name}" for name in ("own_name", "recent", "shipped", "top_skus")
    ]
    assert tables[-1]["description"] == "What sells best."
    columns = shop.query(
        "SELECT column_name, data_type, member FROM system.columns WHERE table_name = 'recent' ORDER BY ordinal"
    )
    assert [tuple(row.values()) for row in columns] == [
        ("amazon_order_id", "VARCHAR", "payload.Orders[].AmazonOrderId"),
        ("purchase_date", "TIMESTAMP WITH TIME ZONE", "payload.Orders[].PurchaseDate"),
        ("order_status", "VARCHAR", "payload.Orders[].OrderStatus"),
        ("total", "DECIMAL", "payload.Orders[].OrderTotal.Amount"),
        ("is_large", "BOOLEAN", None),
        ("rounded", "DECIMAL", None),
    ]


def test_information_schema_tells_them_as_views(shop: Stack) -> None:
    views = shop.query("SELECT * FROM information_schema.views WHERE table_name = 'top_skus'")
    assert [(row["table_schema"], row["view_definition"], row["is_updatable"]) for row in views] == [
        ("views", TOP_SKUS.strip(), "NO")
    ]
    types = shop.query("SELECT table_type FROM information_schema.tables WHERE table_schema = 'mart'")
    assert types == [{"table_type": "VIEW"}] * 2
    (scale,) = shop.query(
        "SELECT numeric_scale AS s FROM information_schema.columns WHERE table_name = 'recent' AND ordinal_position = 6"
    )
    assert scale == {"s": 2}


def test_drivers_list_them_with_the_schema_that_their_rows_have(shop: Stack) -> None:
    with shop.connected() as connection:
        assert sorted(connection.adbc_get_table_types()) == ["SYSTEM TABLE", "TABLE", "VIEW"]
        objects = connection.adbc_get_objects(depth="tables", table_types_filter=["VIEW"]).read_all().to_pylist()
        schemas = {
            each["db_schema_name"]: [table["table_name"] for table in each["db_schema_tables"]]
            for each in objects[0]["catalog_db_schemas"]
            if each["db_schema_tables"]
        }
        assert schemas == {"mart": ["new_orders", "of_whom"], "views": ["own_name", "recent", "shipped", "top_skus"]}
        for db_schema, name in [("views", "recent"), ("views", "top_skus"), ("mart", "new_orders")]:
            told = connection.adbc_get_table_schema(name, db_schema_filter=db_schema)
            with connection.cursor() as cursor:
                assert cursor.adbc_execute_schema(f"SELECT * FROM {db_schema}.{name}").equals(told)


@pytest.mark.parametrize("parameters", [{"Timestamps": "plain"}, {"NestedTypes": "native"}, {"AccountType": "Seller"}])
def test_the_schema_is_that_of_the_rows_whatever_the_connection_chooses(
    shop: Stack, parameters: dict[str, str]
) -> None:
    with shop.connected(**parameters) as connection, connection.cursor() as cursor:
        told = connection.adbc_get_table_schema("recent", db_schema_filter="views")
        assert cursor.adbc_execute_schema("SELECT * FROM views.recent").equals(told)


@pytest.mark.parametrize("sql", ["DESCRIBE views.recent", "SHOW COLUMNS FROM recent", "SUMMARIZE views.own_name"])
def test_statements_of_tools_know_views(shop: Stack, sql: str) -> None:
    names = [row["column_name"] for row in shop.query(sql)]
    assert names[:2] == ["amazon_order_id", "purchase_date"]


def test_explain_shows_the_calls_behind_a_view(shop: Stack) -> None:
    (step,) = shop.query(f"EXPLAIN SELECT * FROM views.shipped WHERE {OF_TODAY}")
    assert step["operation_id"] == "getOrders"
    assert '"CreatedAfter"' in step["parameters"]
    assert '"OrderStatuses"' in step["parameters"]


def test_a_misspelt_column_of_a_view_is_told_the_nearest(shop: Stack) -> None:
    with pytest.raises(Exception, match=r"no column order_stats in recent; did you mean order_status\?"):
        shop.query("SELECT order_stats FROM views.recent")


def test_a_view_that_other_versions_cannot_have_is_not_listed_there_and_says_why(shop: Stack) -> None:
    other = {"OrdersApiVersion": "2026-01-01"}
    listed = shop.query("SELECT table_name AS name FROM system.tables WHERE kind = 'view' ORDER BY 1", **other)
    assert [row["name"] for row in listed] == []
    with pytest.raises(Exception, match=r"view mart.new_orders: .*orders_2026_01_01"):
        shop.query("SELECT * FROM mart.new_orders", **other)
    assert shop.query("SELECT count(*) AS n FROM sellers.account", **other) == [{"n": 1}]


def test_without_views_there_is_no_type_for_them(stack: Stack) -> None:
    with stack.connected() as connection:
        assert "VIEW" not in connection.adbc_get_table_types()
    assert stack.query("SELECT count(*) AS n FROM information_schema.views") == [{"n": 0}]


BAD = {
    "a column that is not there": ("[views.v]\nsql = 'SELECT nosuch FROM orders.orders'", "views.v: .*nosuch"),
    "a table that is not there": ("[views.v]\nsql = 'SELECT * FROM orders.ordres'", "views.v: .*orders.ordres"),
    "no SQL": ("[views.v]\nsql = 'SELEC 1'", "views.v: "),
    "two statements": ("[views.v]\nsql = 'SELECT 1; SELECT 2'", "views.v: .*one statement"),
    "what writes": ("[views.v]\nsql = 'CREATE TABLE a (b int)'", "views.v: .*only reads"),
    "what is no query": ("[views.v]\nsql = 'SHOW TABLES'", "views.v: .*SHOW"),
    "an explanation": ("[views.v]\nsql = 'EXPLAIN SELECT 1'", "views.v: .*EXPLAIN is no view"),
    "a file": ("[views.v]\nsql = \"SELECT * FROM read_csv('/etc/passwd')\"", "views.v: .*read_csv"),
    "a parameter": ("[views.v]\nsql = 'SELECT 1 AS one WHERE 1 = ?'", "views.v: .*no parameters"),
    "no query": ("[views.v]\ndescription = 'x'", "views.v: it lacks its sql"),
    "an empty query": ("[views.v]\nsql = ' '", "views.v: it lacks its sql"),
    "a foreign key": ("[views.v]\nsql = 'SELECT 1'\nquery = 'x'", "views.v: 'query' is not known"),
    "a number for a query": ("[views.v]\nsql = 1", "views.v.sql: must be a text"),
    "no table": ("[views]\nv = 'SELECT 1'", "views.v: must be a table"),
    "a name of other signs": ("[views.'top-skus']\nsql = 'SELECT 1'", "views.top-skus: a name is of letters"),
    "a name of three parts": ("[views.'a.b.c']\nsql = 'SELECT 1'", "views.a.b.c: a view is named"),
    "two columns of one name": ("[views.v]\nsql = 'SELECT 1 AS a, 2 AS A'", "views.v: two of its columns are called a"),
    "itself": ("[views.v]\nsql = 'SELECT * FROM views.v'", "views.v: view views.v reads itself: views.v → views.v"),
    "a cycle": (
        "[views.a]\nsql = 'SELECT * FROM views.b'\n[views.b]\nsql = 'SELECT * FROM views.c'\n"
        "[views.c]\nsql = 'SELECT * FROM views.a'",
        "views.a: view views.a reads itself: views.a → views.b → views.c → views.a",
    ),
    "a wrong view below": (
        "[views.a]\nsql = 'SELECT * FROM views.b'\n[views.b]\nsql = 'SELECT nosuch FROM orders.orders'",
        "views.b: .*nosuch",
    ),
    "a table's name": (
        "[views.orders]\nsql = 'SELECT 1 AS a'",
        "views.orders: orders is a table already, orders.orders",
    ),
    "a schema of the catalog": ("[views.'orders.mine']\nsql = 'SELECT 1 AS a'", "schema orders is the catalog's own"),
    "a schema of other versions": ("[views.'orders_v0.mine']\nsql = 'SELECT 1 AS a'", "schema orders_v0 is the"),
    "the system's schema": ("[views.system.mine]\nsql = 'SELECT 1 AS a'", "schema system is the catalog's own"),
    "the same name twice": (
        "[views.v]\nsql = 'SELECT 1 AS a'\n[views.V]\nsql = 'SELECT 1 AS a'",
        "views.V: there are two views views.v",
    ),
    "a file that is not there": ("[views.v]\nsql = { file = 'no.sql' }", "views.v.sql: the file no.sql cannot be read"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_view_that_is_wrong_stops_the_start_and_is_named(case: str, tmp_path: Path) -> None:
    configuration, sentence = BAD[case]
    path = tmp_path / "server.toml"
    path.write_text(configuration, encoding="utf-8")
    with (
        pytest.raises(SettingError, match=f"(?s)server.toml: .*{sentence}"),
        open_rooms(ServerOptions(environment={}, config=path)),
    ):
        pass


def test_views_that_multiply_are_refused(tmp_path: Path) -> None:
    texts = ["[views.v0]\nsql = 'SELECT 1 AS a'"]
    texts += [f"[views.v{n}]\nsql = 'SELECT x.a FROM v{n - 1} x, v{n - 1} y'" for n in range(1, 12)]
    path = tmp_path / "server.toml"
    path.write_text("\n".join(texts), encoding="utf-8")
    with (
        pytest.raises(SettingError, match=r"views\.v7: .*one too many: a statement may read 200"),
        open_rooms(ServerOptions(environment={}, config=path)),
    ):
        pass


def test_the_query_of_a_view_may_be_kept_in_a_file(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "one.sql").write_text("-- ours\nSELECT 1 AS one;\n", encoding="utf-8")
    with served(stack, "[views.one]\nsql = { file = 'one.sql' }", tmp_path) as shop:
        assert shop.query("SELECT * FROM one") == [{"one": 1}]


def test_the_views_of_the_page_can_be_read(stack: Stack, tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    by_day = "SELECT date_trunc('day', purchase_date) AS day, count(*) AS n FROM views.shipped_orders GROUP BY ALL"
    (tmp_path / "shipped_by_day.sql").write_text(by_day, encoding="utf-8")
    with served(stack, text, tmp_path) as shop:
        for name in ("views.top_skus", "views.shipped_orders", "mart.shipped_by_day"):
            assert shop.query(f"SELECT count(*) AS n FROM {name}")[0]["n"] > 0
