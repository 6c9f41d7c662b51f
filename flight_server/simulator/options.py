"""How one simulator shall behave: data size, speed of the usage plans, injected trouble, clock.

Knows nothing of HTTP or of Amazon's operations. The names follow the options of `spapi-flight simulator`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flight_server.simulator.faults import FAULTS_OF_STATUS
from flight_server.simulator.oddities import ODDITIES


@dataclass(frozen=True)
class SimulatorOptions:
    """All choices of one simulator; the defaults are those of the command line."""

    host: str = "127.0.0.1"
    port: int = 8099  # 0: any free port
    seed: int = 1
    orders: int = 5000
    speed: float = 1.0  # multiplies the rate of every usage plan
    limits: bool = True  # False: no call is ever answered 429
    fail_rate: float = 0.0  # share of API calls that fail
    fail_statuses: tuple[int, ...] = (429,)  # with one of these statuses: 429, 500 or 503
    lives: bool = False  # orders, stock, prices and postings go on with the clock; else all is frozen where it starts
    pace: float = 1.0  # simulated seconds a real second, where it lives; quotas and tokens keep real time
    moving: bool = False  # orders change and arrive while a list of them is read
    drop_rate: float = 0.0  # share of API calls whose connection is closed without a whole answer
    log: Path | None = None  # one JSON line a call
    now: datetime | None = None  # where the simulated clock starts; it then runs on. None: the real time
    latency_seconds: float = 0.0  # waited before every answer
    strict: bool = False  # refuses what Amazon passes over, and says why it refuses: for tests of a client
    odd: bool = False  # answers as odd as some that are reported of the real API
    oddities: tuple[str, ...] = ODDITIES  # which of them, where it is odd
    report_seconds: float = 20.0  # how long a report or a query of Data Kiosk takes at speed 1, queue and all
    link_seconds: float = 300.0  # how long the link to a document lives
    query_lines: int = 1000  # most lines of a document of Data Kiosk; more are further pages
    token_seconds: float = 3600.0  # how long access tokens really live; the login answer always claims 3600

    def __post_init__(self) -> None:
        for name in ("fail_rate", "drop_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, not {getattr(self, name)}")
        if not self.fail_statuses or not set(self.fail_statuses) <= set(FAULTS_OF_STATUS):
            raise ValueError(f"fail_statuses must be some of 429, 500 and 503, not {self.fail_statuses}")
        if not set(self.oddities) <= set(ODDITIES):
            raise ValueError(f"oddities must be some of {', '.join(ODDITIES)}, not {self.oddities}")
        for name in ("orders", "latency_seconds", "report_seconds", "link_seconds", "token_seconds"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        if self.query_lines < 1:
            raise ValueError(f"query_lines must be at least 1, not {self.query_lines}")
        if self.speed <= 0:
            raise ValueError(f"speed must be above 0, not {self.speed}; limits=False lifts the usage plans")
        if self.pace <= 0:
            raise ValueError(f"pace must be above 0, not {self.pace}")
        if self.pace != 1 and not self.lives:
            raise ValueError("pace is that of a world that lives: set lives=True")
        if self.moving and self.lives:
            raise ValueError("moving and lives exclude each other: in a world that lives, orders move by themselves")
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError("now must name its time zone")
