"""The connection strings of every driver, each under the name by which it is looked for."""

from collections.abc import Mapping

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from flight_server.cli.connection_strings import adbc_code, jdbc_url, odbc_string, sqlalchemy_url


def print_connection_strings(
    out: Console, host: str, port: int, parameters: Mapping[str, str], profile: str = ""
) -> None:
    """Print them for a server without TLS; `profile` is one with a secret, which is asked for and never printed."""
    for title, text in (
        ("ADBC (Python: pandas, polars, DuckDB)", adbc_code(f"grpc://{host}:{port}", parameters, profile)),
        ("SQLAlchemy (Superset, dlt, pandas)", sqlalchemy_url(host, port, parameters, profile)),
        ("JDBC", jdbc_url(host, port, parameters, profile)),
        ("ODBC", odbc_string(host, port, parameters, profile)),
    ):
        out.print()
        out.print(Rule(Text(f"Connect by {title}", style="bold"), align="left"), width=min(out.width, 100))
        out.print(Text(text), soft_wrap=True)
