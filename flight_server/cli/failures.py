"""Everything that can go wrong on the command line → one sentence for stderr.

Knows the errors of our rooms, of the ADBC driver, of click and of the operating system. What it does not know is a bug
of ours and passes through with its traceback.
"""

import re

import adbc_driver_manager
import click
import pyarrow as pa

from catalog.errors import CatalogError
from flight_server.errors import Error

_SERVER_TEXT = "x-arrow-status-message-bin"
"""The detail in which a server built on Arrow C++ sends its words alone."""

# Else the driver writes "STATUS: [FlightSQL] text. Detail: ... (GrpcCode; Call). Vendor code: 3. SQLSTATE: ...".
_DRIVER_HEAD = re.compile(r"^(?:[A-Z_]+: )?(?:\[[^\]]*\] )?")
_DRIVER_TAIL = re.compile(r"(?:\. Detail: .*)? \([A-Z]\w+; [^()]*\)(?:\. (?:Vendor code|SQLSTATE): .*)?$", re.DOTALL)


def sentence(error: BaseException) -> str | None:
    """The one sentence that tells the user; None for what is no error of the user's or of a service's."""
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, Error | CatalogError):
        return str(error)
    if isinstance(error, adbc_driver_manager.Error):
        return _server_text(error) or driver_sentence(str(error))
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, pa.ArrowException | OSError):  # a result that breaks off: Arrow has its own exceptions
        return driver_sentence(str(error))
    return None


def driver_sentence(text: str) -> str:
    """The server's words without what the driver puts around them.

    >>> driver_sentence("INVALID_ARGUMENT: [FlightSQL] there is no table x (InvalidArgument; GetFlightInfo)")
    'there is no table x'
    """
    return " ".join(_DRIVER_TAIL.sub("", _DRIVER_HEAD.sub("", text.strip())).split())


def _server_text(error: adbc_driver_manager.Error) -> str:
    for name, value in error.details or ():
        if name in (_SERVER_TEXT, _SERVER_TEXT.encode()):
            return " ".join(value.decode("utf-8", "replace").split())
    return ""
