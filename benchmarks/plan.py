"""How long planning takes, beside what DuckDB itself takes to bind the SQL that is left.

Every query of `tests/cases/tools.case`, as business tools write them. New: read and planned for the first time,
constants folded too. Repeated: what a server does when the same text comes again. Beside them sqlglot alone, which the
planner is built on: parsing, qualifying and writing the same query, and nothing else. Each is the least of some runs.
Goals: a new text within 5 ms, a repeated one within 0.1 ms, unless it names the time of day (`now()`) and so is another
question each time; a call costs a second to a minute.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median

import sqlglot
from sqlglot.optimizer.qualify import qualify

import catalog
from catalog.arrow_types import arrow_schema
from catalog.catalog import Catalog
from flight_server import engine, planner
from flight_server.connection.settings import Settings
from flight_server.engine import Engine
from flight_server.plan import Plan
from flight_server.planner.plan_cache import PlanCache
from flight_server.planner.reading.dialects import DUCKDB
from flight_server.planner.reading.qualified import schema_of

FIXTURE = Path(__file__).parents[1] / "tests" / "cases" / "tools.case"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
RUNS = 50
NEW_GOAL, REPEATED_GOAL = 5.0, 0.1


def fixture_queries() -> Iterator[tuple[str, str]]:
    """(SQL, its dialect) of every case."""
    dialect = Settings().sql_dialect
    for block in re.split(r"\n\s*\n", FIXTURE.read_text("utf-8").strip()):
        comments = " ".join(line for line in block.splitlines() if line.startswith("#"))
        if comments:
            named = re.search(r"\[SqlDialect=(\w+)\]", comments)
            dialect = named.group(1) if named else Settings().sql_dialect
        lines = (line for line in block.splitlines() if not line.startswith("#"))
        yield "\n".join(lines).split("\n----")[0].strip(), dialect


def least(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest of some runs."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds) * 1000


def bind_milliseconds(database: Engine, plan: Plan) -> float:
    """What DuckDB takes to bind the residual SQL over relations without rows."""
    with database.cursor() as cursor:
        for scan in plan.scans:
            for output in scan.outputs:
                cursor.register(output.relation, arrow_schema(output.columns).empty_table())
        return least(lambda: cursor.sql(plan.residual))


def sqlglot_milliseconds(statement: planner.Statement) -> float:
    """What sqlglot takes for its part, with a schema that is there already."""
    text = statement.tree.sql(DUCKDB)
    schema = schema_of(statement.references)

    def alone() -> str:
        tree = sqlglot.parse_one(text, dialect=DUCKDB)
        qualify(tree, dialect=DUCKDB, schema=schema, validate_qualify_columns=False, quote_identifiers=False)
        return tree.sql(DUCKDB, copy=False)

    return least(alone)


def measure(sql: str, dialect: str, tables: Catalog) -> tuple[float, float, float, float]:
    """Milliseconds: DuckDB's bind, sqlglot's part, planning for the first time, planning again."""
    database, settings = Engine(), Settings()

    def fold(constants: Sequence[tuple[str, str]]) -> list[object]:
        return engine.fold(database, constants)

    def cold() -> Plan:
        database.constants.clear()
        return planner.plan(planner.read(sql, tables, dialect), settings, fold, NOW)

    statement = planner.read(sql, tables, dialect)
    plans = PlanCache(statement)
    moments = (NOW + timedelta(seconds=seconds) for seconds in count())
    first, again = least(cold), least(lambda: plans.plan(settings, fold, next(moments)))
    bind = bind_milliseconds(database, cold())
    database.close()
    return bind, sqlglot_milliseconds(statement), first, again


def main() -> None:
    """Print one line a query; exit 1 where a goal is missed."""
    tables = catalog.load().for_versions({})
    measured: list[tuple[float, ...]] = []
    timed: list[bool] = []  # whether the query names the time of day, and is planned for each instant
    print(f"{'bind ms':>8} {'sqlglot':>8} {'new':>8} {'÷ bind':>7} {'repeated':>9}  query")
    for sql, dialect in fixture_queries():
        bind, alone, new, repeated = measure(sql, dialect, tables)
        measured.append((bind, alone, new, repeated))
        timed.append(bool(planner.read(sql, tables, dialect).named_times - {"DATE"}))
        shown = f"{bind:>8.2f} {alone:>8.2f} {new:>8.2f} {new / bind:>7.2f} {repeated:>9.4f}"
        print(f"{shown}  {' '.join(sql.split())[:60]}")
    *_, news, _ = zip(*measured, strict=True)
    repetitions = [each[-1] for each, names_time in zip(measured, timed, strict=True) if not names_time]
    print(
        f"new text: median {median(news):.2f} ms, most {max(news):.2f} (goal {NEW_GOAL:g}); "
        f"repeated: most {max(repetitions):.4f} ms (goal {REPEATED_GOAL:g})"
    )
    if max(news) > NEW_GOAL or max(repetitions) > REPEATED_GOAL:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
