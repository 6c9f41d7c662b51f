"""Batches whose answers come otherwise than asked: each row stands beside its own item, or the query fails."""

from collections.abc import Callable
from typing import Any

import adbc_driver_manager as driver
import pytest

from tests.end_to_end.tampering import tampered
from tests.server_fixtures import Stack

UNITED_STATES = {"Marketplaces": "ATVPDKIKX0DER"}

SUMMARIES = "SELECT asin, item_condition, total_offer_count AS n FROM product_pricing.item_offers_batch_summary"
PRICES = """SELECT sku, result_status, asin FROM product_pricing_2022_05_01.featured_offer_expected_prices"""
FEES = """SELECT seller_sku, listing_price_amount, status, fees_estimate_total_fees_estimate_amount AS fees
    FROM product_fees.my_fees_estimates"""


def query(stack: Stack, sql: str) -> list[dict[str, Any]]:
    return stack.query(sql, **UNITED_STATES)


def listed(stack: Stack, column: str, count: int) -> str:
    """Some values of listings in the United States, as they stand behind IN."""
    rows = query(stack, f"SELECT DISTINCT {column} FROM fba_inventory.inventory_summaries ORDER BY 1 DESC")
    values = [row[column].replace("'", "''") for row in rows][:count]
    assert len(values) == count
    return "('" + "', '".join(values) + "')"


def reversed_responses(body: Any) -> Any:
    return {**body, "responses": body["responses"][::-1]}


def without_last_response(body: Any) -> Any:
    return {**body, "responses": body["responses"][:-1]}


def with_one_response_twice(body: Any) -> Any:
    return {**body, "responses": [body["responses"][0], *body["responses"][:-1]]}


def one_more_response(body: Any) -> Any:
    return {**body, "responses": [*body["responses"], body["responses"][0]]}


def sorted_rows(stack: Stack, sql: str) -> list[dict[str, Any]]:
    return sorted(query(stack, sql), key=str)


def test_answers_in_another_order_stand_beside_their_own_items(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = f"{SUMMARIES} WHERE asin IN {listed(stack, 'asin', 9)} AND item_condition IN ('New', 'Used')"
    expected = sorted_rows(stack, sql)
    assert len({row["n"] for row in expected}) > 1
    with tampered(monkeypatch, "getItemOffersBatch", reversed_responses):
        assert sorted_rows(stack, sql) == expected


def test_so_do_expected_prices(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = f"{PRICES} WHERE sku IN {listed(stack, 'seller_sku', 9)}"
    expected = sorted_rows(stack, sql)
    assert len({row["sku"] for row in expected}) > 1
    with tampered(monkeypatch, "getFeaturedOfferExpectedPriceBatch", reversed_responses):
        assert sorted_rows(stack, sql) == expected


def test_an_item_at_several_prices_is_told_apart(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = f"""{FEES} WHERE seller_sku IN {listed(stack, "seller_sku", 2)} AND listing_price_amount IN (10, 20.5, 30)
        AND listing_price_currency_code = 'USD'"""
    expected = sorted_rows(stack, sql)
    sent = stack.calls("getMyFeesEstimates")[-1]["body"]
    assert [request["FeesEstimateRequest"]["Identifier"] for request in sent] == ["1", "2", "3", "4", "5", "6"]

    def identified(body: Any) -> Any:
        for number, result in enumerate(body, 1):
            result["FeesEstimateIdentifier"] = {"SellerInputIdentifier": str(number)}
        return body[::-1]

    with tampered(monkeypatch, "getMyFeesEstimates", identified):
        assert sorted_rows(stack, sql) == expected


@pytest.mark.parametrize("change", [without_last_response, one_more_response, with_one_response_twice])
@pytest.mark.parametrize(
    ("operation", "sql"),
    [
        ("getItemOffersBatch", "SELECT count(*) FROM product_pricing.item_offers_batch_summary WHERE asin IN"),
        ("getCompetitiveSummary", "SELECT asin FROM product_pricing_2022_05_01.competitive_summary WHERE asin IN"),
    ],
)
def test_answers_that_do_not_pair_up_with_their_requests_fail_the_query(
    operation: str, sql: str, change: Callable[[Any], Any], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    asins = listed(stack, "asin", 3)
    with tampered(monkeypatch, operation, change), pytest.raises(driver.Error, match="answers"):
        query(stack, f"{sql} {asins}")


def test_an_item_that_is_refused_is_named_wherever_its_answer_stands(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    asins = listed(stack, "asin", 3)
    refused = asins.strip("()").split(", ")[1].strip("'")

    def change(body: Any) -> Any:
        for response in body["responses"]:
            if response["request"]["Asin"] == refused:
                response["status"]["statusCode"] = 500
                response["body"] = {"errors": [{"code": "InternalFailure", "message": "try again"}]}
        return reversed_responses(body)

    with (
        tampered(monkeypatch, "getItemOffersBatch", change),
        pytest.raises(driver.Error, match=f"{refused}.*status 500.*InternalFailure: try again"),
    ):
        query(stack, f"{SUMMARIES} WHERE asin IN {asins}")
