"""`SELECT *` asks for what an account may have; what a query names is asked for, and refused if Amazon refuses."""

import json
from collections.abc import Iterator

import adbc_driver_manager
import pytest
from pyarrow import flight

from tests.client.broken_server import Received, Reply, refusal
from tests.protocol.raw_client import RawClient
from tests.scripted_amazon import UNHURRIED, ScriptedAmazon, scripted_amazon

SEARCH = "/catalog/2022-04-01/items"
LISTING = "/listings/2021-08-01/items/A2EXAMPLE/A-1"
ORDERS = "/orders/v0/orders"
ORDERS_2026 = "/orders/2026-01-01/orders"
TOKEN = "/tokens/2021-03-01/restrictedDataToken"

ITEMS = "catalog_items.search WHERE asin = 'B000000001'"
STAR = f"SELECT * FROM {ITEMS}"
STAR_OF_LISTING = "SELECT * FROM listings_items.item WHERE seller_id = 'A2EXAMPLE' AND sku = 'A-1'"
STAR_OF_ORDERS = "SELECT * FROM orders.orders WHERE purchase_date >= '2026-06-01'"

NO_VENDOR = refusal(400, "InvalidInput", "vendorDetails is for vendors only.", x_amzn_RateLimit_Limit="1000")
FORBIDDEN = refusal(403, "Unauthorized", "Access to requested resource is denied.", x_amzn_RateLimit_Limit="1000")


@pytest.fixture
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        yield scripted


@pytest.fixture(params=[NO_VENDOR, FORBIDDEN], ids=["400", "403"])
def no_vendor(request: pytest.FixtureRequest, amazon: ScriptedAmazon) -> ScriptedAmazon:
    """Amazon before a seller's account: data sets of vendors are refused."""
    refused: Reply = request.param
    item = {"asin": "B000000001", "summaries": [{"itemName": "Wagon"}]}
    for path, told in ((SEARCH, {"items": [item]}), (LISTING, {"sku": "A-1"})):
        amazon.by_path[path] = lambda received, told=told: (  # type: ignore[misc]  # mypy does not infer such lambdas
            refused if {"vendorDetails", "procurement"} & set(included(received)) else Reply(200, told, UNHURRIED)
        )
    return amazon


def included(received: Received) -> list[str]:
    return received.parameter("includedData").split(",")


def included_in_calls(amazon: ScriptedAmazon) -> list[bool]:
    """Of each call since the last time whether it asks for vendors' data."""
    found = [bool({"vendorDetails", "procurement"} & set(included(received))) for received in amazon.asked]
    amazon.asked.clear()
    return found


def warnings(amazon: ScriptedAmazon, sql: str) -> str:
    rows = amazon.query(
        f"SELECT warnings FROM system.queries WHERE sql = '{sql.replace(chr(39), 2 * chr(39))}' "
        "ORDER BY started_at DESC LIMIT 1"
    )
    return rows[0]["warnings"] or ""


def test_a_star_does_without_what_is_refused_and_says_so(no_vendor: ScriptedAmazon) -> None:
    (row,) = no_vendor.query(STAR)
    assert (row["asin"], row["vendor_details"]) == ("B000000001", None)
    assert "Wagon" in row["summaries"]
    assert included_in_calls(no_vendor) == [True, False]
    assert "catalog_items.search: vendor_details" in warnings(no_vendor, STAR)


def test_the_stream_tells_the_warnings_too(no_vendor: ScriptedAmazon) -> None:
    given = no_vendor.connection_parameters()
    with flight.connect(no_vendor.location) as connection:
        client = RawClient(connection, {name.lower(): text for name, text in given.items()})
        info = client.info("CommandStatementQuery", query=STAR)
        chunks = list(connection.do_get(info.endpoints[0].ticket, client.options))
    assert [chunk.data.num_rows for chunk in chunks] == [1, 0]
    (warning,) = json.loads(chunks[-1].app_metadata.to_pybytes())["warnings"]
    assert "catalog_items.search: vendor_details" in warning


def test_what_is_refused_is_remembered_and_every_query_says_so(no_vendor: ScriptedAmazon) -> None:
    no_vendor.query(STAR)
    included_in_calls(no_vendor)
    again = STAR.replace("B000000001", "B000000002")
    no_vendor.query(again)
    assert included_in_calls(no_vendor) == [False]
    assert "vendor_details" in warnings(no_vendor, again)


def test_whoever_may_not_have_one_data_set_of_vendors_is_not_asked_for_another(no_vendor: ScriptedAmazon) -> None:
    no_vendor.query(STAR)
    included_in_calls(no_vendor)
    assert no_vendor.query(STAR_OF_LISTING)[0]["procurement"] is None
    assert included_in_calls(no_vendor) == [False]


def test_another_account_finds_out_for_itself(no_vendor: ScriptedAmazon) -> None:
    no_vendor.query(STAR)
    included_in_calls(no_vendor)
    no_vendor.query(STAR, RefreshToken="Atzr|another")
    assert included_in_calls(no_vendor) == [True, False]


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT vendor_details FROM {ITEMS}",
        f"SELECT *, vendor_details AS v FROM {ITEMS}",
        f"SELECT vendor_details FROM (SELECT * FROM {ITEMS})",
        f"WITH i AS (SELECT * FROM {ITEMS}) SELECT max(vendor_details) FROM i",
        f"SELECT * FROM {ITEMS} AND vendor_details IS NULL",
        f"{STAR} ORDER BY vendor_details",
        f"SELECT DISTINCT ON (vendor_details) * FROM {ITEMS}",
        f"SELECT * RENAME (vendor_details AS v) FROM {ITEMS}",
        f"SELECT s.* FROM (SELECT * FROM {ITEMS}) s JOIN (SELECT 1 AS n) n ON s.vendor_details IS NULL",
        f"SELECT v FROM (SELECT asin FROM {ITEMS} UNION ALL SELECT vendor_details FROM {ITEMS}) AS u(v)",
        f"SELECT vendor_details FROM (SELECT * FROM {ITEMS} UNION ALL SELECT * FROM {ITEMS})",
        "SELECT * FROM catalog_items.search__vendor_details WHERE asin = 'B000000001'",
    ],
)
def test_what_a_query_names_is_asked_for_even_where_it_is_known_to_be_refused(
    no_vendor: ScriptedAmazon, sql: str
) -> None:
    no_vendor.query(STAR)
    with pytest.raises(adbc_driver_manager.Error, match="searchCatalogItems"):
        no_vendor.query(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM (SELECT * FROM {ITEMS}) LIMIT 3",
        f"SELECT t.* FROM (SELECT * FROM {ITEMS}) AS t",
        f"WITH i AS (SELECT * FROM {ITEMS}) SELECT * FROM i WHERE asin LIKE 'B%'",
        f"SELECT COLUMNS(*) FROM {ITEMS}",
        "SELECT s FROM catalog_items.search AS s WHERE s.asin = 'B000000001'",
        f"FROM {ITEMS}",
        f"SELECT * EXCLUDE (summaries) FROM {ITEMS}",
        f"SELECT * FROM {ITEMS} UNION ALL SELECT * FROM {ITEMS}",
        f"SELECT count(*) FROM (SELECT * FROM {ITEMS}) ORDER BY 1",
    ],
)
def test_stars_of_every_form_name_nothing(no_vendor: ScriptedAmazon, sql: str) -> None:
    assert no_vendor.query(sql)
    assert "vendor_details" in warnings(no_vendor, sql)


@pytest.mark.parametrize("star", ["* EXCLUDE (vendor_details)", "* REPLACE ('none' AS vendor_details)"])
def test_a_column_that_the_star_leaves_out_is_not_asked_for(no_vendor: ScriptedAmazon, star: str) -> None:
    (row,) = no_vendor.query(f"SELECT {star} FROM {ITEMS}")
    assert row.get("vendor_details", "none") == "none"
    assert included_in_calls(no_vendor) == [False]


@pytest.mark.parametrize(("account_type", "asks"), [("Seller", [False]), ("Vendor", [True])])
def test_the_type_of_account_decides_before_any_call(
    amazon: ScriptedAmazon, account_type: str, asks: list[bool]
) -> None:
    amazon.answer(SEARCH, {"items": [{"asin": "B000000001", "vendorDetails": [{"brandCode": "x"}]}]})
    (row,) = amazon.query(STAR, AccountType=account_type)
    assert included_in_calls(amazon) == asks
    assert row["asin"] == "B000000001"
    (plan,) = amazon.query(f"EXPLAIN {STAR}", AccountType=account_type)
    assert ["vendorDetails" in json.loads(plan["parameters"])["includedData"]] == asks


def test_a_seller_who_names_what_belongs_to_vendors_is_told_what_amazon_says(no_vendor: ScriptedAmazon) -> None:
    with pytest.raises(adbc_driver_manager.Error, match="searchCatalogItems"):
        no_vendor.query(f"SELECT vendor_details FROM {ITEMS}", AccountType="Seller")


def test_explain_shows_what_will_be_sent(no_vendor: ScriptedAmazon) -> None:
    (before,) = no_vendor.query(f"EXPLAIN {STAR}")
    no_vendor.query(STAR)
    (after,) = no_vendor.query(f"EXPLAIN {STAR}")
    assert ["vendorDetails" in json.loads(row["parameters"])["includedData"] for row in (before, after)] == [
        True,
        False,
    ]


def test_several_calls_of_a_query_are_refused_once(no_vendor: ScriptedAmazon) -> None:
    no_vendor.query(f"SELECT * FROM {ITEMS}", Marketplaces="US,CA,MX")
    assert sum(included_in_calls(no_vendor)) == 1


def test_a_refusal_for_another_reason_is_told(amazon: ScriptedAmazon) -> None:
    amazon.answer(SEARCH, {"errors": [{"code": "InvalidInput", "message": "identifiers are malformed"}]}, status=400)
    with pytest.raises(adbc_driver_manager.Error, match="identifiers are malformed"):
        amazon.query(STAR)
    assert included_in_calls(amazon) == [True, False]
    amazon.answer(SEARCH, {"items": []})
    amazon.query(STAR)
    assert included_in_calls(amazon) == [True]  # nothing was learnt from it


def token(amazon: ScriptedAmazon, *refused: str, status: int = 403) -> None:
    """Restricted data tokens are given, but not for these data elements."""

    def answer(received: Received) -> Reply:
        asked = json.loads(received.body)["restrictedResources"][0].get("dataElements", [])
        if missing := [element for element in asked if element in refused]:
            message = f"Application does not have access to one or more requested data elements: [{missing[0]}]"
            return refusal(status, "Unauthorized", message, x_amzn_RateLimit_Limit="1000")
        return Reply(200, {"restrictedDataToken": "Atz.sprdt|" + ",".join(asked), "expiresIn": 3600}, UNHURRIED)

    amazon.by_path[TOKEN] = answer
    order = {"AmazonOrderId": "902-1845936-5435065", "PurchaseDate": "2026-06-02T00:00:00Z"}

    def orders(received: Received) -> Reply:
        given = received.access_token
        told = {
            **order,
            "ShippingAddress": {"City": "Seattle"} | ({"Name": "A Buyer"} if "shippingAddress" in given else {}),
            "BuyerInfo": {"BuyerName": "A Buyer"} if "buyerInfo" in given else {},
        }
        return Reply(200, {"payload": {"Orders": [told]}}, UNHURRIED)

    amazon.by_path[ORDERS] = orders


ALL_ELEMENTS = ("buyerInfo", "buyerTaxInformation", "shippingAddress")


@pytest.mark.parametrize("status", [400, 403])
def test_restricted_columns_of_a_star_are_null_without_the_roles(amazon: ScriptedAmazon, status: int) -> None:
    token(amazon, *ALL_ELEMENTS, status=status)
    (row,) = amazon.query(STAR_OF_ORDERS)
    assert row["shipping_address_city"] == "Seattle"
    assert row["buyer_info_buyer_name"] is row["shipping_address_name"] is None
    told = warnings(amazon, STAR_OF_ORDERS)
    for column in ("buyer_info_buyer_name", "shipping_address_name", "buyer_tax_information_buyer_tax_office"):
        assert column in told
    amazon.asked.clear()
    amazon.query(STAR_OF_ORDERS)
    assert [received.path for received in amazon.asked] == [ORDERS]


def test_the_elements_that_an_account_may_have_are_told_all_the_same(amazon: ScriptedAmazon) -> None:
    token(amazon, "buyerInfo", "buyerTaxInformation")
    (row,) = amazon.query(STAR_OF_ORDERS)
    assert (row["shipping_address_name"], row["buyer_info_buyer_name"]) == ("A Buyer", None)
    told = warnings(amazon, STAR_OF_ORDERS)
    assert "buyer_info_buyer_name" in told
    assert "shipping_address" not in told


def test_a_star_has_restricted_columns_with_the_roles(amazon: ScriptedAmazon) -> None:
    token(amazon)
    (row,) = amazon.query(STAR_OF_ORDERS)
    assert row["buyer_info_buyer_name"] == row["shipping_address_name"] == "A Buyer"
    assert warnings(amazon, STAR_OF_ORDERS) == ""


@pytest.mark.parametrize(
    ("sql", "setting"),
    [
        ("SELECT buyer_info_buyer_name FROM orders.orders WHERE purchase_date >= '2026-06-01'", "Auto"),
        (f"{STAR_OF_ORDERS} AND buyer_info_buyer_name IS NULL", "Auto"),
        (STAR_OF_ORDERS, "Always"),
    ],
)
def test_restricted_columns_that_are_named_or_always_asked_for_are_an_error_without_the_role(
    amazon: ScriptedAmazon, sql: str, setting: str
) -> None:
    token(amazon, *ALL_ELEMENTS)
    with pytest.raises(adbc_driver_manager.Error, match=r"no restricted data token.*PermissionDenied"):
        amazon.query(sql, RestrictedData=setting)


def test_an_operation_that_refuses_the_token_itself_is_asked_without(amazon: ScriptedAmazon) -> None:
    token(amazon)
    answered = amazon.by_path[ORDERS]
    amazon.by_path[ORDERS] = lambda received: (
        FORBIDDEN if received.access_token.startswith("Atz.sprdt") else answered(received)
    )
    (row,) = amazon.query(STAR_OF_ORDERS)
    assert row["buyer_info_buyer_name"] is None
    assert "buyer_info_buyer_name" in warnings(amazon, STAR_OF_ORDERS)


def test_data_sets_that_need_a_role_without_a_token_are_left_out_of_a_star(amazon: ScriptedAmazon) -> None:
    order = {"orderId": "1", "createdTime": "2026-06-02T00:00:00Z"}

    def answer(received: Received) -> Reply:
        is_refused = {"BUYER", "RECIPIENT"} & set(included(received))
        return FORBIDDEN if is_refused else Reply(200, {"orders": [order]}, UNHURRIED)

    amazon.by_path[ORDERS_2026] = answer
    sql = "SELECT * FROM orders_2026_01_01.orders WHERE created_time >= '2026-06-01'"
    (row,) = amazon.query(sql)
    assert (row["order_id"], row["buyer_buyer_name"]) == ("1", None)
    assert "buyer_buyer_name" in warnings(amazon, sql)
