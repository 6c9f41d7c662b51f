"""What SQLAlchemy asks of a database: how to connect, what it can do, which errors mean that a connection is gone.

The server only reads, and every statement stands for itself: there is nothing to commit or to roll back.
"""

from typing import Any

from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError

from flight_server.sqlalchemy_dialect.address import opening, place_of
from flight_server.sqlalchemy_dialect.compiling import SpapiCompiler, SpapiIdentifierPreparer, SpapiTypeCompiler
from flight_server.sqlalchemy_dialect.reflecting import ReflectedCatalog

_GONE = ("connection error", "transport is closing", "error reading from server", "client connection is closing")
"""What gRPC says of a connection that was cut, as against a server that is there and says no."""


class SpapiDialect(ReflectedCatalog):
    """`spapi://profile:secret@host:port/schema?Region=EU`; each part after the host may be left out."""

    name = "spapi"
    driver = "adbc"
    transport = "grpc"
    default_paramstyle = "qmark"
    supports_statement_cache = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_alter = False
    supports_comments = True
    supports_default_values = False
    supports_sane_rowcount = False
    supports_sane_multi_rowcount = False
    postfetch_lastrowid = False
    div_is_floordiv = False
    preparer = SpapiIdentifierPreparer
    statement_compiler = SpapiCompiler
    type_compiler = SpapiTypeCompiler
    _are_known = False

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver."""
        from adbc_driver_flightsql import dbapi

        return dbapi

    @classmethod
    def dbapi(cls) -> Any:  # type: ignore[override]
        """The driver, as SQLAlchemy 1.4 asks for it."""
        return cls.import_dbapi()

    def create_connect_args(self, url: URL) -> tuple[list[Any], dict[str, Any]]:
        """The place, and the URL's arguments; `connect_args` of the engine are added to these."""
        return [place_of(url, self.transport)], dict(url.query)

    def connect(self, *cargs: Any, **cparams: Any) -> Any:
        """A connection of the driver's; the first one learns whether the server knows every argument."""
        (place,) = cargs
        options = opening(place, cparams)
        connection = self.import_dbapi().connect(
            place.uri, db_kwargs=dict(options.database), conn_kwargs=dict(options.connection), autocommit=True
        )
        if not self._are_known:
            try:
                _refuse_unknown(connection, options.parameters)
            except Exception:
                connection.close()
                raise
            self._are_known = True
        return connection

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        version = connection.exec_driver_sql("SELECT version()").scalar().split()[-1]
        return tuple(int(part) for part in version.split(".") if part.isdigit())

    def _get_default_schema_name(self, connection: Any) -> Any:
        return connection.exec_driver_sql("SELECT current_schema()").scalar() or None

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """A statement without parameters has none to bind."""
        cursor.execute(statement, parameters or None)

    def do_begin(self, dbapi_connection: Any) -> None:
        """Nothing to begin."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing to commit."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Nothing to roll back."""

    def get_isolation_level_values(self, dbapi_conn: Any) -> list[Any]:
        """The one there is."""
        return ["AUTOCOMMIT"]

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        """The one there is."""
        return "AUTOCOMMIT"

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """Raise for another than the one there is."""
        if level != "AUTOCOMMIT":
            raise ArgumentError(f"isolation_level cannot be {level!r}: every statement stands for itself (AUTOCOMMIT)")

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Whether the connection is gone or its sign-in has expired: another one is opened then."""
        if not isinstance(e, self.import_dbapi().Error):
            return False
        return any(words in str(e) for words in _GONE) or str(e).startswith("UNAUTHENTICATED")


class SpapiTlsDialect(SpapiDialect):
    """`spapi+tls://…`; `tls_ca`, `tls_cert`, `tls_key` are arguments where the system's authorities do not do."""

    driver = "tls"
    transport = "grpc+tls"
    supports_statement_cache = True  # SQLAlchemy looks for it in each class itself

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver; this, too, is looked for in each class."""
        return super().import_dbapi()


def _refuse_unknown(connection: Any, parameters: tuple[str, ...]) -> None:
    """Raise for an argument that is no parameter of the server's, which passes over headers that it does not know."""
    if not parameters:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(name) FROM system.connection_parameters")
        known = {name for (name,) in cursor.fetchall()}
    unknown = [name for name in parameters if name.lower() not in known]
    if unknown:
        listed = "SELECT * FROM system.connection_parameters lists them"
        raise ArgumentError(f"there is no connection parameter {', '.join(unknown)}; {listed}")
