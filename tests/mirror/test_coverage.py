"""What is missing of a period, against a set of instants: every stretch and every question of a small world."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from flight_server.mirror.coverage import Stretch, Wanted, in_few, is_fresh, missing, with_stretch

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
HOURS = 24


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def instants(parts: Sequence[Stretch | Wanted]) -> set[datetime]:
    """Every hour that one of the parts holds: what is between two hours is held as they are."""
    return {at(hour) for hour in range(HOURS) if any(each.lower <= at(hour) < each.upper for each in parts)}


class Readings:
    """Stretches that were read one after the other, and hour by hour when each was read last."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.known: list[Stretch] = []
        self.read_at: dict[datetime, datetime] = {}
        self.settled: set[datetime] = set()

    def part(self) -> tuple[datetime, datetime]:
        lower, upper = sorted(self.random.sample(range(HOURS + 1), 2))
        return at(lower), at(upper)

    def read(self, number: int) -> None:
        lower, upper = self.part()
        when = at(100 + self.random.choice((number, number // 2)))
        new = Stretch(lower, upper, when, is_settled=self.random.random() < 0.2)
        self.known = with_stretch(self.known, new)
        for hour in instants([new]):
            self.read_at[hour] = when
            self.settled.discard(hour)
            if new.is_settled:
                self.settled.add(hour)

    def fresh(self, since: datetime) -> set[datetime]:
        return {hour for hour, when in self.read_at.items() if when >= since or hour in self.settled}


@pytest.mark.parametrize("seed", range(60))
def test_what_is_missing_is_what_no_fresh_stretch_holds(seed: int) -> None:
    readings = Readings(seed)
    for number in range(12):
        readings.read(number)
        since = at(100 + readings.random.randint(0, number + 1))
        fresh = [each for each in readings.known if is_fresh(each, since)]
        assert instants(readings.known) == set(readings.read_at)
        assert instants(fresh) == readings.fresh(since)
        wanted = Wanted(*readings.part())
        parts = missing(wanted, readings.random.sample(fresh, len(fresh)))
        assert instants(parts) == instants([wanted]) - readings.fresh(since)
        assert all(one.upper <= other.lower for one, other in pairwise(parts))
        assert instants(list(in_few(parts))) == instants(parts)


@pytest.mark.parametrize("seed", range(60))
def test_stretches_do_not_overlap_and_none_is_empty(seed: int) -> None:
    readings = Readings(seed)
    for number in range(12):
        readings.read(number)
        assert all(each.lower < each.upper for each in readings.known)
        assert all(one.upper <= other.lower for one, other in pairwise(readings.known))


def test_bounds_meet_without_a_gap_and_without_an_overlap() -> None:
    known = with_stretch([Stretch(at(1), at(2), at(50))], Stretch(at(2), at(3), at(50)))
    assert known == [Stretch(at(1), at(3), at(50))]
    assert missing(Wanted(at(1), at(3)), known) == []
    millisecond = timedelta(milliseconds=1)
    assert missing(Wanted(at(1) - millisecond, at(3) + millisecond), known) == [
        Wanted(at(1) - millisecond, at(1)),
        Wanted(at(3), at(3) + millisecond),
    ]
    assert missing(Wanted(at(2), at(2)), []) == []


def test_what_reaches_to_now_stands_for_what_has_come_since() -> None:
    known = [Stretch(at(1), at(5), at(5), reaches_now=True)]
    assert missing(Wanted(at(2), at(9), is_open=True), known) == []
    assert missing(Wanted(at(7), at(9)), known) == []
    assert missing(Wanted(at(0), at(9), is_open=True), known) == [Wanted(at(0), at(1))]
    assert missing(Wanted(at(0), at(9)), [Stretch(at(1), at(5), at(5))]) == [
        Wanted(at(0), at(1)),
        Wanted(at(5), at(9)),
    ]


def test_a_part_that_is_read_anew_up_to_its_end_no_longer_reaches_to_now() -> None:
    known = with_stretch([Stretch(at(1), at(5), at(5), reaches_now=True)], Stretch(at(4), at(6), at(9)))
    assert missing(Wanted(at(4), at(8), is_open=True), known) == [Wanted(at(6), at(8), is_open=True)]


def test_a_part_in_the_middle_leaves_what_reaches_to_now() -> None:
    known = with_stretch([Stretch(at(1), at(5), at(5), reaches_now=True)], Stretch(at(2), at(3), at(9)))
    assert [each.reaches_now for each in known] == [False, False, True]
    assert missing(Wanted(at(1), at(9), is_open=True), known) == []


def test_an_open_part_stays_open_beside_others() -> None:
    parts = missing(Wanted(at(0), at(9), is_open=True), [Stretch(at(2), at(3), at(50))])
    assert parts == [Wanted(at(0), at(2)), Wanted(at(3), at(9), is_open=True)]
    assert list(in_few([Wanted(at(0), at(2)), Wanted(at(2), at(9), is_open=True)])) == [
        Wanted(at(0), at(9), is_open=True)
    ]
