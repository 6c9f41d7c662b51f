"""Who gets the next permit of a bucket: the query that has had least, now and then the one that has waited longest.

Least attained service first lets a dashboard's few calls pass a backfill of thousands without knowing how long either
will be; every fourth permit goes by arrival, so that the backfill goes on, too. Queries that only fill the mirror come
after all others. Knows no time and no bucket; not
thread-safe, its owner holds the lock.
"""

from dataclasses import dataclass
from itertools import count

from flight_server.activity import QueryActivity

BY_ARRIVAL_EVERY = 4


@dataclass(frozen=True, eq=False)
class Place:
    """One waiting call of a query."""

    query: QueryActivity
    arrival: int

    @property
    def attained(self) -> tuple[bool, int, int]:
        """What its query has had so far, then who came first; before all that, whether anybody waits for its rows."""
        return self.query.fills_mirror, self.query.api_calls, self.arrival


class FairQueue:
    """The calls that wait for one bucket."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._arrivals = count()
        self._grants = 0

    def __len__(self) -> int:
        return len(self._places)

    def join(self, query: QueryActivity) -> Place:
        """Take a place."""
        place = Place(query, next(self._arrivals))
        self._places.append(place)
        return place

    def leave(self, place: Place) -> None:
        """Give the place up, with a permit or without."""
        self._places.remove(place)

    def granted(self) -> None:
        """Note that the first in the order has been given a permit."""
        self._grants += 1

    def ahead_of(self, place: Place) -> int:
        """How many come before it; 0: it is its turn."""
        first = self._next()
        if place is first:
            return 0
        return 1 + sum(other.attained < place.attained for other in self._places if other is not first)

    def _next(self) -> Place:
        if self._grants % BY_ARRIVAL_EVERY == BY_ARRIVAL_EVERY - 1:
            return min(self._places, key=lambda place: (place.query.fills_mirror, place.arrival))
        return min(self._places, key=lambda place: place.attained)
