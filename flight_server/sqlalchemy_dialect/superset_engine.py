"""What Superset asks of a database besides the dialect: time grains, texts of times, the schema of SQL Lab.

Superset finds it by the entry point `superset.db_engine_specs`. The only module that imports Superset.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import types
from sqlalchemy.engine.url import URL
from superset.db_engine_specs.base import BaseEngineSpec
from superset.sql.parse import SQLGLOT_DIALECTS

from flight_server.sqlalchemy_dialect.time_grains import TIME_GRAINS

SQLGLOT_DIALECTS.setdefault("spapi", SQLGLOT_DIALECTS["duckdb"])


class SpapiEngineSpec(BaseEngineSpec):  # type: ignore[misc]  # Superset is seldom installed
    """Amazon's Selling Partner API behind spapi-flight."""

    engine = "spapi"
    engine_name = "Amazon Selling Partner API (spapi-flight)"
    drivers: ClassVar[dict[str, str]] = {"adbc": "Arrow Flight SQL", "tls": "Arrow Flight SQL over TLS"}
    default_driver = "adbc"
    sqlalchemy_uri_placeholder = "spapi://profile:secret@host:31337/?Region=EU"
    supports_dynamic_schema = True
    allows_alias_in_orderby = True
    supports_file_upload = False
    _time_grain_expressions: ClassVar[dict[str | None, str]] = dict(TIME_GRAINS)

    @classmethod
    def epoch_to_dttm(cls) -> str:
        """Seconds since 1970 → a time."""
        return "to_timestamp({col})"

    @classmethod
    def convert_dttm(cls, target_type: str, dttm: datetime, db_extra: dict[str, Any] | None = None) -> str | None:
        """A time as SQL that can become a parameter of Amazon's."""
        kind = cls.get_sqla_column_type(target_type)
        if isinstance(kind, types.Date):
            return f"DATE '{dttm.date().isoformat()}'"
        if isinstance(kind, types.DateTime | types.TIMESTAMP):
            return f"TIMESTAMP '{dttm.isoformat(sep=' ', timespec='microseconds')}'"
        return None

    @classmethod
    def get_datatype(cls, type_code: Any) -> str | None:
        """The name of an Arrow type, which is what the driver's cursor tells."""
        return str(type_code).upper() if type_code is not None else None

    @classmethod
    def adjust_engine_params(
        cls, uri: URL, connect_args: dict[str, Any], catalog: str | None = None, schema: str | None = None
    ) -> tuple[URL, dict[str, Any]]:
        """The schema that SQL Lab shows is the session's."""
        return (uri.set(database=schema) if schema else uri), connect_args

    @classmethod
    def get_schema_from_engine_params(cls, sqlalchemy_uri: URL, connect_args: dict[str, Any]) -> str | None:
        """The schema of the URL."""
        return sqlalchemy_uri.database or None
