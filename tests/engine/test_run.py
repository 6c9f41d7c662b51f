"""Running a plan: what is pulled when, what is released, and that nothing but the query's rows comes out."""

import threading
from collections.abc import Generator, Iterable, Iterator

import pyarrow as pa
import pytest

from catalog.table import Column, KeyColumn, Table
from flight_server.activity import QueryActivity
from flight_server.engine import Engine, run
from flight_server.errors import ApiError, Cancelled, QueryError
from flight_server.plan import Binding, Keys, KeySupply, Output, Plan, Scan

ORDERS = Table("orders", "orders", "system", (Column("id", "string"), Column("total", "int64")))
ITEMS = Table("orders", "items", "system", (Column("id", "string"), Column("sku", "string")))

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3"


Pulled = Generator[tuple[pa.RecordBatch, ...], None, None]


class Pages:
    """Twenty pages of ten orders; items on request. Notes what was pulled and whether it was closed."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.pulled = 0
        self.asked: list[str] = []
        self.closed = 0
        self.fail_at = fail_at

    def __call__(self, scan: Scan, keys: Keys) -> Pulled:
        return self._items(keys[scan.supplies[0].sql]) if scan.table is ITEMS else self._orders()

    def _orders(self) -> Pulled:
        try:
            for page in range(20):
                if page == self.fail_at:
                    raise ApiError("InvalidInput: the page is broken")
                self.pulled += 1
                rows = range(page * 10, page * 10 + 10)
                yield (pa.record_batch({"id": [f"o{row}" for row in rows], "total": list(rows)}),)
        finally:
            self.closed += 1

    def _items(self, keys: Iterable[tuple[object, ...]]) -> Pulled:
        for (key,) in keys:
            self.asked.append(str(key))
            yield (pa.record_batch({"id": [key, key], "sku": ["A", "B"]}),)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine("256MB")
    yield engine
    engine.close()


def orders(*, lazy: bool = True) -> Scan:
    return Scan((Output("s0", ORDERS, ORDERS.columns),), lazy=lazy)


def items(*, lazy: bool = True) -> Scan:
    supply = KeySupply(("id",), "SELECT DISTINCT id FROM s0 WHERE total < 30", ("s0",), ("id",))
    return Scan(
        (Output("s1", ITEMS, ITEMS.columns),), (Binding(KeyColumn("id", eq="id"), supplies=(supply,)),), lazy=lazy
    )


def rows(engine: Engine, plan: Plan, pages: Pages, query: QueryActivity | None = None) -> list[dict[str, object]]:
    batches = run(engine, plan, pages, query or QueryActivity("sql", "session"))
    return [row for record_batch in batches for row in record_batch.to_pylist()]


def test_a_paged_limit_stops_after_the_first_page(engine: Engine) -> None:
    pages = Pages()
    plan = Plan("SELECT id FROM s0", (orders(),), paged=True, row_limit=7, row_offset=2)
    assert [row["id"] for row in rows(engine, plan, pages)] == [f"o{number}" for number in range(2, 9)]
    assert (pages.pulled, pages.closed) == (1, 1)


def test_a_paged_query_yields_each_page_before_the_next_is_pulled(engine: Engine) -> None:
    pages = Pages()
    batches = run(engine, Plan("SELECT * FROM s0", (orders(),), paged=True), pages, QueryActivity("sql", "s"))
    for expected in (1, 2, 3):
        next(batches)
        assert pages.pulled == expected
    batches.close()
    assert pages.closed == 1


def test_a_limited_join_asks_for_no_more_keys_than_rows(engine: Engine) -> None:
    pages = Pages()
    plan = Plan("SELECT * FROM s0 JOIN s1 USING (id)", (orders(lazy=False), items()), paged=True, row_limit=3)
    assert len(rows(engine, plan, pages)) == 3
    assert pages.asked == ["o0", "o1", "o2"] or set(pages.asked) == {"o0", "o1", "o2"}


def test_a_join_as_a_whole_asks_each_key_once(engine: Engine) -> None:
    pages = Pages()
    sql = "SELECT sku, sum(total) AS total FROM s0 JOIN s1 USING (id) WHERE total < 30 GROUP BY sku ORDER BY sku"
    result = rows(engine, Plan(sql, (orders(lazy=False), items())), pages)
    assert [(row["sku"], int(str(row["total"]))) for row in result] == [("A", 435), ("B", 435)]
    assert sorted(pages.asked) == sorted(f"o{number}" for number in range(30))


def test_a_failing_page_fails_the_query_with_its_own_error(engine: Engine) -> None:
    for lazy in (True, False):
        pages = Pages(fail_at=3)
        with pytest.raises(ApiError, match="the page is broken"):
            rows(engine, Plan("SELECT count(*) AS n FROM s0", (orders(lazy=lazy),)), pages)
        assert pages.closed == 1


def test_a_bad_residual_is_one_plain_sentence(engine: Engine) -> None:
    with pytest.raises(QueryError, match="nowhere") as caught:
        rows(engine, Plan("SELECT nowhere FROM s0", (orders(),)), Pages())
    assert "\n" not in caught.value.message


def test_cancel_interrupts_the_engines_own_work(engine: Engine) -> None:
    query = QueryActivity("sql", "session")
    threading.Timer(0.05, query.cancel).start()
    with pytest.raises(Cancelled):
        rows(
            engine,
            Plan(ENDLESS, ()),
            Pages(),
            query,
        )


def test_what_does_not_fit_into_memory_spills(engine: Engine) -> None:
    class Wide(Pages):
        def _orders(self) -> Pulled:
            for page in range(200):
                yield (
                    pa.record_batch(
                        {"id": [f"{page}-{row}-" + "x" * 2000 for row in range(1000)], "total": [1] * 1000}
                    ),
                )

    plan = Plan("SELECT count(DISTINCT a.id) AS n FROM s0 a", (orders(lazy=False),))
    assert rows(engine, plan, Wide()) == [{"n": 200_000}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "ATTACH '/tmp/other.db' AS other",
        "INSTALL httpfs",
        "SET memory_limit = '100GB'",
        "SELECT * FROM glob('*')",
    ],
)
def test_the_engine_refuses_files_extensions_and_settings(engine: Engine, sql: str) -> None:
    with pytest.raises(QueryError):
        rows(engine, Plan(sql, ()), Pages())
