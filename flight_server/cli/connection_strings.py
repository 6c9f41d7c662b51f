"""A server and connection parameters → what to paste into ADBC, JDBC and ODBC.

Knows how each driver writes parameters: JDBC decodes percent escapes, ODBC and ADBC take values as they are.
"""

from collections.abc import Mapping
from urllib.parse import quote

from flight_server.cli.connection import CALL_HEADER

ODBC_DRIVER = "{Apache Arrow Flight SQL ODBC Driver}"


def adbc_code(url: str, parameters: Mapping[str, str]) -> str:
    """Python that connects by ADBC."""
    lines = [f'    P + "{name}": "{value}",' for name, value in parameters.items()]
    return "\n".join(
        [
            "import adbc_driver_flightsql.dbapi as flightsql",
            f'P = "{CALL_HEADER}"',
            f'connection = flightsql.connect("{url}", db_kwargs={{',
            *lines,
            "}, autocommit=True)",
        ]
    )


def jdbc_url(host: str, port: int, parameters: Mapping[str, str]) -> str:
    """A JDBC URL; values are percent-encoded.

    >>> jdbc_url("localhost", 31337, {"RefreshToken": "Atzr|a=="})
    'jdbc:arrow-flight-sql://localhost:31337/?useEncryption=false&RefreshToken=Atzr%7Ca%3D%3D'
    """
    pairs = "".join(f"&{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"jdbc:arrow-flight-sql://{host}:{port}/?useEncryption=false{pairs}"


def odbc_string(host: str, port: int, parameters: Mapping[str, str]) -> str:
    """An ODBC connection string; values stay as they are.

    >>> odbc_string("localhost", 31337, {"RefreshToken": "Atzr|a=="})
    'Driver={Apache Arrow Flight SQL ODBC Driver};Host=localhost;Port=31337;UseEncryption=false;RefreshToken=Atzr|a=='
    """
    pairs = "".join(f";{name}={value}" for name, value in parameters.items())
    return f"Driver={ODBC_DRIVER};Host={host};Port={port};UseEncryption=false{pairs}"
