"""Types that no function tells: a few rows in the form of the type's own columns, about the seller's listings.

Goes from what is asked for to a table, a JSON object or an XML tree whose leaves follow from their names: ids and names
are the story's, numbers follow from the row alone. Which columns there are says `types`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree

from flight_server.simulator.chance import number
from flight_server.simulator.reports.calendar import is_empty, periods
from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.listings import held
from flight_server.simulator.reports.rows.sheet import Content, Raw, Tree, decimal, sheet
from flight_server.simulator.reports.rows.traffic import specification
from flight_server.simulator.reports.rows.workbook import WORKBOOK_TYPE, workbook
from flight_server.simulator.reports.types import Column
from flight_server.simulator.story import Story
from flight_server.simulator.story.products import Listing

_ROWS = 12
_SHARE = re.compile(r"pct(total)?$|share$|percentage$|rate$")
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
# Nobody has told the columns of some types.
_UNTOLD = tuple(Column(name, kind, True) for name, kind in (("order-id", "s"), ("sku", "s"), ("quantity", "i")))


@dataclass(frozen=True)
class _Row:
    """What one row is about."""

    place: Place
    listing: Listing
    order_id: str
    moment: datetime
    first: date
    last: date


def generic(asked: Asked, story: Story) -> Content | None:
    """A document in the form of its type, or none where the period is empty."""
    kind = asked.type
    if kind.period == "required" and is_empty(asked):
        return None
    if kind.output == "pdf":
        return Raw(_PDF, "application/pdf")
    if kind.output == "json":
        return _json(asked, story)
    columns = kind.columns or next(iter(kind.row_sets.values()), _UNTOLD)
    told = list(_rows(asked, story))
    if kind.output == "xml":
        return _xml(kind.row_path or "AmazonEnvelope/Message[]/Row", columns, told)
    names = [column.name for column in columns if column.is_always or not kind.columns]
    if kind.output == "xlsx":
        cells = [[_text(_leaf(column, one)) for column in columns if column.name in names] for one in told]
        return Raw(workbook([names, *cells]), WORKBOOK_TYPE)
    rows = ({column.name: _text(_leaf(column, one)) for column in columns} for one in told)
    return sheet(names, rows)


def _rows(asked: Asked, story: Story) -> Iterator[_Row]:
    """Some listings of each place, their moments spread over the period."""
    step = (asked.end - asked.start) / _ROWS
    first, last = asked.start.date(), asked.end.date()
    orders = [record.order_id for record in story.by_placed[-_ROWS:]] or ["111-0000000-0000000"]
    for place in asked.places:
        for index, listing in enumerate(list(held(story, place))[:_ROWS]):
            yield _Row(place, listing, orders[index % len(orders)], asked.start + step * index, first, last)


def _json(asked: Asked, story: Story) -> dict[str, object] | None:
    told: dict[str, object] = {"reportSpecification": specification(asked)}
    rows = list(_rows(asked, story))
    for path, columns in asked.type.row_sets.items():
        found = rows if any("asin" in _plain(one.name) or "sku" in _plain(one.name) for one in columns) else rows[:1]
        if any(column.name == "startDate" for column in columns) and "reportPeriod" in asked.type.options:
            bounds = list(periods(asked, asked.options.get("reportPeriod", "DAY")))
            found = [
                _Row(one.place, one.listing, one.order_id, one.moment, first, last)
                for first, last in bounds
                for one in found
            ]
        told[path.removesuffix("[]")] = [_object(columns, one) for one in found]
    return told if rows else None


def _object(columns: tuple[Column, ...], row: _Row) -> dict[str, object]:
    """A row's object, from paths: `a.b` is b of the object a, `a[].b` of the one object in the list a."""
    whole: dict[str, object] = {}
    for column in columns:
        at = whole
        *outer, name = column.name.split(".")
        for part in outer:
            inner = at.setdefault(part.removesuffix("[]"), [{}] if part.endswith("[]") else {})
            at = inner[0] if isinstance(inner, list) else inner  # type: ignore[assignment]  # objects all the way
        value = _leaf(column, row)
        at[name.removesuffix("[]")] = [value] if name.endswith("[]") else value
    return whole


def _xml(path: str, columns: tuple[Column, ...], rows: list[_Row]) -> Tree | None:
    """A tree with one element a row at the path; leaves are elements, `@name` attributes, `#text` text."""
    parts = path.split("/")
    root = ElementTree.Element(parts[0])
    if parts[0] == "AmazonEnvelope":
        header = ElementTree.SubElement(root, "Header")
        ElementTree.SubElement(header, "DocumentVersion").text = "1.01"
    for row in rows:
        at = root
        for part in parts[1:]:
            at = ElementTree.SubElement(at, part.removesuffix("[]"))
        _fill(at, columns, row)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return Tree(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n') if rows else None


def _fill(element: ElementTree.Element, columns: tuple[Column, ...], row: _Row) -> None:
    for column in columns:
        at, value = element, _text(_leaf(column, row))
        path, _, attribute = column.name.partition("@")
        for part in path.split("."):
            if part != "#text":
                name = part.removesuffix("[]")
                found = at.find(name)
                at = ElementTree.SubElement(at, name) if found is None else found
        if attribute:
            at.set(attribute, value)
        else:
            at.text = value


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


_NAMED: tuple[tuple[str, Callable[[_Row], str]], ...] = (
    (r"fnsku$", lambda row: row.listing.fnsku),
    (r"sku$", lambda row: row.listing.sku),
    (r"asin\d?$|^productid$", lambda row: row.listing.product.asin),
    (r"orderid$", lambda row: row.order_id),
    (r"marketplaceid$", lambda row: row.place.marketplace_id),
    (r"marketplace(name)?$|saleschannel$", lambda row: row.place.marketplace.name),
    (r"currency(code|unit)?$", lambda row: row.place.marketplace.currency),
    (r"country(code)?$", lambda row: row.place.country),
    (r"brand(name)?$", lambda row: row.listing.product.brand),
    (r"(product|item)name$|title$|description$", lambda row: row.listing.product.title(row.place.marketplace.language)),
    (r"condition(type)?$", lambda row: row.listing.condition),
    (r"channel$", lambda row: row.listing.channel),
)


def _leaf(column: Column, row: _Row) -> object:
    name = _plain(re.split(r"[.]", column.name.replace("@", "."))[-1])
    drawn = number(row.listing.sku, column.name, row.moment.date(), below=10_000)
    match column.kind:
        case "i":
            return drawn % 60
        case "n":
            return Decimal(drawn) / 10_000 if _SHARE.search(name) else Decimal(decimal(drawn))
        case "b":
            return drawn % 2 == 0
        case "d":
            day = row.moment.date()
            return f"{row.first if name.startswith('start') else row.last if name.startswith('end') else day}"
        case "t":
            return row.moment.isoformat(timespec="seconds")
    for pattern, told in _NAMED:
        if re.search(pattern, name):
            return told(row)
    return f"{name[:12]}-{drawn % 7}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
