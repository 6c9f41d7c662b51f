"""What vendors are told: the views of those who make products and of those from whom Amazon buys them.

Goes from a question to rows, one a period, in which the products stand: grouped by exactly those attributes that the
query selects. As in the reports of vendors, the products are this seller's own, and what was ordered is what his
orders tell, in the United States. Everything that orders do not tell follows from the products.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from graphql import FieldNode, GraphQLObjectType, GraphQLResolveInfo, get_named_type
from graphql.execution.collect_fields import collect_sub_fields

from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.kiosk.rows.measures import Bought, Money, measures, money_in
from flight_server.simulator.kiosk.rows.periods import Period, dated, periods
from flight_server.simulator.reports.places import PLACES, Place
from flight_server.simulator.reports.rows.traffic import ordered
from flight_server.simulator.story import Story
from flight_server.simulator.story.purchases import Line

Json = dict[str, object]
_HOME = "ATVPDKIKX0DER"


def view(asked: Question, story: Story) -> list[Json]:
    """A row a day, week or month in which anything was ordered."""
    place = PLACES[_HOME]
    money = money_in(asked.arguments.get("currencyCode") or "USD")
    told = []
    for period in periods(asked, story, place, asked.arguments["aggregateBy"]):
        lines = [_line(one.purchase.buyer.address, line, money) for one, line in ordered(story, place, *period)]
        if lines:
            told.append(_row(place, period, lines, money))
    return told


def _row(place: Place, period: Period, lines: Sequence[tuple[Json, Line]], money: Money) -> Json:
    whole = Bought()
    for _, line in lines:
        whole.add(line)

    def metrics(info: GraphQLResolveInfo) -> list[Json]:
        return list(_groups(lines, _selected(info), lambda bought: measures(bought, period, money)))

    return {**dated(period, place), "metrics": metrics, "totals": measures(whole, period, money)}


def _groups(lines: Sequence[tuple[Json, Line]], names: Sequence[str], told: Callable[[Bought], Json]) -> Iterator[Json]:
    """The lines together that agree in the attributes selected."""
    groups: dict[str, tuple[Json, Bought]] = {}
    for attributes, line in lines:
        key = {name: attributes[name] for name in names}
        groups.setdefault(repr(key), (key, Bought()))[1].add(line)
    for _, (key, bought) in sorted(groups.items()):
        yield {"groupByKey": key, "metrics": told(bought)}


def _selected(info: GraphQLResolveInfo) -> list[str]:
    """The attributes that the query selects of `groupByKey`."""
    under = _under(info, info.return_type, info.field_nodes)
    keys = [node for nodes in under.values() for node in nodes if node.name.value == "groupByKey"]
    if not keys:
        return []
    kind = get_named_type(info.return_type)
    assert isinstance(kind, GraphQLObjectType)
    selected = _under(info, kind.fields["groupByKey"].type, keys)
    return sorted({nodes[0].name.value for nodes in selected.values()})


def _under(info: GraphQLResolveInfo, kind: Any, nodes: list[FieldNode]) -> dict[str, list[FieldNode]]:
    named = get_named_type(kind)
    assert isinstance(named, GraphQLObjectType)
    return collect_sub_fields(info.schema, info.fragments, info.variable_values, named, nodes)


def _line(address: Json, line: Line, money: Money) -> tuple[Json, Line]:
    """An item with every attribute that it may be grouped by; those that nobody knows are null."""
    product = line.listing.product
    return {
        "asin": product.asin,
        "binding": product.category.names["en"],
        "brand": product.brand,
        "brandCode": product.brand[:5].upper(),
        "color": product.title("en").split(", ")[1] if product.colour is not None else None,
        "ean": product.ean or None,
        "isbn13": None,
        "manufacturerCode": product.brand[:3].upper(),
        "modelNumber": product.model,
        "msrp": money(product.cents),
        "parentAsin": product.parent_asin or product.asin,
        "prepInstructions": "Bagging" if product.size else None,
        "prepInstructionsPerformedBy": "Vendor" if product.size else None,
        "productGroup": product.category.product_type,
        "productTitle": product.title("en"),
        "releaseDate": product.released or None,
        "replenishmentCategory": "Basic Replenishment" if product.number % 4 else "New Product",
        "shipToCity": address["City"],
        "shipToCountryCode": address["CountryCode"],
        "shipToStateOrProvince": address.get("StateOrRegion"),
        "shipToZipCode": address["PostalCode"],
        "upc": product.upc or None,
        "vendorCode": product.brand[:4].upper() + "1",
    }, line
