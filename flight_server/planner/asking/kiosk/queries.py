"""Scans of datasets → the queries to ask, as calls of createQuery; and such a call → the request that it makes.

The window's columns are those of the rows. Objects of a list go together as long as the rest of their queries is the
same, the text is no longer than Amazon takes, and each comes once where it must.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from catalog.kiosk.dataset import END, START, Dataset
from catalog.reports.report import Grain, Report
from flight_server.errors import QueryError
from flight_server.plan import Binding, Call, ParameterValue, ReportRequest, Scan
from flight_server.planner.asking.kiosk.fields import wanted_members
from flight_server.planner.asking.kiosk.text import MOST_CHARACTERS, query_text
from flight_server.planner.asking.kiosk.windows import Bounds, DayWindow, windows
from flight_server.planner.asking.request_body import element_of, with_list

_GRAINS: Mapping[str, Grain] = {"DAY": "day", "WEEK": "week", "MONTH": "month"}
_SENT_DAY = re.compile(rf'\b({START}|{END}):"(\d{{4}}-\d\d-\d\d)"')

Named = Mapping[str, ParameterValue]


def is_of_window(binding: Binding, scan: Scan) -> bool:
    """Whether a binding of a dataset's scan says something of the window."""
    return scan.table.dataset is not None and binding.key_column.eq in (START, END)


def asked_windows(scan: Scan, named: Named, now: datetime) -> Iterator[DayWindow]:
    """The windows to ask for beside the other arguments of a query."""
    dataset = scan.table.dataset
    assert dataset is not None
    grain = _grain(scan, dataset, named)
    is_single = grain == "day" and _needs_single_days(scan, dataset)
    bounds = _bounds([binding for binding in scan.bindings if is_of_window(binding, scan)])
    yield from windows(dataset, scan.table.qualified_name, grain, bounds, now.date(), is_single=is_single)


def with_texts(scan: Scan, asked: Sequence[tuple[Call, Named]]) -> Iterator[Call]:
    """Calls whose bodies are the arguments, and their named parameters → calls with the texts of queries."""
    dataset = scan.table.dataset
    assert dataset is not None
    if dataset.objects is None:
        for call, _ in asked:
            yield _with_text(scan, dataset, call, call.body)
        return
    for call, elements in _together(scan, dataset.objects.path, asked):
        yield from _divided(scan, dataset, call, elements)


def query_request(call: Call, report: Report) -> ReportRequest:
    """The request that a call of createQuery makes."""
    body = call.body if isinstance(call.body, Mapping) else {}
    text = str(body["query"])
    days = {name: _midnight(day) for name, day in _SENT_DAY.findall(text)}
    return ReportRequest(report=report, start=days[START], end=days[END], query=text)


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)


def _grain(scan: Scan, dataset: Dataset, named: Named) -> Grain:
    """What the rows of a query with these arguments count in; empty: each tells of the whole window."""
    key = next((key for key in scan.table.key_columns if key.column == dataset.grain), None)
    return _GRAINS.get(str(named.get(key.eq, "")), "") if key is not None else ""


def _needs_single_days(scan: Scan, dataset: Dataset) -> bool:
    members = wanted_members(scan.outputs, ())
    return any(f".{member}." in path for member in dataset.single_day for path in members)


def _bounds(bindings: Sequence[Binding]) -> Bounds:
    said: dict[str, tuple[date, ...] | date] = {}
    for binding in bindings:
        values, since, before = (
            ("starts", "since", "before") if binding.key_column.eq == START else ("ends", "ends_since", "ends_before")
        )
        said |= {values: tuple(sorted(map(date.fromisoformat, binding.values)))} if binding.values else {}
        said |= {since: date.fromisoformat(binding.lower)} if binding.lower else {}
        said |= {before: date.fromisoformat(binding.upper)} if binding.upper else {}
    return Bounds(**said)  # type: ignore[arg-type]  # tuples and dates, by name


def _with_text(scan: Scan, dataset: Dataset, call: Call, arguments: object) -> Call:
    text = _text(scan, dataset, call, arguments)
    if len(text) > MOST_CHARACTERS:
        raise QueryError(
            f"{scan.table.qualified_name}: the query would have {len(text)} characters, and Amazon takes "
            f"{MOST_CHARACTERS}: read fewer columns"
        )
    return replace(call, body={"query": text})


def _text(scan: Scan, dataset: Dataset, call: Call, arguments: object) -> str:
    assert isinstance(arguments, Mapping)
    told = {name for name, value in call.asked.items() if value is not None}
    return query_text(dataset, arguments, wanted_members(scan.outputs, told))


def _together(scan: Scan, path: str, asked: Sequence[tuple[Call, Named]]) -> Iterator[tuple[Call, list[object]]]:
    """The objects of the calls that are the same but for them."""
    gathered: dict[str, tuple[Call, list[object]]] = {}
    for call, named in asked:
        rest = str((call.body, sorted((name, str(value)) for name, value in call.asked.items())))
        first, elements = gathered.get(rest, (replace(call, marketplaces=()), []))
        marketplaces = tuple(dict.fromkeys((*first.marketplaces, *call.marketplaces)))
        gathered[rest] = (replace(first, marketplaces=marketplaces), [*elements, element_of(scan.table, path, named)])
    yield from gathered.values()


def _divided(scan: Scan, dataset: Dataset, call: Call, elements: Sequence[object]) -> Iterator[Call]:
    objects = dataset.objects
    assert objects is not None
    for chunk in _chunks(elements, objects.most, objects.once):
        arguments = with_list(call.body, objects.path, chunk)
        if len(chunk) > 1 and len(_text(scan, dataset, call, arguments)) > MOST_CHARACTERS:
            half = len(chunk) // 2
            yield from _divided(scan, dataset, call, chunk[:half])
            yield from _divided(scan, dataset, call, chunk[half:])
        else:
            yield _with_text(scan, dataset, call, arguments)


def _chunks(elements: Sequence[object], most: int, once: str) -> Iterator[list[object]]:
    """As few lists as may be: none is longer than `most`, and in none the member `once` has a value twice."""
    chunks: list[list[object]] = []
    for element in elements:
        chunk = next((each for each in chunks if len(each) < most and not _has_twin(element, each, once)), None)
        if chunk is None:
            chunks.append([element])
        else:
            chunk.append(element)
    yield from chunks


def _has_twin(element: object, others: Sequence[object], once: str) -> bool:
    if not once:
        return False
    return any(
        isinstance(element, Mapping) and isinstance(other, Mapping) and element.get(once) == other.get(once)
        for other in others
    )
