"""What a single value may become, judged before it is made."""

import duckdb
import pytest

from flight_server.errors import Error, QueryError
from flight_server.planner.reading.parse import parse

TOO_MUCH = [
    "repeat('x', 4000000000)",
    "repeat('x', 4e9)",
    "repeat('x', 40000 * 50000)",
    "repeat(repeat('x', 40000), 40000)",
    "repeat(repeat(repeat(repeat(repeat(repeat('xxxxxxxxxx', 10), 10), 10), 10), 10), 10)",
    "\"repeat\"('x', 4000000000)",
    "'x'.repeat(4000000000)",
    "main.repeat('x', 4000000000)",
    "system.main.lpad('x', 4000000000, 'y')",
    "repeat('x', (random() * 4000000000)::BIGINT)",
    "repeat('x', (SELECT 4000000000))",
    "repeat([1, 2, 3], 100000000)",
    "lpad('x', 1500000000, 'y')",
    "rpad('x', 1500000 * 1000, 'y')",
    "bitstring('0101', 1000000000)",
    "range(100000000)",
    "range(5, -100000000, -1)",
    "generate_series(1, 100000000)",
    "generate_series(1, 10000 * 10000)",
    "generate_series(TIMESTAMP '2000-01-01', TIMESTAMP '2025-01-01', INTERVAL 1 SECOND)",
    "generate_series(TIMESTAMP '2025-01-01', TIMESTAMP '2000-01-01', -INTERVAL 1 SECOND)",
    "unnest(range(100000000))",
    "list_resize([1], 100000000)",
    "array_resize([1], 100000 * 1000)",
    "printf('%1000000000d', 1)",
    "printf('%*d', 1000000000, 1)",
    "format('{:1000000000}', 1)",
    "format('{:{}}', 'x', 1000000000)",
    "format('{:' || '1000000000' || '}', 1)",
    "list_transform(range(10000), lambda x: repeat('x', 20000))",
    "[repeat('x', 20000) for x in range(10000)]",
    "list_reduce(['x' FOR i IN range(40)], lambda a, b: a || a || b)",
    "reduce(['x' FOR i IN range(40)], (a, b) -> concat(a, a, b))",
    "array_reduce(['x' FOR i IN range(40)], lambda a, b: replace(a, 'x', 'xxxx'), 'x')",
    "['x' FOR i IN range(40)].list_reduce(lambda a, b: a || a || b)",
    "list_reduce([[1] FOR i IN range(40)], lambda a, b: list_concat(a, a))",
    "letter.repeat(4000000000)",
    "'x'.lpad(1500000000, 'y')",
    "(3).range(100000000)",
    "repeat('x'::BLOB, 4000000000)",
    "repeat([repeat('x', 90000)], 90000)",
    "CAST(NULL AS INT[100000])",
    "CAST(NULL AS INT[1000][1000])",
]

DOUBLING = [
    "replace(" * 9 + "letter" + ", 'x', 'xxxxxxxx')" * 9,
    "upper(replace(" * 9 + "letter" + ", 'x', 'xxxxxxxx'))" * 9,
    "regexp_replace(" * 9 + "letter" + ", '.', 'xxxxxxxx', 'g')" * 9,
    "letter" + ".replace('x', 'xxxxxxxx')" * 9,
]

SMALL = [
    ("repeat('ab', 3)", "ababab"),
    ("repeat(letter, 3)", "xxx"),
    ("repeat(letter, number)", "xx"),
    ("repeat([1, 2], number)", [1, 2, 1, 2]),
    ("repeat('x', NULL)", None),
    ("'x'.repeat(3)", "xxx"),
    ("'x'.replace('x', 'yy')", "yy"),
    ("replace(replace(replace(letter, '&', '&amp;'), '<', '&lt;'), 'x', '&quot;')", "&quot;"),
    ("replace(" * 30 + "letter" + ", 'x', 'y')" * 30, "y"),
    ("regexp_replace(letter, '.', 'yyy')", "yyy"),
    ("letter.repeat(number)", "xx"),
    ("letter.upper().repeat(number).lpad(4, '.')", "..XX"),
    ("repeat('ab'::BLOB, 3)", b"ababab"),
    ("repeat(encode(letter), number + 20)", b"x" * 22),
    ("list_reduce(['a', 'b', 'c'], lambda a, b: a || '-' || b)", "a-b-c"),
    ("reduce([1, 2, 3], (a, b) -> a + b)", 6),
    ("list_reduce([1, 2, 3], lambda a, b: pow(a, b)::BIGINT)", 1),
    ("list_reduce([[1], [2]], lambda a, b: a || b)", [1, 2]),
    ("lpad('7', 3, '0')", "007"),
    ("rpad(letter, number, '.')", "x."),
    ("range(number)", [0, 1]),
    ("range(5, 1, -number)", [5, 3]),
    ("generate_series(1, number)", [1, 2]),
    ("len(generate_series(DATE '2024-01-01', DATE '2024-12-31', INTERVAL 1 DAY))", 366),
    ("len(generate_series(DATE '2024-12-31', DATE '2024-01-01', -INTERVAL 1 DAY))", 366),
    ("len(generate_series(TIMESTAMP '2020-01-01', TIMESTAMP '2024-01-01', INTERVAL 1 MONTH))", 49),
    ("list_resize([1], number)", [1, None]),
    ("format('{:>3} {}', letter, 3)", "  x 3"),
    ("printf('%5.2f%%', 2.5)", " 2.50%"),
    ("list_transform(range(number), lambda n: repeat(letter, n))", ["", "x"]),
    ("CAST([1, 2, 3] AS INT[3])", (1, 2, 3)),
]


def value(expression: str) -> object:
    """What the engine makes of the expression, as the planner hands it on."""
    tree = parse(f"SELECT {expression} FROM (SELECT 'x' AS letter, 2::INTEGER AS number)").nodes.tree
    with duckdb.connect() as engine:
        engine.execute("SET memory_limit='256MB'")
        row = engine.execute(tree.sql("duckdb")).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("expression", TOO_MUCH)
def test_a_value_that_would_fill_the_memory_is_refused_before_it_is_made(expression: str) -> None:
    with pytest.raises((Error, duckdb.InvalidInputException)) as caught:
        value(expression)
    said = str(caught.value)
    if "behind a dot" not in said and "chance" not in said and "width" not in said:
        assert "which is the most here" in said


@pytest.mark.parametrize("expression", DOUBLING)
def test_replacements_that_multiply_are_refused(expression: str) -> None:
    with pytest.raises(QueryError, match=r"more than 10,000 times as long"):
        value(expression)


@pytest.mark.parametrize(("expression", "expected"), SMALL)
def test_sizes_in_measure_mean_what_they_did(expression: str, expected: object) -> None:
    assert value(expression) == expected


def test_a_column_is_called_what_it_is_written_like_without_the_check() -> None:
    tree = parse("SELECT repeat(letter, number), lpad(letter, 3, '0') FROM t").nodes.tree
    assert tree.selects[0].alias == "repeat(letter, number)"
    assert tree.selects[1].sql("duckdb") == "LPAD(letter, 3, '0')"


def test_rows_of_a_table_function_have_no_bound() -> None:
    sql = "SELECT COUNT(*) FROM RANGE(0, 100000000)"
    assert parse(sql).nodes.tree.sql("duckdb") == sql


@pytest.mark.parametrize(("dialect", "call"), [("tsql", "SPACE(4000000000)"), ("tsql", "REPLICATE('x', 4000000000)")])
def test_other_dialects_names_are_held_to_the_same_bounds(dialect: str, call: str) -> None:
    with pytest.raises(QueryError, match="which is the most here"):
        parse(f"SELECT {call}", dialect)
