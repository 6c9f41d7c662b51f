"""SQL over empty relations → the exact schema of its result, without a row and without a call."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from flight_server.engine.connection import Engine, query_error
from flight_server.engine.normal_types import normal_schema


def describe(engine: Engine, sql: str, relations: Mapping[str, pa.Schema], keep_nested: bool = False) -> pa.Schema:
    """The normalised schema of the query's result; raise QueryError where the engine cannot bind it."""
    with engine.cursor() as cursor:
        try:
            for name, arrow_schema in relations.items():
                cursor.register(name, arrow_schema.empty_table())
            result = cursor.sql(sql)
            return normal_schema(result.columns, result.limit(0).to_arrow_table().schema, keep_nested)
        except duckdb.Error as error:
            raise query_error(error) from None
