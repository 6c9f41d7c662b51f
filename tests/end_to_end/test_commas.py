"""Values with a comma, which no list of Amazon's can hold: each is asked for in another way or is an error by name."""

import json
from collections.abc import Iterator

import adbc_driver_manager
import pytest

from tests.client.broken_server import Received, Reply
from tests.scripted_amazon import UNHURRIED, US, ScriptedAmazon, scripted_amazon

INVENTORY = "/fba/inventory/v1/summaries"
PRICES = "/products/pricing/v0/price"
LISTINGS = "/listings/2021-08-01/items/A1"

SKUS = ("a,b", "c", "d", "a", "b")


@pytest.fixture
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        scripted.by_path[INVENTORY] = _inventory
        scripted.by_path[PRICES] = _prices
        scripted.by_path[LISTINGS] = _listings
        yield scripted


def _asked_for(received: Received, listed: str, alone: str = "-") -> tuple[str, ...]:
    """What Amazon reads: a list ends at every comma."""
    if received.parameter(alone):
        return (received.parameter(alone),)
    return tuple(received.parameter(listed).split(",")) if received.parameter(listed) else SKUS


def _inventory(received: Received) -> Reply:
    rows = [{"sellerSku": sku} for sku in _asked_for(received, "sellerSkus", "sellerSku") if sku in SKUS]
    return Reply(200, {"payload": {"inventorySummaries": rows}}, UNHURRIED)


def _prices(received: Received) -> Reply:
    rows = [{"SellerSKU": sku, "status": "Success"} for sku in _asked_for(received, "Skus")]
    return Reply(200, {"payload": rows}, UNHURRIED)


def _listings(received: Received) -> Reply:
    return Reply(200, {"items": [{"sku": sku} for sku in _asked_for(received, "identifiers")]}, UNHURRIED)


def _skus(rows: list[dict[str, str]]) -> list[str]:
    return sorted(row["seller_sku"] for row in rows)


def test_a_value_goes_alone_where_there_is_a_parameter_for_one(amazon: ScriptedAmazon) -> None:
    rows = amazon.query(
        "SELECT seller_sku FROM fba_inventory.inventory_summaries WHERE seller_sku IN ('a,b', 'c', 'd')"
    )
    assert _skus(rows) == ["a,b", "c", "d"]
    asked = {(call.parameter("sellerSkus"), call.parameter("sellerSku")) for call in amazon.asked}
    assert asked == {("c,d", ""), ("", "a,b")}
    assert len(amazon.asked) == 2


def test_so_it_does_when_it_comes_from_a_join(amazon: ScriptedAmazon) -> None:
    rows = amazon.query(
        "SELECT i.seller_sku FROM fba_inventory.inventory_summaries AS i "
        "JOIN listings_items.items AS l ON l.sku = i.seller_sku WHERE l.seller_id = 'A1'"
    )
    assert _skus(rows) == sorted(SKUS)


def test_an_optional_list_is_left_out(amazon: ScriptedAmazon) -> None:
    rows = amazon.query(
        "SELECT sku AS seller_sku FROM listings_items.items WHERE seller_id = 'A1' AND sku IN ('a,b', 'c')"
    )
    assert _skus(rows) == ["a,b", "c"]
    assert [call.parameter("identifiers") for call in amazon.asked] == [""]


def test_keys_of_a_join_are_each_answered_once_where_some_cannot_be_listed(amazon: ScriptedAmazon) -> None:
    for kept in ("'a,b', 'c', 'd', 'a'", "'a,b'", "'c'"):
        rows = amazon.query(
            f"SELECT l.sku AS seller_sku, l.issues FROM (SELECT unnest([{kept}]) AS sku) AS k "
            "JOIN listings_items.items AS l USING (sku) WHERE l.seller_id = 'A1'"
        )
        assert _skus(rows) == sorted(kept.strip("'").split("', '"))


def test_where_neither_can_be_the_value_is_an_error_by_name_before_any_call(amazon: ScriptedAmazon) -> None:
    with pytest.raises(adbc_driver_manager.ProgrammingError, match=r"the value 'a,b' cannot be asked for"):
        amazon.query("SELECT seller_sku FROM product_pricing.pricing WHERE seller_sku IN ('a,b', 'c')")
    assert amazon.asked == []


def test_so_is_one_of_a_join_and_the_error_says_what_to_do(amazon: ScriptedAmazon) -> None:
    joined = (
        "SELECT p.seller_sku FROM fba_inventory.inventory_summaries AS i "
        "JOIN product_pricing.pricing AS p ON p.seller_sku = i.seller_sku AND p.marketplace_id = i.marketplace_id "
        f"WHERE p.marketplace_id = '{US}'"
    )
    with pytest.raises(adbc_driver_manager.ProgrammingError, match=r"'a,b' cannot be asked for; .*NOT LIKE '%,%'"):
        amazon.query(joined)
    rows = amazon.query(f"{joined} AND i.seller_sku NOT LIKE '%,%'")
    assert _skus(rows) == ["a", "b", "c", "d"]


def test_on_item_error_row_passes_the_value_over_with_a_warning(amazon: ScriptedAmazon) -> None:
    sql = "SELECT seller_sku FROM product_pricing.pricing WHERE seller_sku IN ('a,b', 'c')"
    assert _skus(amazon.query(sql, OnItemError="Row")) == ["c"]
    (query,) = amazon.query(f"SELECT warnings FROM system.queries WHERE sql = '{sql.replace(chr(39), chr(39) * 2)}'")
    assert "'a,b' cannot be asked for" in str(query["warnings"])


def test_a_row_of_a_join_holds_one_value_where_a_query_could_say_a_list(amazon: ScriptedAmazon) -> None:
    """`keywords = 'red,shoes'` are two keywords, but a brand of another table's is one."""
    amazon.answer("/catalog/2022-04-01/items", {"items": [{"asin": "B1"}]})
    search = "SELECT s.asin FROM catalog_items.search AS s"
    assert amazon.query(f"{search} WHERE keywords = 'red,shoes'") == [{"asin": "B1"}]
    assert amazon.asked[-1].parameter("keywords") == "red,shoes"
    brands = "(VALUES ('Johnson, Inc'), ('Other')) AS b(brand) ON s.brand_names = b.brand"
    with pytest.raises(adbc_driver_manager.ProgrammingError, match=r"'Johnson, Inc' cannot be asked for"):
        amazon.query(f"{search} JOIN {brands} WHERE s.keywords = 'a'")


def test_one_value_of_a_list_in_a_body_keeps_its_commas(amazon: ScriptedAmazon) -> None:
    path = "/replenishment/2022-11-07/sellingPartners/metrics/search"
    amazon.answer(path, {"metrics": [{"activeSubscriptions": 1}]})
    for value, brands in (("Johnson, Inc", ["Johnson, Inc"]), ('["A", "B, C"]', ["A", "B, C"])):
        rows = amazon.query(
            "SELECT brand_name FROM replenishment.selling_partner_metrics "
            "WHERE requested_start_date >= '2026-05-01' AND requested_end_date <= '2026-06-01' "
            f"AND brand_name = '{value}'"
        )
        assert rows == [{"brand_name": value}]
        assert json.loads(amazon.asked[-1].body)["filters"]["brandNames"] == brands
