"""Equal queries that run at the same time start at the same instant; others, and later ones, at their own."""

from datetime import UTC, datetime, timedelta

from flight_server.shared_instants import SHARED_SECONDS, SharedInstants


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 6, 15, 12, tzinfo=UTC)

    def utc(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


def test_equal_queries_share_the_start_of_the_first() -> None:
    instants = SharedInstants(Clock().utc)
    with instants.start("q") as first, instants.start("q") as second, instants.start("other") as other:
        assert first == second
        assert other > first


def test_a_query_that_begins_after_the_others_ended_has_its_own_time() -> None:
    instants = SharedInstants(Clock().utc)
    with instants.start("q") as first:
        pass
    with instants.start("q") as second:
        assert second > first


def test_a_query_is_not_told_a_time_long_past() -> None:
    clock = Clock()
    instants = SharedInstants(clock.utc)
    with instants.start("q") as first:
        clock.now += timedelta(seconds=SHARED_SECONDS + 1)
        with instants.start("q") as second, instants.start("q") as third:
            assert second == third > first


def test_the_end_of_an_older_one_leaves_the_newer_shared() -> None:
    clock = Clock()
    instants = SharedInstants(clock.utc)
    older = instants.start("q")
    older.__enter__()
    clock.now += timedelta(seconds=SHARED_SECONDS + 1)
    with instants.start("q") as second:
        older.__exit__(None, None, None)
        with instants.start("q") as third:
            assert second == third
