"""Plans that are kept: a tool that asks the same again, as dashboards do, is not planned for again.

A plan is made of the statement, the values of its parameters, what may be seen of restricted data, the account's type,
whether a sandbox is asked, and the time where the query or an operation's limits name it. Knows no SQL.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flight_server.connection.settings import Settings
from flight_server.plan import Fold, Plan, Scan
from flight_server.planner import Statement, plan

PLANS_KEPT = 32


class PlanCache:
    """The latest plans of one statement. Thread-safe."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._lock = threading.Lock()
        self._plans: OrderedDict[tuple[object, ...], Plan] = OrderedDict()

    def plan(self, settings: Settings, fold: Fold, now: datetime, parameters: Sequence[Any] = ()) -> Plan:
        """The plan of one execution at the instant `now` (UTC); raises what planning raises."""
        times = self._statement.named_times
        if times - {"DATE"}:
            return plan(self._statement, settings, fold, now, parameters)
        day = now.date() if times else None
        shown = (settings.restricted_data, settings.account_type, settings.sandbox)
        asked = (*shown, *((type(value), str(value)) for value in parameters))
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            for valid in (None, minute):
                kept = self._plans.get((asked, day, valid))
                if kept is not None:
                    return kept
        made = plan(self._statement, settings, fold, now, parameters)
        valid = minute if any(map(_is_for_now, made.scans)) else None
        with self._lock:
            self._plans[asked, day, valid] = made
            while len(self._plans) > PLANS_KEPT:
                self._plans.popitem(last=False)
        return made


def _is_for_now(scan: Scan) -> bool:
    parents = (supply.parent for supply in scan.supplies if supply.parent is not None)
    return scan.is_for_now or any(map(_is_for_now, parents))
