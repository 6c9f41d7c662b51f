"""Plan, Scan, Call, Page: the data that flows between the rooms.

Frozen, without behaviour. They know tables and parameters; they know no SQL engine and no HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.table import Operation, Paging

ParameterValue = str | tuple[str, ...]
"""One value, or the values of a list parameter, already in Amazon's spelling."""


@dataclass(frozen=True)
class Call:
    """One call to make: an operation with its parameters; its further pages belong to it."""

    operation: Operation
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    url_parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    header_parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    paging: Paging | None = None
    page_size: int | None = None  # sent as paging.size where the operation has one
    asked: Mapping[str, str | None] = field(default_factory=dict)  # echo column -> the value asked for
    restricted_elements: tuple[str, ...] = ()  # data elements for the restricted data token
    needs_restricted_token: bool = False
    restricted_path: str = ""  # path that the restricted data token is asked for
    empty_statuses: tuple[int, ...] = ()  # HTTP statuses that mean "no rows"


@dataclass(frozen=True)
class Page:
    """One answer. `body` is the raw JSON text; `number` counts from 0 within its call."""

    call: Call
    number: int
    body: bytes
    request_id: str = ""
