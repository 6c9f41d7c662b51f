"""Rows that are kept cost no call while they are young enough, and then the fewest that make them young again."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fewest_calls.measure import in_calls
from tests.mirror.worlds import asked, living_world
from tests.server_fixtures import CREDENTIALS, Stack

QUERIES = tomllib.loads((Path(__file__).parent / "mirror.toml").read_text("utf-8"))["query"]
SKEW, CHILD_SKEW = timedelta(minutes=5), timedelta(minutes=2)


@dataclass
class Course:
    """The calls of a query: the first time, within MaxAge, and after; and the least that would do."""

    first: int = 0
    again: int = 0
    after: int = 0
    least_first: int = 0
    least_after: int = 0
    is_same: bool = False


def least(stack: Stack, sql: str) -> int:
    (row,) = stack.query(f"SELECT CAST({in_calls(sql)} AS INTEGER) AS least")
    return int(row["least"])


@pytest.fixture(scope="module")
def courses() -> list[Course]:
    """Each query over an account of its own, so that none fills the mirror for another."""
    with living_world(orders=12_000) as world, world.server() as stack:
        accounts = [
            {"RefreshToken": f"{CREDENTIALS['RefreshToken']}-{number}", "MaxAge": "15m"}
            for number in range(len(QUERIES))
        ]
        for account in accounts:
            stack.query("SELECT count(*) AS n FROM sellers.marketplace_participations", **account)
        read_at = world.now
        found = [Course(least_first=least(stack, query["first"])) for query in QUERIES]
        for course, query, account in zip(found, QUERIES, accounts, strict=True):
            course.first = len(asked(stack, query["sql"], **account)[1])
        world.wait(minutes=14)
        for course, query, account in zip(found, QUERIES, accounts, strict=True):
            course.again = len(asked(stack, query["sql"], **account)[1])
        world.wait(days=3)
        times = {"since": read_at - SKEW, "changed": read_at - CHILD_SKEW}
        for course, query, account in zip(found, QUERIES, accounts, strict=True):
            course.least_after = least(stack, query["after"].format(**times))
            rows, calls = asked(stack, query["sql"], **account)
            course.after, course.is_same = len(calls), rows == asked(stack, query["sql"])[0]
        return found


@pytest.mark.parametrize("number", range(len(QUERIES)), ids=lambda number: QUERIES[number]["sql"][:80])
def test_no_call_is_made_in_vain(number: int, courses: list[Course]) -> None:
    course = courses[number]
    assert course.is_same
    assert (course.first, course.again, course.after) == (course.least_first, 0, course.least_after)
