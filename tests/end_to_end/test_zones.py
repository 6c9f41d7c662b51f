"""Sales by day in a seller's own zone: each end of the period goes out with the offset that it has there."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import adbc_driver_manager
import pytest

from tests.scripted_amazon import scripted_amazon
from tests.server_fixtures import Stack

METRICS = "SELECT interval_start, interval_end, order_count FROM sales.order_metrics"


@pytest.mark.parametrize(
    ("zone", "since", "until", "sent"),
    [
        (
            "US/Pacific",
            "2026-03-08 08:00+00",
            "2026-03-09 07:00+00",
            "2026-03-08T00:00:00-08:00--2026-03-09T00:00:00-07:00",
        ),
        (
            "America/New_York",
            "2025-11-02 00:00-04",
            "2025-11-03 00:00-05",
            "2025-11-02T00:00:00-04:00--2025-11-03T00:00:00-05:00",
        ),
        ("Asia/Kolkata", "2026-06-01 00:00+05:30", "2026-06-02 00:00+05:30", "2026-06-01T00:00:00+05:30--"),
        ("UTC", "2026-06-01", "2026-06-02", "2026-06-01T00:00:00Z--2026-06-02T00:00:00Z"),
        ("", "2026-06-01", "2026-06-02", "2026-06-01T00:00:00Z--2026-06-02T00:00:00Z"),
    ],
)
def test_each_end_of_a_period_has_its_own_offset_of_the_zone(zone: str, since: str, until: str, sent: str) -> None:
    with scripted_amazon() as amazon:
        interval = sent if "--20" in sent else f"{sent}2026-06-02T00:00:00+05:30"
        amazon.answer("/sales/v1/orderMetrics", {"payload": [{"interval": interval, "orderCount": 3}]})
        named = f"AND granularity_time_zone = '{zone}'" if zone else ""
        (row,) = amazon.query(
            f"{METRICS} WHERE granularity = 'Day' {named} "
            f"AND interval_start >= TIMESTAMPTZ '{since}' AND interval_start < TIMESTAMPTZ '{until}'"
        )
        (asked,) = amazon.asked
    parameters = parse_qs(urlsplit(asked.target).query)
    assert parameters["interval"][0].startswith(sent)
    assert parameters["granularityTimeZone"] == [zone or "UTC"]
    assert row["order_count"] == 3
    assert row["interval_start"] == datetime.fromisoformat(interval.split("--")[0]).astimezone(UTC)
    assert row["interval_end"] == datetime.fromisoformat(interval.split("--")[1]).astimezone(UTC)


def test_several_zones_are_asked_for_each_in_its_own_offsets() -> None:
    with scripted_amazon() as amazon:
        amazon.answer("/sales/v1/orderMetrics", {"payload": []})
        amazon.query(
            f"{METRICS} WHERE granularity = 'Day' AND granularity_time_zone IN ('US/Pacific', 'Europe/Berlin') "
            "AND interval_start >= '2026-06-01' AND interval_start < '2026-06-02'"
        )
        sent = sorted(call.parameter("interval") for call in amazon.asked)
    assert sent == [
        "2026-05-31T17:00:00-07:00--2026-06-01T17:00:00-07:00",
        "2026-06-01T02:00:00+02:00--2026-06-02T02:00:00+02:00",
    ]


def test_a_zone_that_does_not_exist_is_an_error_before_any_call() -> None:
    with scripted_amazon() as amazon:
        for zone in ("US/Nowhere", "../etc/passwd", "America", ""):
            with pytest.raises(
                adbc_driver_manager.ProgrammingError, match="granularity_time_zone: there is no time zone"
            ):
                amazon.query(
                    f"{METRICS} WHERE granularity = 'Day' AND granularity_time_zone = '{zone}' "
                    "AND interval_start >= '2026-06-01'"
                )
        assert amazon.asked == []


def test_the_simulated_amazon_takes_such_a_period_and_its_days_are_those_of_the_zone(stack: Stack) -> None:
    rows = stack.query(
        f"{METRICS} WHERE granularity = 'Day' AND granularity_time_zone = 'US/Pacific' "
        "AND interval_start >= '2026-03-07 08:00:00+00' AND interval_start < '2026-03-10 07:00:00+00' "
        "AND marketplace_id = 'ATVPDKIKX0DER' ORDER BY 1"
    )
    assert [row["interval_start"].hour for row in rows] == [8, 8, 7]
