"""Periods are cut into stretches that adjoin: each instant is in one, none is longer than Amazon answers."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.catalog import Catalog
from catalog.errors import BadDeclaration
from catalog.table import KeyColumn, Parameter, Table
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.errors import MissingKeyColumn
from flight_server.plan import Binding, Call, Plan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.asking.parameters import bind
from flight_server.planner.asking.spelling import spell
from flight_server.planner.asking.windows import Stretch, stretches
from flight_server.planner.conditions.ranges import Range
from flight_server.planner.explain import Surroundings, explain
from tests.planner.declared import catalog_of, operation
from tests.planner.test_plan import NOW, fold

DAY = timedelta(days=1)
INSTANTS = st.integers(0, 3 * 365 * 86_400_000).map(
    lambda milliseconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


def things(
    window: dict[str, Any] | None,
    bounds: tuple[str, str] = ("ge", "le"),
    form: str = "date-time",
    *,
    required: bool = False,
    member: str = "timestamp",
    **key: Any,
) -> Catalog:
    parameters = (
        Parameter("from", "query", format=form, required=required),
        Parameter("until", "query", format=form, required=required),
    )
    at = {bounds[0]: "from", bounds[1]: "until", "required": required, **key}
    stanza: dict[str, Any] = {"row_path": "rows[]", "key_columns": {"at": at}, "columns": {"at": member}}
    stanza["primary_key"] = ["id"]
    members = {"rows[].id": "string", "rows[].at": "string", "rows[].parts[].name": "string"}
    return catalog_of(
        {"getThings": {**stanza, "window": window} if window else stanza},
        {"getThings": (operation("getThings", *parameters), members)},
    )


def planned(catalog: Catalog, sql: str) -> Plan:
    return planner.plan(planner.read(sql, catalog), Settings(), fold, NOW)


def made(catalog: Catalog, condition: str = "", table: str = "getThings") -> list[Call]:
    where = f"WHERE {condition}" if condition else ""
    (scan,) = planned(catalog, f"SELECT id FROM things.{table} {where}").scans
    return list(calls(scan, Sources(NOW)))


def bounds(found: list[Call]) -> list[tuple[Any, Any]]:
    return [(call.url_parameters.get("from"), call.url_parameters.get("until")) for call in found]


def cut(table: Table, lower: datetime | date, upper: datetime | date) -> list[Stretch]:
    (binding,) = bind(table, {"at": Range(lower, upper)}, (), NOW)
    return list(stretches(binding, table, NOW))


def owners(found: list[Stretch], instant: datetime | date) -> list[Stretch]:
    return [
        stretch
        for stretch in found
        if (stretch.since is None or stretch.since <= instant) and (stretch.before is None or instant < stretch.before)
    ]


@given(
    lower=INSTANTS,
    length=st.timedeltas(timedelta(0), timedelta(days=400)),
    max_days=st.integers(1, 60),
    words=st.sampled_from([("ge", "le"), ("gt", "lt"), ("ge", "lt"), ("gt", "le")]),
    places=st.lists(st.floats(0, 1), max_size=5),
)
def test_every_instant_is_in_one_stretch_that_asks_for_it(
    lower: datetime, length: timedelta, max_days: int, words: tuple[str, str], places: list[float]
) -> None:
    (table, _) = things({"column": "at", "max_days": max_days}, words).tables
    found = cut(table, lower, lower + length)
    edges = [edge for stretch in found for edge in (stretch.since, stretch.before) if isinstance(edge, datetime)]
    near = [edge + step for edge in edges for step in (timedelta(0), timedelta(microseconds=-1))]
    for instant in [lower, lower + length, *near, *(lower + length * place for place in places)]:
        (owner,) = owners(found, instant)
        start, end = datetime.fromisoformat(owner.lower), datetime.fromisoformat(owner.upper)
        assert start < instant if words[0] == "gt" else start <= instant
        assert instant < end if words[1] == "lt" else instant <= end
    for stretch in found:
        assert datetime.fromisoformat(stretch.upper) - datetime.fromisoformat(stretch.lower) <= max_days * DAY


@given(
    lower=INSTANTS,
    length=st.timedeltas(timedelta(0), timedelta(days=200)),
    max_days=st.integers(1, 40),
    zone=st.sampled_from(["UTC", "America/Los_Angeles", "Asia/Tokyo"]),
    places=st.lists(st.floats(0, 1), max_size=5),
)
def test_days_of_a_zone_are_never_divided(
    lower: datetime, length: timedelta, max_days: int, zone: str, places: list[float]
) -> None:
    (table, _) = things({"column": "at", "max_days": max_days, "day": zone}, form="date").tables
    found = cut(table, lower, lower + length)
    for instant in [lower, lower + length, *(lower + length * place for place in places)]:
        assert len(owners(found, instant)) == 1
    days = [(date.fromisoformat(stretch.lower), date.fromisoformat(stretch.upper)) for stretch in found]
    assert all(last - first < max_days * DAY for first, last in days)
    assert all(later[0] - earlier[1] == DAY for earlier, later in pairwise(days))


def test_a_long_period_is_cut_in_the_order_of_time() -> None:
    found = made(things({"column": "at", "max_days": 7}), "at >= '2026-01-01' AND at < '2026-01-20'")
    assert bounds(found) == [
        ("2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"),
        ("2026-01-08T00:00:00Z", "2026-01-15T00:00:00Z"),
        ("2026-01-15T00:00:00Z", "2026-01-20T00:00:00Z"),
    ]
    ends = [call.within and (call.within.since, call.within.before) for call in found]
    second, third = datetime(2026, 1, 8, tzinfo=UTC), datetime(2026, 1, 15, tzinfo=UTC)
    assert ends == [(None, second), (second, third), (third, None)]


def test_a_period_that_fits_is_one_call_and_keeps_all_rows() -> None:
    (call,) = made(things({"column": "at", "max_days": 7}), "at >= '2026-01-01' AND at < '2026-01-08'")
    assert call.within is None


def test_an_open_end_is_now_less_what_amazon_wants_between() -> None:
    found = made(things({"column": "at", "max_days": 7}, lag_minutes=2), "at >= '2026-06-10'")
    assert bounds(found) == [("2026-06-10T00:00:00Z", "2026-06-15T11:58:00Z")]


def test_a_period_that_reaches_back_beyond_what_amazon_keeps_begins_there() -> None:
    window = {"column": "at", "max_days": 30, "lookback_days": 45}
    since = spell(NOW - 45 * DAY + timedelta(minutes=2))
    for condition in ("at >= '2020-01-01'", "at <= '2026-06-15 12:00:00'"):
        assert bounds(made(things(window), condition))[0][0] == since
    assert len(made(things(window), "at >= '2020-01-01'")) == 2
    assert len(made(things(window), "at >= '2020-01-01' AND at < '2020-02-01'")) == 2, (
        "Amazon says what it thinks of it"
    )


def test_a_required_period_has_all_that_amazon_keeps_for_default_or_none() -> None:
    kept = things({"column": "at", "max_days": 7, "lookback_days": 14}, required=True)
    assert len(made(kept)) == 2
    with pytest.raises(MissingKeyColumn, match="needs at"):
        made(things({"column": "at", "max_days": 7}, required=True))


def test_a_required_end_is_said_though_the_period_is_never_cut() -> None:
    assert bounds(made(things(None, required=True), "at >= '2026-06-01'")) == [
        ("2026-06-01T00:00:00Z", "2026-06-15T12:00:00Z")
    ]


def test_an_exclusive_parameter_is_sent_so_that_the_bound_itself_comes() -> None:
    found = made(things(None, ("gt", "lt")), "at >= '2026-06-01' AND at <= '2026-06-02'")
    assert bounds(found) == [("2026-05-31T23:59:59.999Z", "2026-06-02T00:00:00.001Z")]
    found = made(things(None, ("gt", "lt")), "at > '2026-06-01' AND at < '2026-06-02'")
    assert bounds(found) == [("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")]


def test_days_that_amazon_counts_in_a_zone_of_its_own() -> None:
    window = {"column": "at", "max_days": 2, "day": "America/Los_Angeles"}
    found = made(things(window, form="date"), "at >= '2026-06-01' AND at < '2026-06-03'")
    assert bounds(found) == [("2026-05-31", "2026-06-01"), ("2026-06-02", "2026-06-02")]
    assert found[0].within is not None
    assert found[0].within.before == datetime(2026, 6, 2, 7, tzinfo=UTC)


def test_columns_of_dates_are_cut_between_days() -> None:
    (table, _) = things({"column": "at", "max_days": 10}, form="date", member="date").tables
    binding = Binding(KeyColumn("at", ge="from", le="until"), lower="2026-01-01", upper="2026-01-15")
    assert list(stretches(binding, table, NOW)) == [
        Stretch("2026-01-01", "2026-01-10", None, date(2026, 1, 11)),
        Stretch("2026-01-11", "2026-01-15", date(2026, 1, 11), None),
    ]


def test_a_child_table_is_fed_by_the_same_stretches() -> None:
    window = {"column": "at", "max_days": 7}
    condition = "at >= '2026-01-01' AND at < '2026-01-20'"
    (scan,) = planned(things(window), f"SELECT name FROM things.getThings__parts WHERE {condition}").scans
    assert len(list(calls(scan, Sources(NOW)))) == 3


def test_explain_counts_the_calls_of_all_stretches() -> None:
    sql = "SELECT id FROM things.getThings WHERE at >= '2026-01-01' AND at < '2026-01-20'"
    (row,) = explain(planned(things({"column": "at", "max_days": 7}), sql), Surroundings(Settings(), NOW)).to_pylist()
    assert (row["calls_min"], row["calls_max"]) == (3, 3)


@pytest.mark.parametrize(
    ("window", "fault"),
    [
        ({"column": "made"}, "window.column: made is no key column"),
        ({"column": "at", "max_days": 0}, "window.max_days: 0 is no number"),
        ({"column": "at", "day": "Mars/Olympus"}, "window.day: there is no time zone Mars/Olympus"),
    ],
)
def test_a_window_that_cannot_be_is_refused(window: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadDeclaration, match=fault):
        things(window)


@pytest.mark.parametrize("window", [None, {"column": "at", "max_days": 7}])
def test_a_period_that_begins_too_near_to_now_makes_no_call(window: dict[str, Any] | None) -> None:
    catalog = things(window, lag_minutes=2)
    for start in (NOW - timedelta(minutes=1), NOW, NOW + DAY):
        assert made(catalog, f"at >= '{spell(start)}'") == []
    assert len(made(catalog, f"at >= '{spell(NOW - timedelta(minutes=3))}'")) == 1


def echoed(condition: str, *, lag_minutes: int = 0, lookback_days: int | None = None) -> list[Call]:
    parameters = (Parameter("from", "query", format="date-time"), Parameter("until", "query", format="date-time"))
    keys = {"posted_after": {"eq": "from"}, "posted_before": {"eq": "until", "lag_minutes": lag_minutes}}
    window = {"column": "posted_after", "until": "posted_before", "max_days": 30, "lookback_days": lookback_days}
    stanza = {"row_path": "rows[]", "key_columns": keys, "primary_key": ["id"], "window": window}
    return made(
        catalog_of(
            {"getThings": stanza}, {"getThings": (operation("getThings", *parameters), {"rows[].id": "string"})}
        ),
        condition,
    )


def test_a_period_between_two_echoes_is_cut_and_the_echoes_tell_what_was_asked() -> None:
    found = echoed("posted_after = '2026-01-01' AND posted_before = '2026-02-20'")
    assert bounds(found) == [
        ("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("2026-01-31T00:00:00Z", "2026-02-20T00:00:00Z"),
    ]
    assert {call.asked["posted_after"] for call in found} == {"2026-01-01T00:00:00Z"}
    assert {call.asked["posted_before"] for call in found} == {"2026-02-20T00:00:00Z"}


def test_an_echoed_period_without_end_ends_now_and_one_without_beginning_is_left_alone() -> None:
    assert bounds(echoed(f"posted_after = '{spell(NOW - 40 * DAY)}'")) == [
        (spell(NOW - 40 * DAY), spell(NOW - 10 * DAY)),
        (spell(NOW - 10 * DAY), None),
    ]
    assert bounds(echoed("posted_before = '2026-02-20'")) == [(None, "2026-02-20T00:00:00Z")]
    assert bounds(echoed("posted_after = '2026-01-01' AND posted_before = '2026-01-31'")) == [
        ("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z")
    ]


@pytest.mark.parametrize("end", [NOW, NOW - timedelta(minutes=1), NOW + DAY])
def test_an_echoed_end_too_near_to_now_is_not_sent(end: datetime) -> None:
    found = echoed(f"posted_after = '{spell(NOW - 31 * DAY)}' AND posted_before = '{spell(end)}'", lag_minutes=2)
    assert bounds(found) == [(spell(NOW - 31 * DAY), spell(NOW - DAY)), (spell(NOW - DAY), None)]
    assert {call.asked["posted_before"] for call in found} == {spell(end)}


def test_no_part_of_an_echoed_period_begins_too_near_to_now() -> None:
    since = NOW - 30 * DAY - timedelta(minutes=1)
    assert bounds(echoed(f"posted_after = '{spell(since)}'", lag_minutes=2)) == [(spell(since), None)]
    assert bounds(echoed(f"posted_after = '{spell(NOW - timedelta(minutes=1))}'", lag_minutes=2)) == []


def test_an_echoed_period_that_ends_before_it_begins_is_not_asked_for() -> None:
    assert echoed("posted_after = '2026-02-01' AND posted_before = '2026-01-01'") == []
    assert echoed("posted_after = '2026-02-01' AND posted_before = '2026-02-01'") == []


def test_an_echoed_end_alone_is_asked_from_what_amazon_keeps() -> None:
    kept = NOW.replace(second=0, microsecond=0) - 45 * DAY
    found = echoed(f"posted_before = '{spell(NOW - DAY)}'", lookback_days=45)
    assert bounds(found) == [(spell(kept), spell(kept + 30 * DAY)), (spell(kept + 30 * DAY), spell(NOW - DAY))]
    assert {call.asked["posted_after"] for call in found} == {None}


def test_an_end_at_now_alone_is_a_period_from_the_earliest() -> None:
    catalog = things({"column": "at", "max_days": 365}, ("ge", "lt"), lag_minutes=2, earliest="2025-12-01T00:00:00Z")
    (only,) = made(catalog, "at <= now()")
    assert only.url_parameters["from"] == "2025-12-01T00:00:00Z"
    assert only.url_parameters["until"] == spell(NOW - timedelta(minutes=2))


def test_a_window_between_echoes_needs_both_as_keys() -> None:
    with pytest.raises(BadDeclaration, match=r"window\.until"):
        things({"column": "at", "until": "then", "max_days": 3})
