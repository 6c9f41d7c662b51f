"""Each of Amazon's examples, written as SQL and answered with the example's body, gives the example's rows and
values, in child tables too; each that Amazon refuses is refused in Amazon's words.

A row that contradicts the query's condition, as canned examples sometimes do, is filtered out on both sides by the same
SQL; a value that the column's type cannot hold cannot be asked for.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
import duckdb
import pyarrow as pa
import pytest

import catalog
from flight_server.cli.assembly import ServerOptions, running_server
from tests.examples import as_sql, expected
from tests.examples.cases import MODELS, Example, read_examples
from tests.examples.stub import Stub
from tests.server_fixtures import CREDENTIALS, HEADER

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's published models are not beside this checkout")

READ = {(operation.operation_id, operation.method) for table in catalog.load().tables if (operation := table.operation)}
EXAMPLES = [
    example
    for example in read_examples()
    if example.body is not None and (example.operation_id, example.method) in READ
]
ANSWERED = [example for example in EXAMPLES if example.status == 200]
REFUSED = [example for example in EXAMPLES if example.status >= 400]


@dataclass(frozen=True)
class Outside:
    """What an outside client sees: a connection, and the catalog as `system.*` tells it."""

    stub: Stub
    connection: Any
    tables: list[dict[str, Any]]
    columns: dict[tuple[str, str], list[dict[str, Any]]]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """All rows of one query."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return found


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    stub = Stub()
    parameters = {
        **CREDENTIALS,
        "Endpoint": f"http://{stub.address}",
        "TokenUrl": f"http://{stub.address}/auth/o2/token",
        "Marketplaces": "ATVPDKIKX0DER",
        "Sandbox": "True",  # the examples are the sandbox's: their ids have no form that real ones have
    }
    headers = {HEADER + name: value for name, value in parameters.items()}
    with (
        running_server(ServerOptions(allowed_hosts=(stub.address,), environment={})) as server,
        flightsql.connect(server.location, db_kwargs=headers, autocommit=True) as connection,
    ):
        seen = Outside(stub, connection, [], {})
        seen.tables.extend(seen.rows("SELECT * FROM system.tables WHERE kind IN ('operation', 'child')"))
        for column in seen.rows("SELECT * FROM system.columns ORDER BY ordinal"):
            seen.columns.setdefault((column["schema_name"], column["table_name"]), []).append(column)
        yield seen
    stub.close()


@pytest.mark.parametrize("example", ANSWERED, ids=lambda example: example.name)
def test_an_example_gives_its_rows(example: Example, outside: Outside) -> None:
    tables = [table for table in outside.tables if _answers(table, example)]
    assert tables
    for table in tables:
        _compare(example, table, outside)


@pytest.mark.parametrize("example", REFUSED, ids=lambda example: example.name)
def test_a_refused_example_is_an_error_in_amazons_words(example: Example, outside: Outside) -> None:
    """Unless the server knows of itself that nothing such exists, and does not ask."""
    tables = [table for table in outside.tables if _answers(table, example) and table["kind"] == "operation"]
    for table in tables:
        sql = _query(example, table, outside)
        outside.stub.status, outside.stub.body = example.status, example.body
        outside.stub.asked.clear()
        try:
            assert outside.rows(sql) == []
        except adbc_driver_manager.Error as error:
            if outside.stub.asked:
                assert all(text in str(error) for text in (each["code"] for each in example.body["errors"])), sql
                assert all(text in str(error) for text in (each["message"] for each in example.body["errors"])), sql
        else:
            assert not outside.stub.asked, sql


def _answers(table: dict[str, Any], example: Example) -> bool:
    return (table["operation_id"], table["method"]) == (example.operation_id, example.method) and table[
        "path"
    ] in _paths(example.model, example.operation_id)


@lru_cache
def _paths(model: str, operation_id: str) -> frozenset[str]:
    swagger = json.loads((MODELS / f"{model}.json").read_bytes())
    return frozenset(
        swagger.get("basePath", "").rstrip("/") + path
        for path, item in swagger["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict) and operation.get("operationId") == operation_id
    )


def _query(example: Example, table: dict[str, Any], outside: Outside) -> str:
    columns = outside.columns[table["schema_name"], table["table_name"]]
    try:
        conditions = as_sql.conditions(example, columns)
    except as_sql.Unaskable as value:
        pytest.skip(f"a value that the column's type cannot hold: {value}")
    for column in columns:
        if column["required"] and column["column_name"] not in conditions and example.status == 200:
            conditions[column["column_name"]] = _from_answer(example, table, column)
    where = " WHERE " + " AND ".join(conditions.values()) if conditions else ""
    return f"SELECT * FROM {table['schema_name']}.{table['table_name']}{where}"


def _compare(example: Example, table: dict[str, Any], outside: Outside) -> None:
    columns = outside.columns[table["schema_name"], table["table_name"]]
    sql = _query(example, table, outside)
    where = sql.partition(" WHERE ")[2]
    outside.stub.status, outside.stub.body = 200, example.body
    try:
        found = outside.rows(sql)
    except adbc_driver_manager.ProgrammingError as error:
        if " needs " in str(error) or " does not take " in str(error):
            pytest.skip(f"no one SELECT asks this: {str(error)[30:150]}")
        raise
    assert _normal(found, columns) == _normal(_expected(example, table, columns, where), columns), sql


def _from_answer(example: Example, table: dict[str, Any], column: dict[str, Any]) -> str:
    """A required key that the example's request leaves out, taken from its answer."""
    held = expected.rows(example.body, table["row_path"], [column]) if column["member"] else []
    if not held or held[0][column["column_name"]] is None:
        pytest.skip(f"neither the request nor the answer tells {column['column_name']}")
    return f"{column['column_name']} = {as_sql.literal(held[0][column['column_name']], column['arrow_type'])}"


def _expected(
    example: Example, table: dict[str, Any], columns: list[dict[str, Any]], where: str
) -> list[dict[str, Any]]:
    """The body's rows, those left out that the condition on columns of the answer rejects."""
    held = expected.rows(example.body, table["row_path"], columns)
    schema = pa.schema([(column["column_name"], expected.TYPES[column["arrow_type"]]) for column in columns])
    rows = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in held], schema=schema)
    own = {column["column_name"] for column in columns if column["member"]}
    kept = " AND ".join(part for part in where.split(" AND ") if part.split(" ")[0] in own)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("held", rows)
        left: list[dict[str, Any]] = (
            connection.sql(f"SELECT * FROM held{' WHERE ' + kept if kept else ''}").to_arrow_table().to_pylist()
        )
    return left


def _normal(rows: list[dict[str, Any]], columns: list[dict[str, Any]]) -> list[str]:
    names = [column["column_name"] for column in columns if column["member"]]
    return sorted(json.dumps([_comparable(row[name]) for name in names], default=str) for row in rows)


def _comparable(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value, parse_float=str, parse_int=str)
        except ValueError:
            return value
    return value


def test_the_examples_were_found() -> None:
    assert len(ANSWERED) >= 60
    assert len(REFUSED) >= 30
