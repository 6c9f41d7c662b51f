"""Long chains are put in groups for the engine, which says the same of them."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from flight_server.planner.easing import eased

ROWS = "(VALUES (1, 'a', 2), (2, 'b', NULL), (NULL, 'c', 3), (300, NULL, 4), (5, 'x5', 5)) AS t(n, s, m)"

PAIRS = [f"n = {number} AND s <> 'x{number}'" for number in range(600)]

CHAINS = [
    " OR ".join(f"({pair})" for pair in PAIRS),
    " OR ".join(PAIRS),
    " AND ".join(f"(n <> {number} OR s = 'x{number}')" for number in range(600)),
    " AND ".join(f"n <> {number}" for number in range(10, 700)),
    f"m > 1 AND ({' OR '.join(PAIRS)}) AND n < 400",
    " OR ".join(f"n BETWEEN {number} AND {number} + 0.5" for number in range(3, 600)),
    " OR ".join(f"(n, s) IN (({number}, 'a'))" for number in range(600)),
    f"n = m AND {' AND '.join(f'(n <> {number} OR s IS NULL)' for number in range(10, 600))}",
    f"m IN (SELECT 2) AND {' AND '.join(f'(n <> {number} OR s IS NULL)' for number in range(10, 600))}",
]


def _eased(sql: str) -> str:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    return eased(tree).sql("duckdb")


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_in_groups_has_the_same_value_everywhere(chain: str) -> None:
    sql = f"SELECT n, s, m, ({chain}) AS said, NOT ({chain}) AS denied FROM {ROWS}"
    wanted = duckdb.sql(f"SET disabled_optimizers='expression_rewriter'; {sql}").fetchall()
    assert _eased(sql) != sqlglot.transpile(sql, read="duckdb", write="duckdb")[0]
    assert duckdb.sql(_eased(sql)).fetchall() == wanted


@pytest.mark.parametrize(
    "arms",
    [
        [f"SELECT {number} AS n" for number in range(200)],
        [f"SELECT {number % 7} AS n, 'x' AS s" for number in range(200)],
        [f"SELECT {number % 7}{'.5' if number == 150 else ''} AS n" for number in range(200)],
        [*(f"SELECT {number} AS n" for number in range(100)), "(SELECT 7 AS n ORDER BY 1 LIMIT 1)"],
    ],
)
@pytest.mark.parametrize("word", [" UNION ALL ", " UNION "])
@pytest.mark.parametrize("end", ["", " ORDER BY 1 DESC LIMIT 20"])
def test_a_union_of_unions_has_the_same_rows(arms: list[str], word: str, end: str) -> None:
    sql = word.join(arms) + end
    changed, plain = duckdb.sql(_eased(sql)), duckdb.sql(sql)
    assert _eased(sql) != sqlglot.transpile(sql, read="duckdb", write="duckdb")[0]
    assert (changed.columns, changed.types) == (plain.columns, plain.types)
    assert sorted(changed.fetchall()) == sorted(plain.fetchall())


@pytest.mark.parametrize(
    "sql",
    [
        " UNION ALL BY NAME ".join(f"SELECT {number} AS n" for number in range(200)),
        " EXCEPT ".join(f"SELECT {number} AS n" for number in range(200)),
        " UNION ALL ".join(f"SELECT {number} AS n" for number in range(60)),
        f"SELECT n FROM {ROWS} WHERE {' OR '.join(f'n = {number}' for number in range(600))}",
        f"SELECT n FROM {ROWS} WHERE {' OR '.join(PAIRS[:200])}",
    ],
)
def test_what_the_engine_takes_as_it_is_stays(sql: str) -> None:
    assert _eased(sql) == sqlglot.transpile(sql, read="duckdb", write="duckdb")[0]


def test_all_and_distinct_are_not_mixed() -> None:
    arms = [f"SELECT {number % 3} AS n" for number in range(200)]
    sql = " UNION ALL ".join([" UNION ".join(arms), *arms])
    assert sorted(duckdb.sql(_eased(sql)).fetchall()) == sorted(duckdb.sql(sql).fetchall())
    assert _eased(sql).count("UNION ALL") == 200
