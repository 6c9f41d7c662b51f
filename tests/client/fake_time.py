"""Time that passes only when a query waits."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flight_server.activity import QueryActivity
from flight_server.client import Clock

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: START + timedelta(seconds=self.now))


@dataclass
class FakeQuery(QueryActivity):
    """A query whose waits move the fake time and are remembered, naps of one wait added up."""

    time: FakeTime = field(default_factory=FakeTime)
    waits: list[float] = field(default_factory=list)
    states: set[str] = field(default_factory=set)
    waited_for: set[str] = field(default_factory=set)

    def wait(self, seconds: float) -> None:
        self.time.now += seconds
        self.waits.append(seconds)
        self.states.add(self.state)
        self.waited_for.add(self.waits_for)
        self.check()


def fake_query(time: FakeTime) -> FakeQuery:
    query = FakeQuery(sql="SELECT 1", session="test", time=time)
    query.state = "running"
    return query
