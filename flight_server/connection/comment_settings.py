"""A comment at the head of a statement → connection parameters for that statement alone: `/* max_age=1h */`.

Every tool lets its user write a comment, few let him change the connection. Knows no SQL but where a comment stands.
"""

import re
from dataclasses import replace

from flight_server.connection.setting_values import BadValue, as_age
from flight_server.connection.settings import Settings
from flight_server.errors import SettingError

_HEAD = re.compile(r"(?:\s|--[^\n]*\n)*/\*(.*?)\*/", re.DOTALL)
_MAX_AGE = re.compile(r"\bmax_?age\s*=\s*([^\s,;]+)", re.IGNORECASE)


def with_comment(sql: str, settings: Settings) -> Settings:
    """The settings for a statement; raises SettingError for a value that is none.

    >>> with_comment("/* max_age=15m */ SELECT 1", Settings()).max_age_seconds
    900.0
    >>> with_comment("SELECT 1 /* max_age=15m */", Settings()).max_age_seconds
    0.0
    """
    head = _HEAD.match(sql)
    said = _MAX_AGE.search(head[1]) if head is not None else None
    if said is None:
        return settings
    try:
        return replace(settings, max_age_seconds=as_age(said[1]))
    except BadValue as error:
        raise SettingError("MaxAge", f"the comment's max_age={said[1]!r} {error}") from None
