"""Lines of documents: every field can be asked for, only those asked for are told; pages; how bytes are packed."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    parse,
    print_ast,
    strip_ignored_characters,
)

from flight_server.simulator import Simulator, SimulatorOptions, kiosk
from tests.simulator.caller import DEMO, US, Caller, refusal
from tests.simulator.conftest import NOW
from tests.simulator.kiosk.asking import (
    DOCUMENTS,
    ECONOMICS,
    QUERIES,
    TRAFFIC,
    VENDORS,
    by_date,
    created,
    ended,
    lines,
    period,
    stored,
    text,
    told,
)
from tests.simulator.model_schema import SPAPI

HELD = Path(kiosk.__file__).parent / "schemas"
AMAZONS = SPAPI / "schemas" / "data-kiosk"
MONTH = period("2026-02-01", "2026-02-28")
MONTH_OF_VENDORS = 'startDate:"2026-02-01" endDate:"2026-02-28"'
AHEAD = period("2026-03-18", "2026-04-30")


def schemas() -> dict[str, GraphQLSchema]:
    return {file.stem: build_schema(file.read_text("utf-8")) for file in HELD.glob("*.graphql")}


def query_fields() -> Iterator[tuple[str, GraphQLField, str]]:
    for dataset, schema in schemas().items():
        domain = get_named_type(schema.query_type.fields[dataset].type) if schema.query_type else None
        assert isinstance(domain, GraphQLObjectType)
        yield from ((dataset, field, name) for name, field in domain.fields.items())


QUERY_FIELDS = list(query_fields())


def everything(kind: GraphQLObjectType) -> str:
    """A selection of every field below a type."""
    told = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        told.append(f"{name}{{{everything(below)}}}" if isinstance(below, GraphQLObjectType) else name)
    return " ".join(told)


def untold(values: list[Any], kind: GraphQLObjectType, path: str = "") -> set[str]:
    """The members that are null in every one of some objects; each object has all members of its type."""
    found = set()
    for name, field in kind.fields.items():
        assert all(name in value for value in values), f"{path}{name}"
        told = [one for value in values for one in flat(value[name])]
        below = get_named_type(field.type)
        if not told:
            found.add(f"{path}{name}")
        elif isinstance(below, GraphQLObjectType):
            found |= untold(told, below, f"{path}{name}.")
    return found


def flat(value: Any) -> list[Any]:
    """What a member holds, if anything: the entries of lists, too."""
    return [one for one in (value if isinstance(value, list) else [value]) if one is not None]


def arguments_of(name: str, simulator: Simulator) -> str:
    """Arguments of a query field that bring rows."""
    sold = [line.listing for record in simulator.story.by_placed for line in record.purchase.lines]
    asins = json.dumps(list(dict.fromkeys(one.product.asin for one in reversed(sold)))[:30])
    sku = next(
        one.sku for one in simulator.story.listings if one.channel == "AFN" and US in one.product.marketplace_ids
    )
    product = f"{{identifier:{{type:MSKU value:{json.dumps(sku)}}}}}"
    return {
        "salesAndTrafficByDate": f"aggregateBy:DAY {MONTH}",
        "salesAndTrafficByAsin": f"aggregateBy:SKU {MONTH}",
        "salesAndTrafficTrends": f"asinAggregation:CHILD dateAggregation:DAY {MONTH_OF_VENDORS} "
        f'filters:[{{marketplaceId:"{US}" asins:{asins}}}]',
        "economics": f"{MONTH} includeComponentsForFeeTypes:[FBA_FULFILLMENT_FEE FBA_STORAGE_FEE]",
        "economicsPreview": f"{AHEAD} feeTypes:[REFERRAL_FEES FBA_FULFILLMENT_FEES MONTHLY_INVENTORY_STORAGE_FEES]",
        "economicsSimulation": f'marketplaceId:"{US}" startDate:"2026-03-18" endDate:"2026-04-30" '
        f"actionTypes:[AWD SIPP] products:[{product}]",
        "manufacturingView": f"aggregateBy:MONTH {MONTH_OF_VENDORS}",
        "sourcingView": f"aggregateBy:MONTH {MONTH_OF_VENDORS}",
    }[name]


@pytest.mark.parametrize(
    ("dataset", "field", "name"), QUERY_FIELDS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_every_query_field_answers_with_every_field(
    quick: Simulator, asker: Caller, dataset: str, field: GraphQLField, name: str
) -> None:
    kind = get_named_type(field.type)
    assert isinstance(kind, GraphQLObjectType)
    found = lines(asker, text(dataset, name, arguments_of(name, quick), everything(kind)))
    assert found
    assert all(list(line) == list(kind.fields) for line in found)
    # What belongs to other aggregations, programs and products than those asked for.
    others = (".ads", ".amountPerUnitDelta", ".components", ".isbn13", ".mfnCost", ".sku", ".components.properties")
    unknown = (*others, ".ads.charge.amountPerUnit", ".ads.charge.quantity")
    assert {path for path in untold(found, kind) if not f".{path}".endswith(unknown)} == set()


@pytest.mark.parametrize(
    ("query", "line"),
    [
        (by_date("2026-02-01", "2026-02-07", select="b:endDate startDate"), {"b": str, "startDate": str}),
        (
            by_date("2026-02-01", "2026-02-07", select="sales{unitsOrdered orderedProductSales{amount}}"),
            {"sales": {"unitsOrdered": int, "orderedProductSales": {"amount": object}}},
        ),
        (
            text(TRAFFIC, "salesAndTrafficByAsin", f"aggregateBy:CHILD {MONTH}", "childAsin ...f")
            + "fragment f on SalesAndTrafficByAsin{traffic{sessions}}",
            {"childAsin": str, "traffic": {"sessions": int}},
        ),
        (
            text(ECONOMICS, "economics", MONTH, "msku netProceeds{total{currencyCode}}"),
            {"msku": str, "netProceeds": {"total": {"currencyCode": str}}},
        ),
    ],
)
def test_a_line_holds_what_is_selected_and_nothing_else(asker: Caller, query: str, line: dict[str, Any]) -> None:
    def check(value: Any, form: Any) -> None:
        if isinstance(form, dict):
            assert list(value) == list(form)
            for name, inner in form.items():
                check(value[name], inner)
        else:
            assert isinstance(value, form)

    found = lines(asker, query)
    assert found
    for one in found:
        check(one, line)


@pytest.mark.parametrize(
    ("selected", "names"),
    [
        ("brand", ["brand"]),
        ("asin brand", ["asin", "brand"]),
        ("shipToCity b:brand", ["shipToCity", "b"]),
        ("...on GroupByAttributes{asin shipToZipCode}", ["asin", "shipToZipCode"]),
    ],
)
def test_rows_of_vendors_are_grouped_by_exactly_the_attributes_selected(
    asker: Caller, selected: str, names: list[str]
) -> None:
    units = "shippedOrders{shippedUnitsWithRevenue{units value{amount}}}"
    selection = f"startDate metrics{{groupByKey{{{selected}}}metrics{{{units}}}}}totals{{{units}}}"
    for view in ("manufacturingView", "sourcingView"):
        found = lines(asker, text(VENDORS, view, f"aggregateBy:WEEK {MONTH_OF_VENDORS}", selection))
        assert [line["startDate"] for line in found] == ["2026-02-01", "2026-02-08", "2026-02-15", "2026-02-22"]
        for line in found:
            keys = [tuple(row["groupByKey"].items()) for row in line["metrics"]]
            assert len(set(keys)) == len(keys)
            assert {tuple(name for name, _ in key) for key in keys} == {tuple(names)}
            sums = [row["metrics"]["shippedOrders"]["shippedUnitsWithRevenue"] for row in line["metrics"]]
            total = line["totals"]["shippedOrders"]["shippedUnitsWithRevenue"]
            assert sum(one["units"] for one in sums) == total["units"]
            assert sum(one["value"]["amount"] for one in sums) == total["value"]["amount"]


def test_vendors_may_ask_for_another_currency(asker: Caller) -> None:
    def revenue(more: str) -> Any:
        selection = "totals{shippedOrders{shippedUnitsWithRevenue{value{amount currencyCode}}}}"
        (line,) = lines(asker, text(VENDORS, "sourcingView", f"aggregateBy:MONTH {more}{MONTH_OF_VENDORS}", selection))
        return line["totals"]["shippedOrders"]["shippedUnitsWithRevenue"]["value"]

    assert revenue("")["currencyCode"] == "USD"
    assert revenue('currencyCode:"EUR" ')["currencyCode"] == "EUR"


def test_what_is_unknown_is_null_and_lists_may_be_null_or_empty(asker: Caller) -> None:
    selection = (
        "childAsin msku fees{feeTypeName charges{aggregatedDetail{quantity}properties{propertyName}}}"
        "ads{adTypeName}cost{costOfGoodsSold{amount}}netProceeds{perUnit{amount}}"
    )
    by_sku = lines(asker, text(ECONOMICS, "economics", MONTH, selection))
    assert {line["fees"] is None for line in by_sku} == {True, False}
    assert {line["netProceeds"]["perUnit"] is None for line in by_sku} == {True, False}
    assert {len(line["ads"]) for line in by_sku} == {0, 1}
    charges = [charge for line in by_sku for fee in line["fees"] or () for charge in fee["charges"]]
    assert {charge["aggregatedDetail"]["quantity"] is None for charge in charges} == {True, False}
    assert any(None in charge["properties"] for charge in charges)
    by_parent = lines(asker, text(ECONOMICS, "economics", f"aggregateBy:{{productId:PARENT_ASIN}} {MONTH}", selection))
    assert {(line["childAsin"], line["msku"], line["cost"]) for line in by_parent} == {(None, None, None)}


def test_fees_have_components_where_they_are_asked_for(asker: Caller) -> None:
    total = "aggregatedDetail{totalAmount{amount}}"
    selection = f"fees{{feeTypeName charges{{{total}components{{name {total}}}}}}}"
    for included, parted in (("", set()), ("includeComponentsForFeeTypes:[FBA_STORAGE_FEE]", {"FbaStorageFee"})):
        found = lines(asker, text(ECONOMICS, "economics", f"{included} {MONTH}", selection))
        fees = [fee for line in found for fee in line["fees"] or ()]
        assert {fee["feeTypeName"] for fee in fees} == {"ReferralFee", "FbaFulfilmentFee", "FbaStorageFee"}
        for fee in fees:
            (charge,) = fee["charges"]
            parts = charge["components"]
            assert (parts is not None) == (fee["feeTypeName"] in parted)
            if parts:
                whole = charge["aggregatedDetail"]["totalAmount"]["amount"]
                assert sum(one["aggregatedDetail"]["totalAmount"]["amount"] for one in parts) == whole


def test_a_preview_tells_the_fees_asked_for_and_a_simulation_the_products(quick: Simulator, asker: Caller) -> None:
    selection = "msku fees{feeTypeName}"
    asked = text(ECONOMICS, "economicsPreview", f"{AHEAD} feeTypes:[CLOSING_FEES]", selection)
    assert {fee["feeTypeName"] for line in lines(asker, asked) for fee in line["fees"]} == {"ClosingFees"}
    query = text(ECONOMICS, "economicsSimulation", arguments_of("economicsSimulation", quick), selection)
    (line,) = lines(asker, query)
    assert [fee["feeTypeName"] for fee in line["fees"]] == ["FbaFulfilmentFee", "AwdStorageFee", "SippDiscount"]
    assert lines(asker, query.replace("MSKU value:", "FNSKU value:")) == []


def paged(query_lines: int) -> SimulatorOptions:
    return SimulatorOptions(port=0, orders=200, limits=False, now=NOW, report_seconds=0, query_lines=query_lines)


def test_more_lines_than_a_document_holds_are_further_queries() -> None:
    query = by_date("2026-02-01", "2026-02-10", select="startDate")
    days = [f"2026-02-{day:02d}" for day in range(1, 11)]
    for size, pages in ((4, [4, 4, 2]), (5, [5, 5]), (10, [10]), (1, [1] * 10)):
        with Simulator(paged(size)) as running:
            caller = Caller(running.url)
            token, found, ids = "", [], set()
            while True:
                one = ended(caller, query, token)
                ids.add(one["queryId"])
                found.append(stored(caller, one["dataDocumentId"]).text.splitlines())
                assert told(caller, one["queryId"]) == one
                if "pagination" not in one:
                    break
                token = one["pagination"]["nextToken"]
            assert [len(page) for page in found] == pages
            assert [json.loads(line)["startDate"] for page in found for line in page] == days
            assert len(ids) == len(pages)
            caller.close()


def test_a_token_is_of_one_text_and_of_one_account() -> None:
    query = by_date("2026-02-01", "2026-02-10")
    with Simulator(paged(4)) as running:
        caller = Caller(running.url)
        token = ended(caller, query)["pagination"]["nextToken"]
        for body in (
            {"query": query + " ", "paginationToken": token},
            {"query": by_date("2026-02-01", "2026-02-09"), "paginationToken": token},
            {"query": query, "paginationToken": "made up"},
            {"query": query, "paginationToken": token[:-4] + "AAA="},
        ):
            assert refusal(caller.post(QUERIES, body)) == (400, "InvalidInput")
        listed = caller.get(QUERIES, pageSize=1).json()["pagination"]["nextToken"]
        assert refusal(caller.post(QUERIES, {"query": query, "paginationToken": listed})) == (400, "InvalidInput")
        other = Caller(running.url, {**DEMO, "refresh_token": "Atzr|demo-second"})
        assert refusal(other.post(QUERIES, {"query": query, "paginationToken": token})) == (400, "InvalidInput")
        other.close()
        created(caller, query, token)
        caller.close()


def test_documents_are_plain_and_odd_ones_may_be_gzip_and_say_so(asker: Caller) -> None:
    query = by_date("2026-02-01", "2026-02-07", select="startDate sales{unitsOrdered}")
    answer = stored(asker, ended(asker, query)["dataDocumentId"])
    assert answer.headers["Content-Encoding"] == "identity"
    plain = answer.content
    assert len(plain.splitlines()) == 7
    options = SimulatorOptions(
        port=0, orders=900, limits=False, now=NOW, report_seconds=0, odd=True, oddities=("documents",)
    )
    seen = set()
    with Simulator(options) as running:
        caller = Caller(running.url)
        for _ in range(12):
            answer = stored(caller, ended(caller, query)["dataDocumentId"])
            seen.add(answer.headers["Content-Encoding"])
            if answer.headers["Content-Encoding"] == "gzip":
                assert gzip.decompress(answer.content) == plain.removesuffix(b"\n")
            else:
                assert answer.content == plain + b"\n"
        caller.close()
    assert seen == {"identity", "gzip"}


def test_error_documents_are_json(asker: Caller) -> None:
    one = ended(asker, by_date("2020-01-01", "2020-01-02"))
    assert asker.get(f"{DOCUMENTS}/{one['errorDocumentId']}").json().keys() == {"documentId", "documentUrl"}
    answer = stored(asker, one["errorDocumentId"])
    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.content).keys() == {"errorDetails"}


def test_the_schemas_hold_no_prose() -> None:
    for file in HELD.glob("*.graphql"):
        assert '"""' not in file.read_text("utf-8")
        assert "#" not in file.read_text("utf-8")


@pytest.mark.skipif(not AMAZONS.is_dir(), reason="Amazon's schemas are not on this machine (shared/spapi)")
def test_the_schemas_are_amazons_without_their_descriptions() -> None:
    assert {file.name for file in HELD.iterdir()} == {file.name for file in AMAZONS.iterdir()}
    for file in AMAZONS.iterdir():
        document = parse(file.read_text("utf-8"), no_location=True)
        held = parse((HELD / file.name).read_text("utf-8"), no_location=True)
        assert bare(document) == bare(held)


def bare(document: Any) -> str:
    def without(node: Any) -> None:
        if getattr(node, "description", None):
            node.description = None
        for key in node.keys:
            below = getattr(node, key, None)
            for one in below if isinstance(below, tuple | list) else (below,):
                if hasattr(one, "keys") and one is not None:
                    without(one)

    without(document)
    return strip_ignored_characters(print_ast(document))
