"""SetSessionOptions, GetSessionOptions, CloseSession: messages in, messages out.

Knows the messages and the sessions. A bad option is told by its name in the answer's `errors`; the good ones are kept.
"""

from collections.abc import Collection
from typing import Any

from flight_server.connection.session import SCHEMA_OPTION, OptionValue, Sender, Sessions, is_option
from flight_server.errors import SettingError
from flight_server.protocol.commands import MESSAGES


def set_session_options(request: Any, sessions: Sessions, sender: Sender, db_schemas: Collection[str]) -> Any:
    """Keep the options; INVALID_NAME or INVALID_VALUE for each that is refused."""
    result = MESSAGES["SetSessionOptionsResult"]()
    for name, message in sorted(request.session_options.items()):
        try:
            value = _value(message)
            if name.strip().lower() == SCHEMA_OPTION:
                value = _checked_schema(value, db_schemas)
            sessions.set_option(sender, name, value)
        except SettingError:
            result.errors[name].value = _number("INVALID_VALUE" if is_option(name) else "INVALID_NAME")
    return result


def get_session_options(sessions: Sessions, sender: Sender) -> Any:
    """All options of the session; changes nothing, monitors use it as a sign of life."""
    result = MESSAGES["GetSessionOptionsResult"]()
    for name, value in sessions.options(sender).items():
        _set(result.session_options[name], value)
    return result


def session_closed() -> Any:
    """The answer to CloseSession."""
    return MESSAGES["CloseSessionResult"](status="CLOSED")


def _number(error: str) -> int:
    values = MESSAGES["SetSessionOptionsResult"].DESCRIPTOR.enum_types_by_name["ErrorValue"].values_by_name
    return int(values[error].number)


def _value(message: Any) -> OptionValue | None:
    """The value that is set; None, which erases the option, where there is none."""
    member = message.WhichOneof("option_value")
    if member is None:
        return None
    value = getattr(message, member)
    return tuple(value.values) if member == "string_list_value" else value


def _set(message: Any, value: OptionValue) -> None:
    if isinstance(value, tuple):
        message.string_list_value.values.extend(value)
    elif isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, int):
        message.int64_value = value
    elif isinstance(value, float):
        message.double_value = value
    else:
        message.string_value = value


def _checked_schema(value: OptionValue | None, db_schemas: Collection[str]) -> OptionValue | None:
    if value is None or value == "":
        return None
    wanted = str(value).lower()
    if wanted not in db_schemas:
        raise SettingError(SCHEMA_OPTION, "schema must be one that the catalog has")
    return wanted
