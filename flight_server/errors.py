"""Everything that can go wrong, chosen by what the user must do next.

::

    Error                        message = what was wrong, where, what to do
    ├── QueryError               the SQL cannot be answered as written            INVALID_ARGUMENT
    │   ├── MissingKeyColumn     names the column and shows an example
    │   ├── UnknownColumn        names the nearest ones
    │   ├── OutOfMemory          more than the server has for queries
    │   ├── LimitReached         MaxCalls or MaxRows; names the condition to add
    │   └── Unsupported          DDL, COPY, file functions ...
    ├── SettingError             a connection parameter                           INVALID_ARGUMENT
    ├── SignInError              Login with Amazon refused                        UNAUTHENTICATED
    ├── AccessDenied             role, account type or restricted token missing   PERMISSION_DENIED
    ├── ApiError                 Amazon said no: code, message, request id        INVALID_ARGUMENT
    ├── QuotaExhausted           after all retries                                UNAVAILABLE
    ├── ApiUnavailable           5xx or no connection, after all retries          UNAVAILABLE
    │   └── AnswerLost           ... to a call that must not be repeated blindly
    ├── ServerBusy               admission control or shutdown                    UNAVAILABLE
    ├── UnexpectedAnswer         the answer cannot be read; never skipped         INTERNAL
    ├── Cancelled                                                                 CANCELLED
    └── TimedOut                                                                  DEADLINE_EXCEEDED

Knows nothing of gRPC: `protocol/status.py` holds the one table from class to status. Facts travel as attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass


def enumerated(names: Sequence[str], last: str = "and") -> str:
    """Names as a sentence lists them.

    >>> enumerated(["ClientId", "ClientSecret", "RefreshToken"]), enumerated(["asin", "sku"], "or")
    ('ClientId, ClientSecret and RefreshToken', 'asin or sku')
    """
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


class Error(Exception):
    """Base: the message is one plain sentence that says what was wrong, where, and what to do."""

    @property
    def message(self) -> str:
        """The sentence alone."""
        return str(self)


class QueryError(Error):
    """The SQL cannot be answered as written."""


class ConstantWanted(QueryError):
    """The engine cannot tell what an expression is before it has a value, as the number of places in `round`."""


class MissingKeyColumn(QueryError):
    """A required parameter has no value, and there is no sound default.

    One of the columns is enough, unless `all_of` them are; `beside` are columns that the query names, which need them.
    """

    def __init__(
        self, table: str, columns: tuple[str, ...], example: str, *, all_of: bool = False, beside: tuple[str, ...] = ()
    ) -> None:
        wanted = enumerated(columns, "and" if all_of else "or") + (f" beside {', '.join(beside)}" if beside else "")
        what = "conditions on them" if all_of and len(columns) > 1 else "a condition on it"
        super().__init__(f"{table} needs {wanted}: add {what}, for example {example}")
        self.table = table
        self.columns = columns


class UnknownColumn(QueryError):
    """A name that nothing in FROM has; `source` is the alias before it, where the query writes one."""

    def __init__(self, message: str, column: str, source: str = "") -> None:
        super().__init__(message)
        self.column = column
        self.source = source


class LimitReached(QueryError):
    """The query needs more than MaxCalls or MaxRows allows; `advice` is what to add to it, where that is known yet."""

    def __init__(self, parameter: str, limit: int, advice: str = "") -> None:
        counted = f"{limit:,} " + ("API call" if parameter == "MaxCalls" else "row") + ("" if limit == 1 else "s")
        add = f"add {advice}, or " if advice else ""
        super().__init__(
            f"the query needs more than the {counted} that {parameter} allows: {add}set {parameter} higher"
        )
        self.parameter = parameter
        self.limit = limit
        self.advice = advice


class Unsupported(QueryError):
    """A statement or function that this read-only server refuses."""


class OutOfMemory(QueryError):
    """The query needed more memory than there is for queries; gRPC's word for it cannot be sent by pyarrow."""


class SettingError(Error):
    """A connection parameter has a bad name or value; names the parameter and the allowed values, never the value."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True)
class AmazonDetail:
    """What Amazon said: its error code and message, HTTP status, request id, and the operation asked."""

    operation_id: str = ""
    http_status: int = 0
    code: str = ""
    message: str = ""
    request_id: str = ""


class AmazonError(Error):
    """Base of the errors that an answer of Amazon caused."""

    def __init__(self, message: str, detail: AmazonDetail | None = None) -> None:
        super().__init__(message)
        self.detail = detail or AmazonDetail()


class SignInError(AmazonError):
    """Login with Amazon refused the credentials, or none were given."""


class AccessDenied(AmazonError):
    """A role, an account type or a restricted data token is missing."""


class ApiError(AmazonError):
    """Amazon refused the call."""


class QuotaExhausted(AmazonError):
    """Still throttled after all retries; the sentence begins with `quota exhausted`."""


class ApiUnavailable(AmazonError):
    """5xx or no connection, after all retries."""


class AnswerLost(ApiUnavailable):
    """No answer to a call that makes something: whether it was made is unknown, so it was not sent again."""


class UnexpectedAnswer(AmazonError):
    """An answer that cannot be read; it is never skipped."""


class ServerBusy(Error):
    """Too many queries at once, or the server is shutting down."""


class Cancelled(Error):
    """The client, an operator or the end of a session stopped the query."""

    def __init__(self, message: str = "the query was cancelled") -> None:
        super().__init__(message)


class TimedOut(Error):
    """The query ran longer than QueryTimeout."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the query ran longer than QueryTimeout allows ({seconds:g} s)")
