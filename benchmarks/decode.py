"""How fast pages become record batches, as ratios to bare orjson.loads in the same run.

Ten pages of getOrders with 100 orders of 31 members each (about 130 KB a page) are decoded into 80 typed columns and
into 8 of them. First every result is compared with what pyarrow makes of the same objects by itself. Ratios, not
seconds: the candidates take turns, the median counts. Prints PASS or over for each goal and always exits 0.
"""

import random
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pyarrow as pa

from catalog.table import Column, DeclaredType, Operation
from flight_server.decode import arrow_schema, decoder
from flight_server.plan import Call, Page

ROW_PATH = "payload.Orders[]"
PAGES, ORDERS, ROUNDS = 10, 100, 15

TIMES = (
    "PurchaseDate LastUpdateDate EarliestShipDate LatestShipDate EarliestDeliveryDate LatestDeliveryDate "
    "PromiseResponseDueDate"
)
FLAGS = (
    "IsBusinessOrder IsPrime IsPremiumOrder IsGlobalExpressEnabled IsReplacementOrder IsEstimatedShipDateSet "
    "IsSoldByAB IsIBA IsISPU IsAccessPointOrder HasRegulatedItems "
    "AutomatedShippingSettings.HasAutomatedShippingSettings"
)
NESTED = (
    "PaymentExecutionDetail PaymentMethodDetails BuyerTaxInformation MarketplaceTaxInfo.TaxClassifications "
    "BuyerInfo.BuyerTaxInfo.TaxClassifications"
)
TEXTS = (
    "AmazonOrderId SellerOrderId OrderStatus FulfillmentChannel SalesChannel OrderChannel ShipServiceLevel "
    "PaymentMethod MarketplaceId ShipmentServiceLevelCategory EasyShipShipmentStatus CbaDisplayableShippingLabel "
    "OrderType ReplacedOrderId BuyerInvoicePreference OrderTotal.CurrencyCode "
    "FulfillmentInstruction.FulfillmentSupplySourceId AutomatedShippingSettings.AutomatedCarrier "
    "AutomatedShippingSettings.AutomatedShipMethod BuyerInfo.BuyerEmail BuyerInfo.BuyerName BuyerInfo.BuyerCounty "
    "BuyerInfo.PurchaseOrderNumber BuyerInfo.BuyerTaxInfo.CompanyLegalName BuyerInfo.BuyerTaxInfo.TaxingRegion"
)
ADDRESS = (
    "Name CompanyName AddressLine1 AddressLine2 AddressLine3 City County District StateOrRegion Municipality "
    "PostalCode CountryCode Phone AddressType"
)
PROJECTED = (
    "AmazonOrderId OrderStatus PurchaseDate LastUpdateDate OrderTotal.Amount OrderTotal.CurrencyCode "
    "NumberOfItemsShipped ShippingAddress.City"
)


def members() -> dict[str, DeclaredType]:
    typed: dict[str, DeclaredType] = dict.fromkeys(TEXTS.split(), "string")
    for holder in ("ShippingAddress", "DefaultShipFromLocationAddress"):
        typed |= dict.fromkeys((f"{holder}.{name}" for name in ADDRESS.split()), "string")
    typed["OrderTotal.Amount"] = "decimal"
    typed |= dict.fromkeys(("NumberOfItemsShipped", "NumberOfItemsUnshipped"), "int64")
    typed |= dict.fromkeys(TIMES.split(), "timestamp")
    typed |= dict.fromkeys(FLAGS.split(), "bool")
    typed |= dict.fromkeys(NESTED.split(), "json")
    return typed


def columns_of(typed: Mapping[str, DeclaredType]) -> tuple[Column, ...]:
    return tuple(Column(member, declared, f"{ROW_PATH}.{member}") for member, declared in typed.items())


def order(chance: random.Random, number: int) -> dict[str, object]:
    def digits(count: int) -> str:
        return "".join(chance.choices("0123456789", k=count))

    def moment(day: int) -> str:
        return f"2026-{chance.randint(1, 12):02}-{day:02}T{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:07Z"

    city, region, code = chance.choice((("Seattle", "WA", "98101"), ("Köln", "NW", "50667"), ("Austin", "TX", "73301")))
    return {
        "AmazonOrderId": f"{digits(3)}-{digits(7)}-{digits(7)}",
        "SellerOrderId": f"SO-{number}",
        "PurchaseDate": moment(1),
        "LastUpdateDate": moment(2),
        "OrderStatus": chance.choice(("Shipped", "Unshipped", "Canceled")),
        "FulfillmentChannel": chance.choice(("AFN", "MFN")),
        "SalesChannel": "Amazon.com",
        "ShipServiceLevel": "Std US D2D Dom",
        "OrderTotal": {"CurrencyCode": "USD", "Amount": f"{chance.randint(1, 999)}.{digits(2)}"},
        "NumberOfItemsShipped": chance.randint(0, 5),
        "NumberOfItemsUnshipped": chance.randint(0, 5),
        "PaymentExecutionDetail": [{"Payment": {"CurrencyCode": "USD", "Amount": "10.00"}, "PaymentMethod": "COD"}],
        "PaymentMethod": "Other",
        "PaymentMethodDetails": ["CreditCard", "GiftCertificate"],
        "MarketplaceId": "ATVPDKIKX0DER",
        "ShipmentServiceLevelCategory": "Standard",
        "OrderType": "StandardOrder",
        "EarliestShipDate": moment(3),
        "LatestShipDate": moment(4),
        "EarliestDeliveryDate": moment(5),
        "LatestDeliveryDate": moment(6),
        "IsBusinessOrder": False,
        "IsPrime": chance.random() < 0.5,
        "IsPremiumOrder": False,
        "IsGlobalExpressEnabled": False,
        "IsReplacementOrder": False,
        "IsSoldByAB": False,
        "IsISPU": False,
        "DefaultShipFromLocationAddress": {
            "Name": "Warehouse 7",
            "AddressLine1": "1 Dock Road",
            "City": "Reno",
            "StateOrRegion": "NV",
            "PostalCode": "89501",
            "CountryCode": "US",
        },
        "ShippingAddress": {"City": city, "StateOrRegion": region, "PostalCode": code, "CountryCode": "US"},
        "BuyerInfo": {"BuyerEmail": f"{digits(14)}@marketplace.example", "BuyerName": f"Buyer {number}"},
    }


def page(number: int) -> Page:
    chance = random.Random(number)
    orders = [order(chance, number * ORDERS + i) for i in range(ORDERS)]
    body = orjson.dumps(
        {"payload": {"Orders": orders, "CreatedBefore": "2026-12-31T00:00:00Z", "NextToken": "x" * 200}}
    )
    return Page(Call(Operation("getOrders", "orders", "v0", "GET", "/orders/v0/orders")), number, body)


def pick(holder: Any, names: list[str]) -> Any:
    for name in names:
        holder = None if holder is None else holder.get(name)
    return holder


def by_pyarrow(pages: list[Page], typed: Mapping[str, DeclaredType], schema: pa.Schema) -> pa.RecordBatch:
    """What one writes without us: objects to flat rows, Table.from_pylist, casts."""
    paths = [(member, member.split("."), declared == "json") for member, declared in typed.items()]
    rows = []
    for each in pages:
        for item in orjson.loads(each.body)["payload"]["Orders"]:
            row = {member: pick(item, names) for member, names, _ in paths}
            for member, _, is_json in paths:
                if is_json and row[member] is not None:
                    row[member] = orjson.dumps(row[member]).decode()
            rows.append(row)
    as_sent: dict[str, pa.DataType] = {"int64": pa.int64(), "bool": pa.bool_()}
    loose = pa.schema([(member, as_sent.get(declared, pa.utf8())) for member, declared in typed.items()])
    return pa.Table.from_pylist(rows, schema=loose).cast(schema).combine_chunks().to_batches()[0]


def medians(candidates: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, run in candidates.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def main() -> None:
    pages = [page(number) for number in range(PAGES)]
    wide = members()
    narrow: dict[str, DeclaredType] = {member: wide[member] for member in PROJECTED.split()}
    wide_columns, narrow_columns = columns_of(wide), columns_of(narrow)
    decode_wide, decode_narrow = decoder(ROW_PATH, wide_columns), decoder(ROW_PATH, narrow_columns)
    for decode, typed, columns in ((decode_wide, wide, wide_columns), (decode_narrow, narrow, narrow_columns)):
        assert decode(pages).equals(by_pyarrow(pages, typed, arrow_schema(columns))), "results differ"
    size = sum(len(each.body) for each in pages)
    print(f"{PAGES} pages, {size / PAGES / 1000:.0f} KB each, {PAGES * ORDERS} rows; results equal pyarrow's own")

    taken = medians(
        {
            "orjson.loads alone": lambda: [orjson.loads(each.body) for each in pages],
            f"{len(wide)} columns": lambda: decode_wide(pages),
            f"{len(narrow)} of {len(wide)} columns": lambda: decode_narrow(pages),
            "one page at a time, 80 columns": lambda: [decode_wide([each]) for each in pages],
            "orjson + Table.from_pylist, 80 columns": lambda: by_pyarrow(pages, wide, arrow_schema(wide_columns)),
        }
    )
    base = taken["orjson.loads alone"]
    goals = {f"{len(wide)} columns": 2.5, f"{len(narrow)} of {len(wide)} columns": 0.70}
    for name, seconds in taken.items():
        ratio = seconds / base
        goal = goals.get(name)
        verdict = "" if goal is None else f"  goal <= {goal:.2f}: {'PASS' if ratio <= goal else 'over'}"
        print(f"{name:40} {seconds * 1000:8.2f} ms {size / seconds / 1e6:6.0f} MB/s {ratio:6.2f} x orjson{verdict}")


if __name__ == "__main__":
    main()
