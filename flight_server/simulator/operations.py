"""The simulated operations: how one is declared, and registered by decorator.

Knows no HTTP and no data. A module per API adds its operations by importing `operation`; `server` imports those
modules.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from flight_server.simulator.login import Grant, Login
from flight_server.simulator.paging import PageTokens
from flight_server.simulator.parameters import Parameter, Parameters
from flight_server.simulator.story import LAG_SECONDS, Story, World


@dataclass(frozen=True)
class OperationCall:
    """All that an operation function may look at."""

    operation: "Operation"
    world: World
    story: Story  # the world's at the moment of the call
    parameters: Parameters
    body: object
    grant: Grant
    data_elements: frozenset[str]  # restricted data that this call may see
    now: datetime
    seconds: float
    page_tokens: PageTokens
    login: Login
    speed: float
    strict: bool = False  # refuses what Amazon passes over
    origin: str = ""  # scheme and host that the caller used, for links to more
    memory: dict[str, object] = field(default_factory=dict)  # kept from call to call, by API
    has_limits: bool = True  # quotas are kept
    moving: bool = False  # orders change while they are listed
    report_seconds: float = 20.0  # that a report takes, at speed 1
    link_seconds: float = 300.0  # that the link to a document lives
    query_lines: int = 1000  # that a document of Data Kiosk holds at most
    has_odd_documents: bool = False  # documents of reports are not what they are told to be

    @property
    def as_of(self) -> int:
        """The instant that the story tells of, for page tokens; 0 where all instants have the same story."""
        return self.story.as_of if self.story.lives else 0

    def begun(self, as_of: int) -> "OperationCall":
        """The call with the story of a list's first page, where its token tells of an instant."""
        return replace(self, story=self.world.at(datetime.fromtimestamp(as_of + LAG_SECONDS, UTC))) if as_of else self


@dataclass(frozen=True)
class Operation:
    """One operation of SP-API as its model declares it, and the function that answers it."""

    method: str
    path: str
    operation_id: str
    rate: Decimal
    burst: int
    answer: Callable[[OperationCall], object]
    parameters: tuple[Parameter, ...]
    role: str  # an application must have it
    is_restricted: bool  # answers only to a restricted data token
    data_elements: tuple[str, ...]  # what a restricted data token can open in an otherwise open answer
    has_body: bool
    pattern: re.Pattern[str]
    status: int = 200  # of an answer that is none of an error
    opens_restricted: bool = False  # some of what it answers is opened by a restricted data token only
    refuses_surplus: bool = False  # parameters that it does not have are as if the call were not allowed
    throttled_details: str | None = None  # of the error when its quota is spent; None: it has no such member
    needs_body: bool = True  # whether a call without a body is refused before the operation sees it


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    operation_id: str,
    *,
    rate: str,
    burst: int,
    parameters: Sequence[Parameter] = (),
    role: str = "selling",
    is_restricted: bool = False,
    data_elements: tuple[str, ...] = (),
    opens_restricted: bool = False,
    status: int = 200,
    refuses_surplus: bool = False,
    throttled_details: str | None = None,
) -> Callable[[Callable[[OperationCall], object]], Callable[[OperationCall], object]]:
    """Register the decorated function as the answer to an operation; rate and burst are the model's."""

    def register(answer: Callable[[OperationCall], object]) -> Callable[[OperationCall], object]:
        declared = {parameter.name for parameter in parameters}
        in_path = [Parameter(name, required=True) for name in re.findall(r"{(\w+)}", path) if name not in declared]
        OPERATIONS.append(
            Operation(
                method=method,
                path=path,
                operation_id=operation_id,
                rate=Decimal(rate),
                burst=burst,
                answer=answer,
                parameters=(*in_path, *parameters),
                role=role,
                is_restricted=is_restricted,
                data_elements=data_elements,
                has_body=method in {"POST", "PUT", "PATCH"},
                pattern=path_pattern(path),
                status=status,
                opens_restricted=opens_restricted,
                refuses_surplus=refuses_surplus,
                throttled_details=throttled_details,
            )
        )
        return answer

    return register


def path_pattern(path: str) -> re.Pattern[str]:
    """What paths of an operation look like: a group for each placeholder."""
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))
