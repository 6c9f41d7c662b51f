"""Amounts that Amazon computed in doubles: rounded to six digits, never unreadable."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import adbc_driver_manager
import pytest

from tests.scripted_amazon import ScriptedAmazon, scripted_amazon

METRICS = (
    "SELECT * FROM sales.order_metrics WHERE granularity = 'Day' "
    "AND interval_start >= '2026-05-01' AND interval_start < '2026-05-03'"
)


@pytest.fixture(scope="module")
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        yield scripted


def metrics(*prices: str) -> bytes:
    """Sales metrics whose average prices are written so."""
    rows = [
        f'{{"interval":"2026-05-0{day}T00:00Z--2026-05-0{day + 1}T00:00Z","unitCount":3.0,"orderCount":3,'
        f'"averageUnitPrice":{{"currencyCode":"USD","amount":{price}}},'
        '"totalSales":{"currencyCode":"USD","amount":49.99}}'
        for day, price in enumerate(prices, 1)
    ]
    return f'{{"payload":[{",".join(rows)}]}}'.encode()


def test_a_number_with_the_tail_of_a_double_is_rounded_to_the_columns_scale(amazon: ScriptedAmazon) -> None:
    amazon.answer("/sales/v1/orderMetrics", metrics("16.663333333333334", "1.6663333333333334E1"))
    found = amazon.query(METRICS)
    assert [row["average_unit_price_amount"] for row in found] == [Decimal("16.663333")] * 2
    assert [(row["total_sales_amount"], row["unit_count"]) for row in found] == [(Decimal("49.99"), 3)] * 2


def test_a_text_with_more_digits_than_fit_is_an_error(amazon: ScriptedAmazon) -> None:
    amazon.answer("/sales/v1/orderMetrics", metrics('"16.663333333333334"', "1"))
    with pytest.raises(adbc_driver_manager.Error, match="more digits than decimal"):
        amazon.query(METRICS)


@pytest.mark.parametrize("nested_types", ["json", "native"])
def test_fees_inside_arrays_are_rounded_too(amazon: ScriptedAmazon, nested_types: str) -> None:
    fee: dict[str, Any] = {"FeeType": "ReferralFee", "FeeAmount": {"CurrencyCode": "USD", "Amount": 3.4400000000000004}}
    estimate = {"TotalFeesEstimate": fee["FeeAmount"], "FeeDetailList": [fee]}
    result = {"FeesEstimateResult": {"Status": "Success", "FeesEstimate": estimate}}
    amazon.answer("/products/fees/v0/items/B00ZIAODGE/feesEstimate", {"payload": result})
    asked = "WHERE asin = 'B00ZIAODGE' AND listing_price_amount = 19.99 AND listing_price_currency_code = 'USD'"
    table = "product_fees.my_fees_estimate_for_asin"
    (row,) = amazon.query(f"SELECT * FROM {table} {asked}", NestedTypes=nested_types)
    assert row["fees_estimate_total_fees_estimate_amount"] == Decimal("3.44")
    details = row["fees_estimate_fee_detail_list"]
    if nested_types == "native":
        assert details[0]["fee_amount"]["amount"] == Decimal("3.44")
    else:  # JSON text keeps every digit
        assert json.loads(details, parse_float=str)[0]["FeeAmount"]["Amount"] == "3.4400000000000004"
    (child,) = amazon.query(f"SELECT * FROM {table}__fees_estimate_fee_detail_list {asked}")
    assert child["fee_amount_amount"] == Decimal("3.44")
