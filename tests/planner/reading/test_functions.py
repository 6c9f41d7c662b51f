"""Functions in the engine's own dialect reach the engine with all that was said, or are refused."""

import re
from collections.abc import Iterator

import duckdb
import pytest
from sqlglot import exp
from sqlglot.errors import SqlglotError

import catalog
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.errors import QueryError, Unsupported
from flight_server.planner.reading import dialects, unsaid
from tests.server_fixtures import NOW

CATALOG = catalog.load()

UNITS = {"date_diff", "date_sub", "date_trunc", "datediff", "datesub", "datetrunc"}
"""Whose first argument sqlglot may read as a word."""

VALUES = """
strftime(TIMESTAMP '2026-06-03 14:05:06', '%Y-%m-%d %H')
strptime('03.06.2026', '%d.%m.%Y')
try_strptime('03.06.2026', ['%Y', '%d.%m.%Y'])
decode('abc'::BLOB)
decode('abc'::BLOB, 'strict')
encode('abc')
jaro_winkler_similarity('abc', 'ABC')
jaro_winkler_similarity('abc', 'abd', 0.99)
jaro_similarity('abc', 'abd', 0.99)
reduce([1, 2], lambda x, y: x + y, 5)
list_reduce([1, 2], lambda x, y: x + y, 5)
round(1.256, 2)
round(1256, -2)
trunc(1.9)
log(100)
log(2, 8)
ln(2)
log2(8)
log10(1000)
mod(-7, 3)
7 // 2
7 / 2
round_even(2.5, 0)
regexp_replace('a.b.a', 'A', 'x', 'gi')
regexp_replace('a.b.a', 'a', 'x')
regexp_extract('a1b2', '([a-z])(\\d)', 2)
regexp_extract('A1', 'a', 0, 'i')
regexp_extract('a1b2', '([a-z])(\\d)', ['l', 'd'])
regexp_extract_all('a1b2', '[a-z](\\d)', 1)
regexp_matches('ABC', 'b', 'i')
regexp_full_match('ABC', 'abc', 'i')
regexp_split_to_array('aXbxc', 'x', 'i')
string_split_regex('a1b2c', '\\d')
split_part('a-b-c', '-', -1)
substr('abcdef', -3, 2)
substring('abcdef', 2)
left('abc', -1)
right('abc', 2)
lpad('a', 3, 'xy')
rpad('a', 3, 'xy')
trim('xxaxx', 'x')
ltrim('xxaxx', 'x')
rtrim('xxaxx', 'x')
replace('abc', 'b', '')
translate('abc', 'ab', 'xy')
position('b' IN 'abc')
instr('abcb', 'b')
strpos('abc', 'c')
concat('a', NULL, 'b')
concat_ws('-', 'a', NULL, 'b')
format('{:.2f} {}', 1.234, 'x')
printf('%05d %s', 42, 'x')
length('äö')
strlen('äö')
char_length('a ')
ascii('A')
chr(65)
to_hex(255)
hex('abc')
from_hex('616263')
md5('a')
greatest(1, NULL, 3)
least(1, NULL, 3)
coalesce(NULL, 2)
nullif(1, 1)
ifnull(NULL, 3)
if(NULL, 1, 2)
date_trunc('week', DATE '2026-06-03')
date_diff('month', DATE '2026-01-31', DATE '2026-03-01')
date_sub('month', DATE '2026-01-31', DATE '2026-03-01')
date_part('isodow', DATE '2026-06-07')
date_part(['year', 'month'], DATE '2026-06-07')
date_add(DATE '2026-06-07', INTERVAL 1 MONTH)
extract(week FROM DATE '2026-01-01')
dayofweek(DATE '2026-06-07')
isodow(DATE '2026-06-07')
dayname(DATE '2026-06-07')
monthname(DATE '2026-06-07')
last_day(DATE '2026-02-07')
weekofyear(DATE '2026-01-01')
yearweek(DATE '2026-01-01')
make_date(2026, 6, 7)
make_timestamp(2026, 6, 7, 1, 2, 3.5)
time_bucket(INTERVAL 1 WEEK, DATE '2026-06-03')
time_bucket(INTERVAL 1 WEEK, DATE '2026-06-03', DATE '2026-06-01')
time_bucket(INTERVAL 1 DAY, TIMESTAMP '2026-06-03 05:00', INTERVAL 6 HOUR)
epoch_ms(TIMESTAMP '2026-06-03')
epoch_ms(1700000000000)
age(DATE '2026-06-03', DATE '2025-01-01')
list_sort([3, 1, NULL, 2], 'DESC', 'NULLS LAST')
list_reverse_sort([3, 1, 2])
array_sort([3, 1, 2])
list_slice([1, 2, 3, 4], 1, 4, 2)
list_contains([1, 2], 2)
list_has_any([1, 2], [2, 3])
list_has_all([1, 2], [2])
list_filter([1, 2, 3], lambda x: x > 1)
list_transform([1, 2], lambda x: x * 2)
list_concat([1], [2])
list_append([1], 2)
list_prepend(0, [1])
list_aggregate([1, 2, 3], 'sum')
list_position([5, 6], 6)
array_to_string([1, 2], '-')
range(1, 10, 3)
generate_series(1, 10, 3)
generate_series(3)
range(3)
json_extract('{"a": [1, 2]}', '$.a[1]')
json_extract_string('{"a": "b"}', '$.a')
json_value('{"a": 1}', '$.a')
json_array_length('{"a": [1, 2]}', '$.a')
json_type('{"a": [1, 2]}', '$.a')
json_keys('{"a": {"b": 1}}', '$.a')
json_contains('{"a": 1}', '1')
to_json([1, 2])
struct_pack(a := 1, b := 'x')
struct_extract({'a': 1}, 'a')
map(['a'], [1])
map_keys(map(['a'], [1]))
hamming('abc', 'abd')
levenshtein('abc', 'abx')
jaccard('abc', 'abd')
damerau_levenshtein('abc', 'acb')
starts_with('abc', 'a')
ends_with('abc', 'c')
contains('abc', 'b')
prefix('abc', 'a')
bar(5, 0, 10, 4)
strip_accents('é')
unicode('a')
reverse('abc')
repeat('ab', 2)
overlay('abcdef' PLACING 'x' FROM 2 FOR 3)
sign(-3)
power(2, 3)
5 ^ 2
xor(5, 3)
bit_count(7)
gcd(12, 18)
atan2(1, 2)
pi()
TRY_CAST('x' AS INTEGER)
CAST(2.7 AS INTEGER)
'5'::INTEGER
'a' || NULL
'abc' LIKE 'A%'
'abc' ILIKE 'A%'
'abc' SIMILAR TO 'a.*'
'abc' GLOB 'a*'
1 IS DISTINCT FROM NULL
CASE 1 WHEN 1 THEN 'a' ELSE 'b' END
quantile_cont(v, 0.25)
quantile_cont(v, [0.25, 0.5])
quantile_disc(v, 0.5)
median(v)
mode(v)
approx_quantile(v, 0.5)
string_agg(v, '|' ORDER BY v DESC)
string_agg(v)
group_concat(v, '|')
listagg(v, '|')
list(v ORDER BY v DESC)
array_agg(v ORDER BY v)
arg_max(v, -v)
arg_min(v, v, 2)
max(v, 2)
min_by(v, -v)
first(v ORDER BY v DESC)
any_value(v)
count_if(v > 1)
bool_and(v > 0)
bit_or(v)
product(v)
var_samp(v)
var_pop(v)
stddev(v)
stddev_pop(v)
corr(v, v)
covar_samp(v, v)
regr_slope(v, v * 2)
histogram(v)
kurtosis(v)
skewness(v)
entropy(v)
favg(v)
fsum(v)
sum(v) FILTER (WHERE v > 1)
count(DISTINCT v)
""".strip().splitlines()


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def engine_sql(sql: str) -> str:
    return planner.describable_sql(planner.read(sql, CATALOG))[0]


@pytest.mark.parametrize("expression", VALUES)
def test_an_expression_means_what_it_means_to_the_engine(expression: str, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = " FROM (VALUES (1), (2), (3), (3)) AS t(v)" if re.search(r"\bv\b", expression) else ""
    sql = f"SELECT {expression}{rows}"
    assert cursor.execute(engine_sql(sql)).fetchall() == cursor.execute(sql).fetchall()


def calls() -> list[str]:
    """A call of every function of the engine with every number of arguments that it takes, each a column."""
    known = duckdb.execute(
        "SELECT DISTINCT function_name, len(parameters), varargs IS NOT NULL FROM duckdb_functions() "
        "WHERE function_type IN ('scalar', 'aggregate', 'macro') AND regexp_matches(function_name, '^[a-z_0-9]+$')"
    ).fetchall()
    wanted = {(name, count + more) for name, count, is_open in known for more in range(3 if is_open else 1)}
    return [f"{name}({', '.join(f'arg{i}' for i in range(count))})" for name, count in sorted(wanted) if count]


def test_no_argument_of_any_function_is_left_out() -> None:
    lost: list[str] = []
    for call in calls():
        try:
            said = engine_sql(f"SELECT {call} FROM (SELECT 1 AS arg0, 2 AS arg1, 3 AS arg2, 4 AS arg3) AS t")
        except QueryError:
            continue
        name, arguments = call.rstrip(")").split("(")
        written = said.split(" FROM (SELECT")[0]
        wanted = arguments.split(", ")[1 if name in UNITS else 0 :]
        if not all(argument in written.lower() for argument in wanted):
            lost.append(f"{call}: {written}")
    assert lost == []


def test_functions_are_passed_on_as_they_are() -> None:
    said = engine_sql("SELECT decode(a), jaro_winkler_similarity(b, b), reduce(c, lambda x, y: x) FROM "
                      "(SELECT '\\x41'::BLOB AS a, 'x' AS b, [1] AS c) AS t")  # fmt: skip
    assert "UPPER" not in said
    assert "LIST_REDUCE" not in said


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("to_char(purchase_date, 'YYYY-MM')", "the format of TO_CHAR"),
        ("to_char(order_total_amount, '999D99')", "the format of TO_CHAR"),
        ("regexp_replace(order_status, 'a', 'b', order_status)", "regexp flags"),
        ("approx_top_k(order_status, 3)", "APPROX_TOP_K"),
    ],
)
def test_what_the_engine_cannot_say_is_refused(expression: str, told: str) -> None:
    with pytest.raises(Unsupported, match=told):
        engine_sql(f"SELECT {expression} FROM orders.orders")


@pytest.mark.parametrize(
    ("dialect", "expression"),
    [
        ("postgres", "date_trunc('day', purchase_date, 'America/New_York')"),
        ("mysql", "SHA2(order_status, 512)"),
        ("mysql", "FORMAT(order_total_amount, 2, 'de_DE')"),
        ("tsql", "FORMAT(purchase_date, 'yyyy-MMM', 'de-DE')"),
        ("tsql", "FORMAT(order_total_amount, 'N2', 'de-DE')"),
    ],
)
def test_what_the_engine_cannot_say_of_other_dialects_is_refused(dialect: str, expression: str) -> None:
    with pytest.raises(Unsupported, match="the engine"):
        planner.describable_sql(planner.read(f"SELECT {expression} FROM orders.orders", CATALOG, dialect))


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("duckdb", "SELECT extract(year FROM now())"),
        ("duckdb", "SELECT extract(year FROM purchase_date::TIMESTAMPTZ) FROM orders.orders"),
        ("duckdb", "SELECT date_part('hour', TIMESTAMPTZ '2026-06-01 00:00')"),
        ("postgres", "SELECT date_part('hour', now())"),
        ("tsql", "SELECT order_status FROM orders.orders WITH (NOLOCK)"),
        ("tsql", "SELECT order_status FROM orders.orders OPTION (RECOMPILE)"),
        ("tsql", "SELECT CAST('2026-06-01' AS DATETIME2(7))"),
        ("tsql", "SELECT order_status FROM orders.orders ORDER BY 1"),
        ("mysql", "SELECT order_status, count(*) FROM orders.orders GROUP BY 1 ORDER BY 2 DESC"),
    ],
)
def test_what_loses_nothing_is_read(dialect: str, sql: str) -> None:
    statement = planner.read(sql, CATALOG, dialect)
    assert planner.describable_sql(statement)[0]
    assert planner.plan(statement, Settings(), lambda _: [], NOW).residual


FLAGS = {
    "default_date",
    "bracket_notation", "struct_name_inheritance", "value_constructor", "null_propagation", "ensure_variant",
    "check_null", "is_multiset", "null_safe", "zero_based", "is_length", "null_is_empty", "null_delim_is_null",
    "safe", "null_on_zero_variance", "zero_on_all_null", "sysdate", "big_int", "date_part_boundary", "allow_overflow",
    "input_type_preserved", "abbreviated", "is_end_exclusive", "is_text", "zero_is_msb", "strict", "null_handling",
    "from_dcolonqmark", "only_json_types", "variant_extract", "json_query", "requires_json", "json_type",
    "json_subtype", "is_json", "to_json", "case_insensitive", "integer_scale", "negative_length_returns_empty",
    "binary", "is_left", "update_flag", "is_literal", "null_if_pos_overflow", "null_if_no_match",
    "empty_if_group_missing", "full_match", "single_replace", "casts_non_integer_decimals", "null_returns_null",
    "empty_delimiter_returns_whole", "clamp_position", "zero_start", "overflow", "is_numeric", "position",
    "fractions_supported", "empty_is_zero", "is_string", "evalname", "by_ref", "preserve_end_of_month", "case",
}  # fmt: skip
"""Arguments that sqlglot sets by itself to say how a dialect means a function; nobody writes them."""

HARMLESS = {
    ("ApproxQuantile", "accuracy"),
    ("ApproxQuantile", "error_tolerance"),
    ("ApproxQuantile", "weight"),
    ("CurrentTime", "this"),  # its precision
    ("CurrentTimestamp", "this"),
    ("UtcTime", "this"),
    ("UtcTimestamp", "this"),
    ("Uuid", "this"),
    ("SHA2", "length"),  # looked at by its value
    ("SHA2Digest", "length"),
    ("AnonymousAggFunc", "this"),  # its name, which is no expression where it was parsed
    ("CombinedAggFunc", "this"),
    ("DecodeCase", "expressions"),  # a list of pairs, not one
    ("Exists", "expression"),  # of lists, in Spark
    ("MD5Digest", "expressions"),
    ("Seq1", "this"),
    ("Seq2", "this"),
    ("Seq4", "this"),
    ("Seq8", "this"),
}


def all_functions(kind: type[exp.Expr]) -> Iterator[type[exp.Expr]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from all_functions(derived)


def left_out(kind: type[exp.Expr]) -> Iterator[str]:
    """The arguments that are not written, nor refused, when the function has no others than those that it must have."""
    for name in kind.arg_types:
        given = {each for each, is_needed in kind.arg_types.items() if is_needed or each == name}
        arguments: dict[str, object] = {each: exp.column(f"arg_{each}") for each in given}
        if kind.is_var_len_args and (last := list(kind.arg_types)[-1]) in arguments:
            arguments[last] = [arguments[last]]
        try:
            written = dialects.engine_sql(kind(**arguments))
        except (QueryError, SqlglotError, AttributeError, KeyError, TypeError, ValueError):
            continue  # refused, or no such function can be written
        if f"arg_{name}" not in written.lower():
            yield name


def test_every_argument_that_sqlglot_leaves_out_is_refused() -> None:
    silent = {
        (kind.__name__, name)
        for kind in set(all_functions(exp.Func)) - {exp.Anonymous}
        for name in left_out(kind)
        if name not in FLAGS
    }
    assert silent - HARMLESS == {(kind.__name__, name) for kind, names in unsaid.UNSAID.items() for name in names}
