"""SHOW and DESCRIBE, word by word → the query over the system tables that they stand for.

Comes in: the words of the statement. Goes out: SQL of the engine's dialect. Knows the catalog's names; no tree.
"""

from collections.abc import Sequence

from catalog.catalog import CATALOG_NAME, Catalog
from flight_server.errors import Unsupported
from flight_server.planner.reading.session.own_names import VERSION, Asker
from flight_server.planner.reading.session.session_statements import SO_ANYWAY, schema_named

_SCHEMA_IS_DATABASE = frozenset({"mysql", "doris", "starrocks", "hive", "spark", "spark2", "databricks", "clickhouse"})
"""Dialects of systems in which a database is what others call a schema."""


def described(words: Sequence[str], catalog: Catalog, asker: Asker) -> str:
    """DESCRIBE of a table, as the engine tells it and with what a condition on each column does."""
    names = [word for word in words if word != "."]
    if names and names[0].lower() in ("table", "extended"):
        names = names[1:]
    if not 1 <= len(names) <= 3:
        raise Unsupported("DESCRIBE takes one table, as in DESCRIBE orders.orders, or one query")
    name, db_schema, catalog_name, *_ = [*reversed(names), None, None]
    table = catalog.resolve(str(name), db_schema, catalog_name, asker.db_schema)
    return (
        "SELECT column_name, data_type AS column_type, 'YES' AS \"null\", CASE WHEN is_key THEN 'PRI' END AS \"key\", "
        'CAST(NULL AS VARCHAR) AS "default", CAST(NULL AS VARCHAR) AS "extra", arrow_type, parameter, operators, '
        f'required, "references", description FROM system.columns WHERE schema_name = {_text(table.db_schema)} '
        f"AND table_name = {_text(table.name)} ORDER BY ordinal"
    )


def shown(words: Sequence[str], dialect: str, catalog: Catalog, asker: Asker) -> str:
    """SHOW of tables, columns, schemas, databases, or of a setting that is what it is."""
    rest = [word for word in words if word.lower() not in ("full", "all", "terse", "extended")]
    what = rest[0].lower() if rest else ""
    if what == "tables":
        is_all = len(rest) < len(words) and words[0].lower() == "all"
        return _tables(rest[1:], catalog, "" if is_all else asker.db_schema)
    if what in ("columns", "fields"):
        return _columns(rest[1:], catalog, asker)
    if what == "databases" and dialect not in _SCHEMA_IS_DATABASE:
        return _listed(rest[1:], "catalog_name", "database_name")
    if what in ("schemas", "databases"):
        return _listed(rest[1:], "schema_name", "schema_name")
    if what == "catalogs":
        return _listed(rest[1:], "catalog_name", "catalog_name")
    return _setting(" ".join(words).lower(), asker)


def _tables(words: Sequence[str], catalog: Catalog, db_schema: str) -> str:
    place, pattern = _from_and_like(words)
    if place:
        db_schema = schema_named(place, catalog)
    conditions = [f"schema_name = {_text(db_schema)}"] if db_schema else []
    conditions += [f"table_name ILIKE {_text(pattern)}"] if pattern else []
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT schema_name, table_name, description FROM system.tables{where} ORDER BY ALL"


def _columns(words: Sequence[str], catalog: Catalog, asker: Asker) -> str:
    """`FROM table`, `FROM schema.table`, `FROM table FROM schema`."""
    lower = [word.lower() for word in words]
    if not words or lower[0] not in ("from", "in"):
        raise Unsupported("SHOW COLUMNS takes one table, as in SHOW COLUMNS FROM orders.orders")
    second = next((position for position in range(1, len(words)) if lower[position] in ("from", "in")), len(words))
    return described([*words[second + 1 :], *words[1:second]], catalog, asker)


def _listed(words: Sequence[str], column: str, name: str) -> str:
    place, pattern = _from_and_like(words)
    if place and place[-1].lower() != CATALOG_NAME:
        raise Unsupported(f"SHOW takes no {'.'.join(place)} here: there is one catalog, spapi")
    where = f" WHERE {column} ILIKE {_text(pattern)}" if pattern else ""
    return f"SELECT DISTINCT {column} AS {name} FROM information_schema.schemata{where} ORDER BY ALL"


def _from_and_like(words: Sequence[str]) -> tuple[list[str], str]:
    """The name after FROM and the pattern after LIKE, where they are given."""
    place: list[str] = []
    rest = list(words)
    if rest and rest[0].lower() in ("from", "in"):
        rest = rest[1:]
        rest = rest[1:] if rest and rest[0].lower() in ("schema", "database", "catalog") else rest
        while rest and rest[0].lower() not in ("like", "ilike"):
            place.append(rest.pop(0))
        place = [word for word in place if word != "."]
        if not place:
            raise Unsupported("SHOW lacks the name after FROM")
    if not rest:
        return place, ""
    if len(rest) == 2 and rest[0].lower() in ("like", "ilike"):
        return place, rest[1]
    raise Unsupported(f"SHOW does not take {' '.join(rest)[:60]!a}; it takes FROM schema and LIKE 'pattern'")


def _setting(name: str, asker: Asker) -> str:
    values = {each: setting.shown for each, setting in SO_ANYWAY.items()}
    values |= {"search_path": asker.db_schema, "server_version": VERSION, "time zone": "UTC"}
    if name not in values:
        known = "SHOW TABLES, SHOW COLUMNS FROM, SHOW SCHEMAS and SHOW DATABASES are"
        raise Unsupported(f"SHOW {name[:60]} is not accepted; {known}")
    return f'SELECT {_text(values[name])} AS "{name.replace(" ", "_")}"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
