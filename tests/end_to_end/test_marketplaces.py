"""Which marketplaces are asked for: what an account of long standing lists is more than marketplaces."""

from collections.abc import Iterator
from typing import Any

import adbc_driver_manager
import pytest

from tests.client.broken_server import Received, Reply, refusal
from tests.scripted_amazon import UNHURRIED, ScriptedAmazon, scripted_amazon

US, CA, DE, BR = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1PA6795UKMFR9", "A2Q3Y263D00KWC"
NON_AMAZON_US, SI_PROD, NON_AMAZON_CA = "A3H6HPSLHAK3XG", "AZXD3QD5B39HD", "A1MQXOICRS2Z7M"
NEW_STORE = "A1NEWSTORE0001"

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
INVENTORY = "/fba/inventory/v1/summaries"
METRICS = "/sales/v1/orderMetrics"

SKUS = "SELECT seller_sku FROM fba_inventory.inventory_summaries"
ORDER_COUNT = (
    "SELECT order_count FROM sales.order_metrics "
    "WHERE granularity = 'Total' AND interval_start >= '2026-06-01' AND interval_start < '2026-06-08'"
)


def participation(identifier: str, name: str, domain: str, takes_part: bool = True) -> dict[str, Any]:
    marketplace = {"id": identifier, "name": name, "countryCode": "US", "domainName": domain}
    return {
        "marketplace": marketplace,
        "participation": {"isParticipating": takes_part, "hasSuspendedListings": False},
    }


OF_LONG_STANDING = [
    participation(US, "Amazon.com", "www.amazon.com"),
    participation(NON_AMAZON_US, "Non-Amazon US", "sim1.stores.amazon.com"),
    participation(SI_PROD, "SI Prod Marketplace", "siprod.stores.amazon.com"),
    participation(CA, "Amazon.ca", "www.amazon.ca"),
    participation(NON_AMAZON_CA, "SI CA Prod Marketplace", "siprod.stores.amazon.ca"),
    participation(DE, "Amazon.de", "www.amazon.de"),
    participation(BR, "Amazon.com.br", "www.amazon.com.br", takes_part=False),
]


@pytest.fixture
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        yield scripted


def lists(amazon: ScriptedAmazon, *participations: dict[str, Any]) -> None:
    amazon.answer(PARTICIPATIONS, {"payload": list(participations)})
    amazon.by_path[INVENTORY] = _inventory
    amazon.answer(METRICS, {"payload": [{"interval": "2026-06-01T00:00Z--2026-06-08T00:00Z", "orderCount": 1}]})


def _inventory(received: Received) -> Reply:
    summary = {"sellerSku": received.parameter("granularityId")}
    granularity = {"granularityType": "Marketplace", "granularityId": received.parameter("granularityId")}
    payload = {"granularity": granularity, "inventorySummaries": [summary]}
    return Reply(200, {"payload": payload}, UNHURRIED)


def asked(amazon: ScriptedAmazon, sql: str, **parameters: str) -> list[str]:
    """The marketplaces that are asked for, sorted: each row tells the one that it was asked for."""
    return sorted(row["seller_sku"] for row in amazon.query(sql, Marketplaces="", **parameters))


def warnings(amazon: ScriptedAmazon, sql: str) -> str:
    rows = amazon.query(
        f"SELECT warnings FROM system.queries WHERE sql = '{sql.replace(chr(39), 2 * chr(39))}' "
        "ORDER BY started_at DESC LIMIT 1"
    )
    return rows[0]["warnings"] or ""


def test_what_is_no_marketplace_is_not_asked_for(amazon: ScriptedAmazon) -> None:
    lists(amazon, *OF_LONG_STANDING)
    assert asked(amazon, SKUS, Region="NA") == sorted([US, CA])
    assert warnings(amazon, SKUS) == ""


def test_the_region_that_is_asked_decides(amazon: ScriptedAmazon) -> None:
    lists(amazon, *OF_LONG_STANDING)
    assert asked(amazon, SKUS, Region="EU") == [DE]


def test_a_stand_in_of_amazon_is_of_every_region_unless_one_is_asked(amazon: ScriptedAmazon) -> None:
    lists(amazon, *OF_LONG_STANDING)
    assert asked(amazon, SKUS) == sorted([US, CA, DE])


def test_a_store_that_nobody_knows_yet_is_left_out_with_a_warning_and_can_be_named(amazon: ScriptedAmazon) -> None:
    lists(amazon, *OF_LONG_STANDING, participation(NEW_STORE, "Amazon.xy", "www.amazon.xy"))
    assert NEW_STORE not in asked(amazon, SKUS)
    assert "Amazon.xy (A1NEWSTORE0001)" in warnings(amazon, SKUS)
    assert asked(amazon, f"{SKUS} WHERE marketplace_id = '{NEW_STORE}'") == [NEW_STORE]


@pytest.mark.parametrize("identifier", [US, DE, NON_AMAZON_US])
def test_a_marketplace_that_a_query_names_is_asked_for_if_the_account_lists_it(
    amazon: ScriptedAmazon, identifier: str
) -> None:
    lists(amazon, *OF_LONG_STANDING)
    assert asked(amazon, f"{SKUS} WHERE marketplace_id = '{identifier}'", Region="NA") == [identifier]


def test_a_named_participation_that_is_no_marketplace_is_asked_for_even_without_taking_part(
    amazon: ScriptedAmazon,
) -> None:
    lists(amazon, participation(NON_AMAZON_US, "Non-Amazon US", "sim1.stores.amazon.com", takes_part=False))
    assert asked(amazon, f"{SKUS} WHERE marketplace_id = '{NON_AMAZON_US}'") == [NON_AMAZON_US]


@pytest.mark.parametrize("identifier", [BR, "A1F83G8C2ARO7P"])
def test_a_named_marketplace_in_which_the_account_takes_no_part_has_no_rows_and_a_warning(
    amazon: ScriptedAmazon, identifier: str
) -> None:
    lists(amazon, *OF_LONG_STANDING)
    sql = f"{SKUS} WHERE marketplace_id IN ('{identifier}', '{US}')"
    assert asked(amazon, sql) == [US]
    assert f"takes no part in marketplace {identifier}" in warnings(amazon, sql)


def test_an_account_without_any_marketplace_is_told_what_it_lists(amazon: ScriptedAmazon) -> None:
    lists(amazon, *(each for each in OF_LONG_STANDING if each["marketplace"]["id"] not in (US, CA)))
    with pytest.raises(adbc_driver_manager.Error) as caught:
        amazon.query(SKUS, Marketplaces="", Region="NA")
    for told in ("Region NA", "Non-Amazon US (A3H6HPSLHAK3XG)", "Amazon.de", "takes no part", "Marketplaces"):
        assert told in str(caught.value)


def test_whoever_lists_no_marketplaces_sets_or_names_them(amazon: ScriptedAmazon) -> None:
    lists(amazon)
    amazon.by_path[PARTICIPATIONS] = lambda _: refusal(403, "Unauthorized", "no seller", x_amzn_RateLimit_Limit="1000")
    with pytest.raises(adbc_driver_manager.Error, match=r"no seller.*a vendor sets Marketplaces"):
        amazon.query(SKUS, Marketplaces="")
    assert asked(amazon, f"{SKUS} WHERE marketplace_id = '{US}'") == [US]
    assert [received.path for received in amazon.asked] == [PARTICIPATIONS, INVENTORY]


@pytest.mark.parametrize("status", [400, 403])
def test_the_error_of_a_refused_call_names_its_marketplace(amazon: ScriptedAmazon, status: int) -> None:
    lists(amazon, *OF_LONG_STANDING)
    amazon.by_path[METRICS] = lambda received: (
        refusal(status, "InvalidInput", "marketplaceIds is not supported", x_amzn_RateLimit_Limit="1000")
        if received.parameter("marketplaceIds") == CA
        else Reply(200, {"payload": []}, UNHURRIED)
    )
    with pytest.raises(adbc_driver_manager.Error) as caught:
        amazon.query(ORDER_COUNT, Marketplaces="", Region="NA")
    assert "marketplaceIds is not supported" in str(caught.value)
    assert f"marketplace {CA} (CA)" in str(caught.value)
    assert US not in str(caught.value)


def test_where_an_operation_is_offered_narrows_the_default_but_not_what_a_query_names(amazon: ScriptedAmazon) -> None:
    lists(amazon, *OF_LONG_STANDING)
    methods = "/finances/transfers/2024-06-01/paymentMethods"
    amazon.answer(methods, {"paymentMethods": []})
    sql = "SELECT payment_method_id FROM transfers.payment_methods"
    amazon.query(sql, Marketplaces="")
    assert [each.parameter("marketplaceId") for each in amazon.asked if each.path == methods] == [DE]
    amazon.query(f"{sql} WHERE marketplace_id = '{US}'")
    assert [each.parameter("marketplaceId") for each in amazon.asked if each.path == methods] == [DE, US]
    with pytest.raises(adbc_driver_manager.Error, match="DE, FR, IT, ES, SE, NL, PL, BE"):
        amazon.query(sql, Marketplaces="US")


@pytest.mark.parametrize(("account_type", "expected"), [("Vendor", "US,MX"), ("Auto", "US,MX"), ("Seller", "US")])
def test_where_an_operation_is_offered_to_vendors_only_vendors_ask(
    amazon: ScriptedAmazon, account_type: str, expected: str
) -> None:
    offers = "/replenishment/2022-11-07/offers/search"
    amazon.answer(offers, {"offers": [], "pagination": {"totalResults": 0}})
    amazon.query("SELECT asin FROM replenishment.offers", Marketplaces="US,MX", AccountType=account_type)
    bodies = b" ".join(each.body for each in amazon.asked)
    assert [name for name, id_ in (("US", US), ("MX", "A1AM78C64UM0Y8")) if id_.encode() in bodies] == expected.split(
        ","
    )
