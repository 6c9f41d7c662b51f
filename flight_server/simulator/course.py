"""How what an account has asked for goes on by the clock: it waits, is worked on, and has ended.

Knows neither reports nor queries: both go this way. Nothing is changed but by cancelling: where something stands
follows from its times and the moment asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flight_server.simulator.chance import number


@dataclass(frozen=True, kw_only=True)
class Course:
    """The times of one thing asked for."""

    created: datetime
    queued: timedelta
    worked: timedelta
    cancelled: datetime | None = None

    @property
    def started_at(self) -> datetime:
        """When it leaves the queue."""
        return self.created + self.queued

    @property
    def ended_at(self) -> datetime:
        """When it is finished."""
        return self.cancelled or self.started_at + self.worked

    def stage(self, now: datetime) -> str:
        """IN_QUEUE, IN_PROGRESS, or ENDED."""
        if self.cancelled or now >= self.ended_at:
            return "ENDED"
        return "IN_PROGRESS" if now >= self.started_at else "IN_QUEUE"


def pace(name: str, seconds: float) -> tuple[timedelta, timedelta]:
    """How long something waits, and how long it is worked on: about a third and two thirds of the whole."""
    whole = seconds * (0.5 + number(name, "pace", below=1000) / 1000)
    return timedelta(seconds=whole / 3), timedelta(seconds=whole * 2 / 3)
