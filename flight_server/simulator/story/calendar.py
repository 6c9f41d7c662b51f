"""When orders are placed: two years with growth, weekdays and seasons, and never a silent hour of late.

Goes from seed, number of orders and the present day to instants; knows nothing of what is bought. The instants of a
day depend on the day alone, so a simulator started later the same day tells the same story, only further.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

DAYS_BACK = 728  # Amazon returns two years of orders; a little less, so that none ages out while a test runs
DAY_SECONDS = 86_400
_AGED_DAYS = (733, 740, 741, 760)  # orders that are too old to be returned
_WEEKDAYS = (1.12, 1.02, 0.98, 0.96, 0.94, 0.92, 1.06)
_MONTHS = (0.85, 0.8, 0.88, 0.9, 0.95, 0.95, 1.3, 0.92, 0.95, 1.05, 1.5, 1.7)


def midnight(day: date) -> int:
    """Epoch seconds of the start of a day, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def instants(seed: int, order_count: int, today: date) -> Iterator[tuple[int, str]]:
    """Epoch seconds and a name of every purchase until the end of today, oldest first within a source."""
    steady = min(48, order_count // 8)
    yield from _spread(seed, order_count - steady, today)
    yield from _steady(seed, steady, today)


def aged_instants(today: date) -> Iterator[tuple[int, str]]:
    """Purchases from before the two years that the API returns."""
    for days in _AGED_DAYS:
        day = today - timedelta(days=days)
        yield midnight(day) + 40_000 + days, f"aged/{day}"


def living_instants(seed: int, order_count: int, day: date) -> Iterator[tuple[int, str]]:
    """The purchases of one day of a world that lives: they follow from the day, whichever day is the present one."""
    weight = _WEEKDAYS[day.weekday()] * _MONTHS[day.month - 1] * _noise(seed, day)
    rng = random.Random(f"{seed}/living/{day}")
    count = int(order_count / DAYS_BACK * weight * len(_MONTHS) / sum(_MONTHS) + rng.random())
    for number in range(count):
        yield midnight(day) + int(rng.triangular(0, DAY_SECONDS - 1, 68_000)), f"living/{day}/{number}"


def _spread(seed: int, order_count: int, today: date) -> Iterator[tuple[int, str]]:
    days = [today - timedelta(days=back) for back in range(DAYS_BACK, -1, -1)]
    weights = [_weight(seed, day, place / len(days)) for place, day in enumerate(days)]
    scale = order_count / sum(weights)
    reached, placed = 0.0, 0
    for day, weight in zip(days, weights, strict=True):
        reached += weight * scale
        count = (round(reached) if day != today else order_count) - placed
        placed += count
        rng = random.Random(f"{seed}/day/{day}")
        for number in range(count):
            # The peak lies in the American afternoon and the European evening.
            yield midnight(day) + int(rng.triangular(0, DAY_SECONDS - 1, 68_000)), f"{day}/{number}"


def _weight(seed: int, day: date, progress: float) -> float:
    return (0.6 + 0.8 * progress) * _WEEKDAYS[day.weekday()] * _MONTHS[day.month - 1] * _noise(seed, day)


def _noise(seed: int, day: date) -> float:
    return random.Random(f"{seed}/weight/{day}").uniform(0.75, 1.25)


def _steady(seed: int, count: int, today: date) -> Iterator[tuple[int, str]]:
    """One order soon after each full hour of yesterday and today (fewer where the story is small)."""
    start = midnight(today) - DAY_SECONDS
    for number in range(count):
        hour = number * 48 // count
        second = random.Random(f"{seed}/hour/{start // 3600 + hour}").randrange(30, 170)
        yield start + hour * 3600 + second, f"hour/{start // 3600 + hour}"
