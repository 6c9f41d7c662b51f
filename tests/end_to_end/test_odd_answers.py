"""Answers that Amazon should not send but does, through SQL: the same rows, or an error that says what was wrong."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import adbc_driver_manager as driver
import pytest

from tests.client.broken_server import Received, Reply
from tests.scripted_amazon import UNHURRIED, ScriptedAmazon, scripted_amazon

ORDERS = "SELECT amazon_order_id, order_status FROM orders.orders WHERE purchase_date > '2026-06-01' ORDER BY ALL"
PATH = "/orders/v0/orders"
OFFERS = "SELECT asin, item_condition, total_offer_count AS n FROM product_pricing.item_offers_batch_summary"
BATCH = "/batches/products/pricing/v0/itemOffers"


@pytest.fixture(scope="module")
def running() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as amazon:
        yield amazon


@pytest.fixture
def amazon(running: ScriptedAmazon) -> ScriptedAmazon:
    running.by_path.clear()
    running.amazon.calls.clear()
    return running


def order(number: int = 1, status: str = "Shipped") -> dict[str, str]:
    return {"AmazonOrderId": str(number), "OrderStatus": status, "PurchaseDate": "2026-06-02T00:00:00Z"}


def row(number: int = 1, status: str = "Shipped") -> dict[str, str]:
    return {"amazon_order_id": str(number), "order_status": status}


def offers(asin: str, status: int = 200, **body: Any) -> dict[str, Any]:
    request = {"MarketplaceId": "ATVPDKIKX0DER", "ItemCondition": "New", "Asin": asin}
    held = {"payload": {"ASIN": asin, "Summary": {"TotalOfferCount": 3}}} if status == 200 else {}
    return {"status": {"statusCode": status, "reasonPhrase": "?"}, "request": request, "body": {**held, **body}}


def refused(amazon: ScriptedAmazon, sql: str, **parameters: str) -> str:
    with pytest.raises(driver.Error) as caught:
        amazon.query(sql, **parameters)
    return str(caught.value)


def test_page_tokens_follow_the_envelope(amazon: ScriptedAmazon) -> None:
    amazon.answer(
        PATH,
        {"Orders": [order(1)], "NextToken": "t1"},
        {"payload": {"Orders": [order(2)]}, "NextToken": "t2"},
        {"payload": {"Orders": [order(3)], "NextToken": None}},
    )
    assert amazon.query(ORDERS) == [row(1), row(2), row(3)]
    assert [call.parameter("NextToken") for call in amazon.asked] == ["", "t1", "t2"]


@pytest.mark.parametrize("body", [{}, None, [], {"payload": {}}, {"payload": None}, {"payload": {"Orders": []}}])
def test_an_empty_answer_is_no_rows(amazon: ScriptedAmazon, body: object) -> None:
    amazon.answer(PATH, body)
    assert amazon.query(ORDERS) == []


@pytest.mark.parametrize("body", [{}, None, [], {"payload": {}}, {"payload": None}, {"errors": []}])
def test_an_empty_answer_about_one_thing_is_no_row(amazon: ScriptedAmazon, body: object) -> None:
    amazon.answer("/catalog/2022-04-01/items/B000000001", body)
    assert amazon.query("SELECT * FROM catalog_items.item WHERE asin = 'B000000001'") == []


@pytest.mark.parametrize("body", [{"orders": [order()]}, {"payload": {"orders": [order()]}}, [{"orderId": "1"}]])
def test_an_answer_that_is_not_understood_is_no_empty_table(amazon: ScriptedAmazon, body: object) -> None:
    amazon.answer(PATH, body, x_amzn_RequestId="r-1")
    message = refused(amazon, ORDERS)
    assert "getOrders (HTTP 200) cannot be understood" in message
    assert "r-1" in message


def test_rows_beside_errors_are_an_error_with_all_of_them(amazon: ScriptedAmazon) -> None:
    errors = [{"code": "A", "message": "one"}, {"code": "B", "message": "two", "details": "three"}]
    amazon.answer(PATH, {"payload": {"Orders": [order()]}, "errors": errors})
    assert "A: one; B: two three" in refused(amazon, ORDERS)
    amazon.answer(PATH, {"payload": {"Orders": [order()], "errors": errors}})
    assert "A: one; B: two three" in refused(amazon, ORDERS)
    amazon.answer(PATH, {"payload": {"Orders": [order()]}, "errors": []})
    assert amazon.query(ORDERS) == [row()]


def test_what_is_wrong_with_an_invoice_is_a_column(amazon: ScriptedAmazon) -> None:
    errors = [{"code": "BadTax", "message": "no such rate"}]
    amazon.answer(
        "/delivery/2022-07-01/invoice/status",
        {"amazonOrderId": "902-1845936-5435065", "invoiceStatus": "Errored", "errors": errors},
    )
    (found,) = amazon.query(
        "SELECT invoice_status, errors FROM delivery_shipment_invoice.invoice_status "
        "WHERE amazon_order_id = '902-1845936-5435065' AND program_type = 'EasyShip'"
    )
    assert found["invoice_status"] == "Errored"
    assert json.loads(found["errors"]) == errors


def test_warnings_among_the_errors_are_warnings_of_the_query(amazon: ScriptedAmazon) -> None:
    warning = {"code": "W", "message": "an old job", "errorLevel": "WARNING"}
    amazon.answer("/service/v1/serviceJobs", {"payload": {"jobs": [{"serviceJobId": "1"}]}, "errors": [warning]})
    assert amazon.query("SELECT service_job_id FROM services.service_jobs") == [{"service_job_id": "1"}]
    told = amazon.query("SELECT warnings FROM system.queries WHERE warnings IS NOT NULL")
    assert "Amazon warns in an answer of getServiceJobs: W: an old job" in told[-1]["warnings"].split("\n")


@pytest.mark.parametrize("charset", ["ISO-8859-1", "Shift_JIS", "UTF-16", "utf-8"])
def test_the_charset_is_believed(amazon: ScriptedAmazon, charset: str) -> None:
    status = "日本" if charset == "Shift_JIS" else "Größe"
    body = json.dumps({"payload": {"Orders": [order(status=status)]}}, ensure_ascii=False).encode(charset)
    amazon.answer(PATH, body, Content_Type=f"application/json; charset={charset}")
    assert amazon.query(ORDERS) == [row(status=status)]


def test_a_charset_that_does_not_fit_is_an_error(amazon: ScriptedAmazon) -> None:
    body = json.dumps({"payload": {"Orders": [order(status="Größe")]}}, ensure_ascii=False).encode("latin-1")
    amazon.answer(PATH, body, Content_Type="application/json")
    assert "it is not UTF-8" in refused(amazon, ORDERS)
    amazon.answer(PATH, body, Content_Type="application/json; charset=klingon")
    assert "nobody knows its charset 'klingon'" in refused(amazon, ORDERS)


def test_cut_emojis_and_raw_control_characters_are_read(amazon: ScriptedAmazon) -> None:
    amazon.answer(
        PATH,
        rb'{"payload": {"Orders": [{"AmazonOrderId": "1", "OrderStatus": "a\ud83d", '
        b'"PurchaseDate": "2026-06-02T00:00:00Z", "New": "\xed\xa0\x80"}, '
        b'{"AmazonOrderId": "2", "OrderStatus": "b\tc\x01\n", "PurchaseDate": "2026-06-02T00:00:00Z"}]}}',
    )
    assert amazon.query(ORDERS) == [row(1, "a\ufffd"), row(2, "b\tc\x01\n")]


def test_a_cut_packed_answer_is_asked_for_again(amazon: ScriptedAmazon) -> None:
    packed = gzip.compress(json.dumps({"payload": {"Orders": [order()]}}).encode())
    amazon.answer(PATH, packed[:-10], packed[: len(packed) // 2], packed, Content_Encoding="gzip")
    assert amazon.query(ORDERS, RetryWaitTimeMs="1") == [row()]
    assert len(amazon.asked) == 3


def test_brackets_without_end_are_an_answer_that_cannot_be_read(amazon: ScriptedAmazon) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    amazon.answer(PATH, b'{"payload": {"Orders": [{"AmazonOrderId": "1", "Unknown": ' + deep + b"}]}}")
    assert "nested too deeply" in refused(amazon, ORDERS)


@pytest.mark.parametrize("depth", [*range(100, 1000, 60)])
def test_there_is_no_depth_at_which_it_is_an_internal_error(amazon: ScriptedAmazon, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    held = b'{"AmazonOrderId": "1", "PurchaseDate": "2026-06-02T00:00:00Z", "PaymentExecutionDetail": [' + deep + b"]}"
    amazon.answer(PATH, b'{"payload": {"Orders": [' + held + b"]}}")
    sql = "SELECT amazon_order_id, payment_execution_detail FROM orders.orders WHERE purchase_date > '2026-06-01'"
    for nested in ("json", "native"):
        try:
            (found,) = amazon.query(sql, NestedTypes=nested)
            assert found["amazon_order_id"] == "1"
        except driver.Error as error:
            assert "cannot be read" in str(error)  # either is right, and where it changes is not ours


def test_a_fault_inside_a_success_is_amazons_and_tried_again(amazon: ScriptedAmazon) -> None:
    fault = {"errors": [{"code": "InternalFailure", "message": "sorry"}]}
    amazon.answer(PATH, fault, {"payload": {"Orders": [order()]}})
    assert amazon.query(ORDERS, RetryWaitTimeMs="1") == [row()]
    amazon.answer(PATH, fault)
    with pytest.raises(driver.OperationalError, match=r"could not answer getOrders.*InternalFailure: sorry"):
        amazon.query(ORDERS, RetryWaitTimeMs="1")


def test_a_batch_that_is_gone_is_no_empty_table(amazon: ScriptedAmazon) -> None:
    sql = f"{OFFERS} WHERE asin IN ('B000000001', 'B000000002') AND item_condition = 'New'"
    amazon.answer(BATCH, {"errors": [{"code": "NotFound", "message": "no such operation"}]}, status=404)
    assert "NotFound: no such operation" in refused(amazon, sql)
    gone = {"errors": [{"code": "NotFound", "message": "no such item"}]}
    amazon.answer(BATCH, {"responses": [offers("B000000001"), offers("B000000002", 404, **gone)]})
    found = amazon.query(sql)
    if found:  # where the stanza says that such an item has no rows
        assert [each["asin"] for each in found] == ["B000000001"]


def test_a_batch_in_other_envelopes_keeps_its_rows_beside_their_items(amazon: ScriptedAmazon) -> None:
    sql = f"{OFFERS} WHERE asin IN ('B000000001', 'B000000002') AND item_condition = 'New' ORDER BY asin"
    answers = [offers("B000000002"), offers("B000000001")]
    bare = [{**each, "body": each["body"]["payload"]} for each in answers]
    for body in ({"responses": answers}, {"payload": {"responses": answers}}, answers, {"responses": bare}):
        amazon.answer(BATCH, body)
        assert [each["asin"] for each in amazon.query(sql)] == ["B000000001", "B000000002"]


def test_an_item_that_is_throttled_lets_the_batch_be_asked_again(amazon: ScriptedAmazon) -> None:
    sql = f"{OFFERS} WHERE asin IN ('B000000001', 'B000000002') AND item_condition = 'New' ORDER BY asin"
    busy = {"errors": [{"code": "QuotaExceeded", "message": "slow down"}]}
    first, second = offers("B000000001"), offers("B000000002")
    amazon.answer(BATCH, {"responses": [first, offers("B000000002", 429, **busy)]}, {"responses": [first, second]})
    assert [each["n"] for each in amazon.query(sql, RetryWaitTimeMs="1")] == [3, 3]
    amazon.answer(BATCH, {"responses": [first, offers("B000000002", 429, **busy)]})
    with pytest.raises(driver.OperationalError, match=r"quota exhausted.*B000000002.*QuotaExceeded: slow down"):
        amazon.query(sql, RetryMode="None")


@pytest.mark.parametrize("body", [b"<html>Not Found</html>", {"message": None}, b""])
def test_a_404_of_a_gateway_is_no_missing_row(amazon: ScriptedAmazon, body: object) -> None:
    path = "/orders/v0/orders/902-1845936-5435065"
    sql = """SELECT * FROM orders."order" WHERE amazon_order_id = '902-1845936-5435065'"""
    amazon.answer(path, body, status=404)
    assert "check Endpoint" in refused(amazon, sql, RestrictedData="Never")
    amazon.answer(path, {"errors": [{"code": "NotFound", "message": "none"}]}, status=404)
    assert amazon.query(sql, RestrictedData="Never") == []


def test_counted_pages_are_read_to_their_end_in_either_envelope(amazon: ScriptedAmazon) -> None:
    def answer(received: Received) -> Reply:
        offset = json.loads(received.body)["pagination"]["offset"]
        held = {"offers": [{"sku": f"s{offset}-{n}"} for n in range(100 if not offset else 1)]}
        body: dict[str, Any] = {**held, "pagination": {"totalResults": 101}}
        return Reply(200, {"payload": body} if not offset else body, UNHURRIED)

    amazon.by_path["/replenishment/2022-11-07/offers/search"] = answer
    assert amazon.query("SELECT count(DISTINCT sku) AS n FROM replenishment.offers")[0]["n"] == 101
