"""A server and connection parameters → what to paste into ADBC, SQLAlchemy, JDBC and ODBC.

Knows how each driver writes parameters: URLs decode percent escapes, ODBC and ADBC take values as they are.
"""

from collections.abc import Mapping
from urllib.parse import quote

from flight_server.cli.connection import CALL_HEADER

ODBC_DRIVER = "{Apache Arrow Flight SQL ODBC Driver}"


def adbc_code(url: str, parameters: Mapping[str, str], profile: str = "") -> str:
    """Python that connects by ADBC; `profile` is one whose secret the reader puts into the variable that is named."""
    lines = [f'    P + "{name}": "{value}",' for name, value in parameters.items()]
    if profile:
        lines += [f'    "username": "{profile}", "password": os.environ["SPAPI_FLIGHT_PASSWORD"],']
    return "\n".join(
        [
            *(["import os"] if profile else []),
            "import adbc_driver_flightsql.dbapi as flightsql",
            f'P = "{CALL_HEADER}"',
            f'connection = flightsql.connect("{url}", db_kwargs={{',
            *lines,
            "}, autocommit=True)",
        ]
    )


def sqlalchemy_url(host: str, port: int, parameters: Mapping[str, str], profile: str = "") -> str:
    """A URL of SQLAlchemy's; values are percent-encoded. The secret of a `profile` stands where `SECRET` does.

    >>> sqlalchemy_url("localhost", 31337, {"Region": "EU"}, "my shop")
    'spapi://my%20shop:SECRET@localhost:31337/?Region=EU'
    """
    pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    user = f"{quote(profile, safe='')}:SECRET@" if profile else ""
    return f"spapi://{user}{host}:{port}/{'?' if pairs else ''}{pairs}"


def jdbc_url(host: str, port: int, parameters: Mapping[str, str], profile: str = "") -> str:
    """A JDBC URL; values are percent-encoded. The secret of a `profile` is the password of the tool's dialog.

    >>> jdbc_url("localhost", 31337, {"RefreshToken": "Atzr|a=="})
    'jdbc:arrow-flight-sql://localhost:31337/?useEncryption=false&RefreshToken=Atzr%7Ca%3D%3D'
    """
    pairs = "".join(f"&{name}={quote(value, safe='')}" for name, value in parameters.items())
    user = f"&user={quote(profile, safe='')}" if profile else ""
    return f"jdbc:arrow-flight-sql://{host}:{port}/?useEncryption=false{pairs}{user}"


def odbc_string(host: str, port: int, parameters: Mapping[str, str], profile: str = "") -> str:
    """An ODBC connection string; values stay as they are. The secret of a `profile` is added as `PWD`.

    >>> odbc_string("localhost", 31337, {"RefreshToken": "Atzr|a=="})
    'Driver={Apache Arrow Flight SQL ODBC Driver};Host=localhost;Port=31337;UseEncryption=false;RefreshToken=Atzr|a=='
    """
    pairs = "".join(f";{name}={value}" for name, value in parameters.items())
    user = f";UID={profile};PWD=…" if profile else ""
    return f"Driver={ODBC_DRIVER};Host={host};Port={port};UseEncryption=false{pairs}{user}"
