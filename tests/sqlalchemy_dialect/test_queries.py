"""Statements that SQLAlchemy writes, answered; what cannot be is an error of SQLAlchemy's with the server's words."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas
import pytest
import sqlalchemy
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    case,
    cast,
    create_engine,
    exc,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.server_fixtures import Stack
from tests.sqlalchemy_dialect.conftest import EngineMaker

SINCE = dt.datetime(2026, 6, 8, tzinfo=dt.UTC)
ORDERS = "FROM orders.orders WHERE purchase_date >= '2026-06-08'"


@pytest.fixture(scope="module")
def orders(engine: Engine) -> Table:
    return Table("orders", MetaData(), schema="orders", autoload_with=engine)


def rows(engine: Engine, statement: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(statement)]


def expected(stack: Stack, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in stack.query(sql)]


def test_values_are_exact_and_python_s_own(stack: Stack, engine: Engine, orders: Table) -> None:
    wanted = ("amazon_order_id", "purchase_date", "order_total_amount", "is_prime", "number_of_items_shipped")
    statement = select(*(orders.c[name] for name in wanted)).where(orders.c.purchase_date >= SINCE).order_by(text("1"))
    found = rows(engine, statement)
    assert found == expected(stack, f"SELECT {', '.join(wanted)} {ORDERS} ORDER BY 1")
    first = next(row for row in found if row[2] is not None)
    assert [type(value) for value in first] == [str, dt.datetime, Decimal, bool, int]


def test_limit_and_offset_each_alone_and_together(stack: Stack, engine: Engine, orders: Table) -> None:
    some = select(orders.c.amazon_order_id).where(orders.c.purchase_date >= SINCE).order_by(orders.c.amazon_order_id)
    every = rows(engine, some)
    assert len(every) > 6
    assert rows(engine, some.limit(3)) == every[:3]
    assert rows(engine, some.offset(3)) == every[3:]
    assert rows(engine, some.limit(3).offset(2)) == every[2:5]
    assert rows(engine, some.limit(0)) == []


def test_a_limit_saves_calls(stack: Stack, engine: Engine, orders: Table) -> None:
    stack.settle()
    rows(engine, select(orders.c.amazon_order_id).where(orders.c.purchase_date >= SINCE).limit(3))
    assert len(stack.calls("getOrders")) == 1


def test_days_are_truncated_grouped_and_summed(stack: Stack, engine: Engine, orders: Table) -> None:
    day = func.date_trunc("day", orders.c.purchase_date)
    shipped = func.sum(case((orders.c.order_status == "Shipped", 1), else_=0))
    statement = select(day, func.count(), shipped, func.sum(orders.c.order_total_amount))
    statement = statement.where(orders.c.purchase_date >= SINCE).group_by(day).order_by(day)
    sql = "count(*), count(*) FILTER (WHERE order_status = 'Shipped'), sum(order_total_amount)"
    assert rows(engine, statement) == expected(
        stack, f"SELECT date_trunc('day', purchase_date) AS d, {sql} {ORDERS} GROUP BY d ORDER BY d"
    )


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (lambda c: c.order_status.in_(["Shipped", "Canceled"]), "order_status IN ('Shipped', 'Canceled')"),
        (lambda c: c.order_status.notin_(["Shipped"]), "order_status NOT IN ('Shipped')"),
        (lambda c: c.order_status.in_([]), "false"),
        (lambda c: c.order_status.notin_([]), "true"),
        (lambda c: c.order_status.like("%d%"), "order_status LIKE '%d%'"),
        (lambda c: c.order_status.ilike("ship%"), "order_status ILIKE 'ship%'"),
        (lambda c: c.order_status.contains("_", autoescape=True), "contains(order_status, '_')"),
        (lambda c: c.sales_channel.regexp_match("zon[.]d"), "regexp_matches(sales_channel, 'zon[.]d')"),
        (lambda c: ~c.sales_channel.regexp_match("zon[.]d"), "NOT regexp_matches(sales_channel, 'zon[.]d')"),
        (lambda c: c.sales_channel.regexp_match("ZON", flags="i"), "sales_channel ILIKE '%zon%'"),
        (lambda c: c.is_prime.is_(True), "is_prime"),
        (lambda c: c.is_prime, "is_prime"),
        (lambda c: ~c.is_prime, "NOT is_prime"),
        (lambda c: c.order_total_amount.is_(None), "order_total_amount IS NULL"),
        (lambda c: c.order_total_amount > Decimal("50.000001"), "order_total_amount > 50.000001"),
        (lambda c: c.order_total_amount / 2 > 30, "order_total_amount / 2 > 30"),
        (lambda c: c.number_of_items_shipped % 2 == 1, "number_of_items_shipped % 2 = 1"),
        (lambda c: c.number_of_items_shipped / literal(2) == 0.5, "number_of_items_shipped = 1"),
        (lambda c: c.order_status.is_distinct_from("Shipped"), "order_status IS DISTINCT FROM 'Shipped'"),
        (
            lambda c: tuple_(c.order_status, c.sales_channel).in_(
                [("Shipped", "Amazon.com"), ("Pending", "Amazon.fr")]
            ),
            "(order_status, sales_channel) IN (('Shipped', 'Amazon.com'), ('Pending', 'Amazon.fr'))",
        ),
        (lambda c: func.extract("dow", c.purchase_date) == 1, "extract(dow FROM purchase_date) = 1"),
        (lambda c: c.purchase_date.between(SINCE, SINCE + dt.timedelta(days=3)), "purchase_date <= '2026-06-11'"),
        (lambda c: c.purchase_date <= func.now(), "true"),
        (lambda c: cast(c.order_total_amount, String).like("%.5%"), "order_total_amount::VARCHAR LIKE '%.5%'"),
        (lambda c: cast(c.order_total_amount, Numeric(10, 1)) > 50, "order_total_amount::DECIMAL(10, 1) > 50"),
        (lambda c: (c.amazon_order_id + "x").like("9%x"), "amazon_order_id LIKE '9%'"),
        (lambda c: c.order_status == "it's \\ % ? :x", "false"),
    ],
)
def test_conditions_select_what_their_sql_does(
    stack: Stack, engine: Engine, orders: Table, condition: Any, sql: str
) -> None:
    statement = select(orders.c.amazon_order_id).where(orders.c.purchase_date >= SINCE, condition(orders.c))
    assert sorted(rows(engine, statement)) == sorted(expected(stack, f"SELECT amazon_order_id {ORDERS} AND ({sql})"))


def test_a_condition_becomes_a_parameter_of_amazon_s(stack: Stack, engine: Engine, orders: Table) -> None:
    stack.settle()
    wanted = select(orders.c.amazon_order_id).where(orders.c.order_status.in_(["Unshipped", "Shipped"]))
    rows(engine, wanted.where(orders.c.purchase_date >= SINCE))
    (query,) = {tuple(sorted(call["query"])) for call in stack.calls("getOrders")}
    assert {"CreatedAfter", "OrderStatuses"} <= set(query)


def test_words_that_sql_keeps_for_itself_are_quoted(stack: Stack, engine: Engine) -> None:
    columns = Table("columns", MetaData(), schema="system", autoload_with=engine)
    wanted = select(columns.c.references).where(columns.c.table_name == "order_items").limit(1)
    assert '"references"' in str(wanted.compile(engine))
    assert len(rows(engine, wanted)) == 1


def test_sub_queries_unions_windows_and_ctes(stack: Stack, engine: Engine, orders: Table) -> None:
    recent = select(orders).where(orders.c.purchase_date >= SINCE).cte("recent")
    rank = func.row_number().over(partition_by=recent.c.order_status, order_by=recent.c.amazon_order_id)
    ranked = select(recent.c.order_status, recent.c.amazon_order_id, rank.label("place")).subquery()
    first = select(ranked.c.order_status, ranked.c.amazon_order_id).where(ranked.c.place == 1)
    found = rows(engine, first.union_all(first.limit(0)).order_by(text("1")))
    assert found == expected(stack, f"SELECT order_status, min(amazon_order_id) {ORDERS} GROUP BY 1 ORDER BY 1")


def test_a_session_reads(engine: Engine, orders: Table) -> None:
    with Session(engine) as session:
        count = session.execute(
            select(func.count()).select_from(orders).where(orders.c.purchase_date >= SINCE)
        ).scalar()
        session.commit()
        session.rollback()
    assert count


def test_a_result_that_is_given_up_stops_the_calls(stack: Stack, engine: Engine, orders: Table) -> None:
    stack.settle()
    with engine.connect() as connection:
        result = connection.execution_options(stream_results=True, max_row_buffer=1).execute(
            select(orders.c.amazon_order_id).where(orders.c.purchase_date >= dt.datetime(2024, 6, 1, tzinfo=dt.UTC))
        )
        assert result.fetchmany(2)
        result.close()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


NEW = Table("new", MetaData(), Column("a", Integer), schema="orders")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (NEW.insert().values(a=1), "INSERT is not accepted: this server only reads"),
        (NEW.update().values(a=1), "UPDATE is not accepted"),
        (NEW.delete(), "DELETE is not accepted"),
        (text("CREATE TABLE orders.new (a INT)"), "CREATE is not accepted"),
        (text("DROP TABLE orders.orders"), "DROP is not accepted"),
        (text("SELECT * FROM orders.ordrs"), "orders.orders"),
        (text("SELEC 1"), "SELEC"),
    ],
)
def test_what_the_server_refuses_is_an_error_in_its_words(engine: Engine, statement: Any, words: str) -> None:
    with engine.connect() as connection, pytest.raises(exc.ProgrammingError, match=words):
        connection.execute(statement)


def test_many_rows_are_refused_as_one_is(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(exc.DBAPIError, match="only reads"):
        connection.execute(NEW.insert(), [{"a": 1}, {"a": 2}])


def test_creating_tables_is_refused(engine: Engine) -> None:
    with pytest.raises(exc.ProgrammingError, match="CREATE is not accepted"):
        NEW.metadata.create_all(engine)


def test_amazon_s_errors_are_told(engine_with: EngineMaker) -> None:
    engine = engine_with(ClientSecret="wrong")
    with engine.connect() as connection, pytest.raises(exc.DBAPIError, match="Login with Amazon refused"):
        connection.execute(text("SELECT * FROM sellers.account")).all()


needs_sqlalchemy_2 = pytest.mark.skipif(sqlalchemy.__version__ < "2", reason="pandas reads by SQLAlchemy 2 only")


@needs_sqlalchemy_2
def test_pandas_reads_by_text_by_statement_and_by_table(stack: Stack, engine: Engine, orders: Table) -> None:
    by_text = pandas.read_sql(f"SELECT amazon_order_id, order_total_amount, purchase_date {ORDERS}", engine)
    statement = select(orders.c.amazon_order_id, orders.c.order_total_amount, orders.c.purchase_date)
    by_statement = pandas.read_sql(statement.where(orders.c.purchase_date >= SINCE), engine)
    assert len(by_text) == len(by_statement) > 6
    assert set(by_text["amazon_order_id"]) == set(by_statement["amazon_order_id"])
    assert str(by_text["purchase_date"].dtype).startswith("datetime64")
    parts = pandas.read_sql(f"SELECT amazon_order_id {ORDERS}", engine, chunksize=5)
    assert sum(map(len, parts)) == len(by_text)
    parameters = pandas.read_sql_table("connection_parameters", engine, schema="system")
    assert len(parameters) == len(stack.query("SELECT * FROM system.connection_parameters"))
    with pytest.raises((exc.ProgrammingError, pandas.errors.DatabaseError), match=r"SELECT \* FROM orders\.orders"):
        pandas.read_sql("orders.orders", engine)


@needs_sqlalchemy_2
def test_pandas_writes_nothing(engine: Engine) -> None:
    with pytest.raises((exc.DBAPIError, pandas.errors.DatabaseError), match="CREATE is not accepted"):
        pandas.DataFrame({"a": [1]}).to_sql("new", engine, schema="orders")


def test_an_engine_on_nothing_says_so() -> None:
    with pytest.raises(exc.OperationalError, match="refused"):
        create_engine("spapi://shop:secret@localhost:1/").connect()
