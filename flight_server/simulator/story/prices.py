"""Prices of a world that lives: each listing gets another one now and then, at midnight UTC.

Goes from a listing and a day to the listing as it is priced then; the same for every marketplace.
"""

from datetime import date
from threading import Lock

from flight_server.simulator.chance import number
from flight_server.simulator.story.products import Listing

_SHORTEST, _LONGEST = 10, 60  # days that a price lasts
_LOWEST, _HIGHEST = 88, 112  # percent of the price that a frozen world knows


class Prices:
    """Every price of every listing; may be asked from any thread."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = Lock()
        self._rhythms: dict[str, tuple[int, int]] = {}
        self._priced: dict[str, tuple[int, Listing]] = {}

    def on(self, listing: Listing, day: date) -> Listing:
        """A listing as it is priced on a day."""
        step = self._step(listing.sku, day)[0]
        with self._lock:
            known, priced = self._priced.get(listing.sku, (0, listing))
            if known != step:
                percent = _LOWEST + number(self._seed, listing.sku, "price", step, below=_HIGHEST - _LOWEST + 1)
                priced = listing.at(percent)
                self._priced[listing.sku] = step, priced
            return priced

    def changed_on(self, sku: str, day: date) -> date:
        """The day since which a SKU has its price."""
        return self._step(sku, day)[1]

    def _step(self, sku: str, day: date) -> tuple[int, date]:
        """The number of a price, and its first day."""
        if sku not in self._rhythms:
            lasts = _SHORTEST + number(self._seed, sku, "price lasts", below=_LONGEST - _SHORTEST + 1)
            self._rhythms[sku] = lasts, number(self._seed, sku, "price begins", below=lasts)
        lasts, begins = self._rhythms[sku]
        step, since = divmod(day.toordinal() + begins, lasts)
        return step, date.fromordinal(day.toordinal() - since)
