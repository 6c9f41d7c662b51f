"""Financial events through the driver: periods as Amazon takes them, groups and their events, child tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog import load
from tests.server_fixtures import NOW, Stack

LONGEST = timedelta(days=180)
KEPT = timedelta(days=732)


def query(stack: Stack, sql: str) -> list[dict[str, Any]]:
    """The rows, for calls that the simulator has just been asked."""
    stack.simulator.clear_calls()
    return stack.query(sql)


def periods(stack: Stack, operation: str) -> list[tuple[datetime | None, datetime | None]]:
    """The periods of the calls so far, in the order of time."""
    sent = [(call["query"].get("PostedAfter"), call["query"].get("PostedBefore")) for call in stack.calls(operation)]
    return sorted(
        ((_instant(after), _instant(before)) for after, before in sent),
        key=lambda period: period[0] or datetime.min.replace(tzinfo=UTC),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def a_group(stack: Stack) -> str:
    """The group that was opened last."""
    sql = """SELECT max_by(financial_event_group_id, financial_event_group_start) AS id
        FROM finances_v0.financial_event_groups WHERE financial_event_group_start >= '2026-01-01'"""
    group: str = query(stack, sql)[0]["id"]
    return group


@pytest.mark.parametrize(
    "condition",
    [
        "posted_date >= '2025-01-01'",
        "posted_date > '2025-01-01' AND posted_date <= now()",
        "posted_date BETWEEN '2025-01-01' AND '2026-06-14 00:00:00'",
        "posted_date >= '2025-01-01' AND posted_date < '2026-06-14'",
        "posted_date <= now()",
        "posted_date < '2026-06-14'",
    ],
)
def test_parts_of_a_long_period_adjoin_and_lose_no_event(condition: str, stack: Stack) -> None:
    rows = query(stack, f"SELECT amazon_order_id, posted_date FROM finances_v0.shipment_events WHERE {condition}")
    found = periods(stack, "listFinancialEvents")
    assert all(after and before and after < before <= after + LONGEST for after, before in found)
    assert [before for _, before in found[:-1]] == [after for after, _ in found[1:]]
    part = "posted_date >= '{}' AND posted_date < '{}'"
    in_parts = [
        row
        for year in (2024, 2025, 2026)
        for months in (("01-01", "06-20"), ("06-20", "12-01"), ("12-01", "12-31 23:59:59"))
        for row in query(
            stack,
            f"""SELECT amazon_order_id, posted_date FROM finances_v0.shipment_events
            WHERE {part.format(*(f"{year}-{day}" for day in months))} AND {condition}""",
        )
    ]
    assert rows
    assert sorted(map(str, rows)) == sorted(map(str, in_parts))


def test_a_groups_events_before_an_instant_are_asked_for_with_a_beginning(stack: Stack) -> None:
    group = a_group(stack)
    sql = f"""SELECT posted_date FROM finances_v0.shipment_events_by_group_id
        WHERE event_group_id = '{group}' AND posted_date"""
    everything = query(stack, f"{sql} IS NOT NULL")
    assert periods(stack, "listFinancialEventsByGroupId") == [(None, None)]
    rows = query(stack, f"{sql} < '2026-06-14'")
    found = periods(stack, "listFinancialEventsByGroupId")
    assert len(found) == 5
    assert found[0][0] is not None and found[0][0] >= NOW - KEPT
    assert sorted(map(str, rows)) == sorted(str(row) for row in everything if row["posted_date"] < NOW - timedelta(1.5))


def test_events_without_a_date_before_an_instant_are_asked_for_with_a_beginning(stack: Stack) -> None:
    sql = f"""SELECT * FROM finances_v0.service_fee_events_by_group_id
        WHERE event_group_id = '{a_group(stack)}' AND posted_before = TIMESTAMP '2026-06-14'"""
    query(stack, sql)
    assert all(after and before for after, before in periods(stack, "listFinancialEventsByGroupId"))


def test_no_bound_is_too_near_to_now(stack: Stack) -> None:
    table = "finances_v0.service_fee_events"
    query(stack, f"SELECT * FROM {table} WHERE posted_after = now() - INTERVAL 10 DAY AND posted_before = now()")
    ((after, before),) = periods(stack, "listFinancialEvents")
    assert after is not None and before is None
    query(stack, f"SELECT * FROM {table} WHERE posted_after = now() - INTERVAL '180 days 1 minute'")
    assert len(periods(stack, "listFinancialEvents")) == 1


@pytest.mark.parametrize(
    "condition",
    [
        "posted_after = now() - INTERVAL 500 DAY",
        "posted_after = now() - INTERVAL 500 DAY AND posted_before = now()",
        "posted_after = '2025-01-31 12:00:00.123456' AND posted_before = '2026-06-14 00:00:00.000001'",
        "posted_after = (SELECT TIMESTAMPTZ '2025-01-31 12:00:00.123456Z')",
    ],
)
def test_a_period_finer_than_amazon_reads_has_its_rows(condition: str, stack: Stack) -> None:
    events = "SELECT debt_recovery_type, recovery_amount_currency_amount FROM finances_v0.debt_recovery_events"
    rows = query(stack, f"{events} WHERE {condition}")
    assert all(len(str(call["query"]["PostedAfter"])) <= len("2025-01-31T12:00:00.123Z") for call in stack.calls())
    assert rows == query(stack, f"{events} WHERE posted_after = '2025-01-31'")
    assert rows


def test_events_of_several_kinds_come_in_the_same_calls(stack: Stack) -> None:
    since = "posted_date >= '2025-01-01'"
    expected = {
        name: query(stack, f"SELECT count(*) AS n FROM finances_v0.{name} WHERE {since}")[0]["n"]
        for name in ("shipment_events", "refund_events", "shipment_events__shipment_item_list")
    }
    assert len(stack.calls()) == 3
    union = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS n FROM finances_v0.{name} WHERE {since}" for name in expected
    )
    assert {row["name"]: row["n"] for row in query(stack, union)} == expected
    assert len(stack.calls()) == 3


def test_every_kind_of_event_has_rows(stack: Stack) -> None:
    """Each is rare: the tables' own tests ask for one period, in which some have none."""
    tables = [
        table
        for table in load().for_versions({}).tables
        if table.kind == "operation" and table.operation and table.operation.operation_id == "listFinancialEvents"
    ]
    counts = [
        f"SELECT '{table.name}' AS name, count(*) AS n FROM {table.qualified_name}"
        f" WHERE {table.window.column} {'=' if table.window.until else '>='} '2024-01-01'"
        for table in tables
        if table.window is not None
    ]
    assert len(counts) == 34
    assert [row["name"] for row in query(stack, " UNION ALL ".join(counts)) if not row["n"]] == []


def test_events_of_a_group_come_in_one_call_whether_they_have_dates_or_not(stack: Stack) -> None:
    group = a_group(stack)
    events = "SELECT count(*) FROM finances_v0.{}_events_by_group_id WHERE event_group_id = '{}'"
    sql = f"SELECT ({events.format('shipment', group)}) AS a, ({events.format('service_fee', group)}) AS b"
    (row,) = query(stack, sql)
    assert row["a"] and row["b"]
    assert len(stack.calls()) == 1


def test_items_of_events_say_what_order_they_are_of(stack: Stack) -> None:
    since = "posted_date >= '2026-01-01'"
    items = "finances_v0.shipment_events__shipment_item_list"
    rows = query(stack, f"SELECT amazon_order_id AS id, count(*) AS n FROM {items} WHERE {since} GROUP BY ALL")
    lengths = query(
        stack,
        f"""SELECT amazon_order_id AS id, sum(json_array_length(shipment_item_list)) AS n
        FROM finances_v0.shipment_events WHERE {since} GROUP BY ALL HAVING n > 0""",
    )
    assert rows
    assert {row["id"]: row["n"] for row in rows} == {row["id"]: row["n"] for row in lengths}


def test_a_join_asks_for_the_events_of_the_groups_alone(stack: Stack) -> None:
    sql = """SELECT g.financial_event_group_id AS id, e.posted_date FROM finances_v0.financial_event_groups g
        JOIN finances_v0.shipment_events_by_group_id e ON e.event_group_id = g.financial_event_group_id
        WHERE g.financial_event_group_start >= '2026-05-01'"""
    rows = query(stack, sql)
    asked = {call["path"].split("/")[4] for call in stack.calls("listFinancialEventsByGroupId")}
    assert {row["id"] for row in rows} <= asked
    assert len(stack.calls("listFinancialEventGroups")) == 1
    assert len(stack.calls("listFinancialEventsByGroupId")) == len(asked)
