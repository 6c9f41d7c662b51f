"""A key that a batch operation refuses is an error that names it or, with OnItemError=Row, a row that says so."""

import json
import re
from collections.abc import Callable
from typing import Any

import adbc_driver_manager as driver
import pytest

import catalog
from catalog.table import Table
from tests.client.broken_server import Received, Reply
from tests.end_to_end.tampering import tampered
from tests.scripted_amazon import UNHURRIED, scripted_amazon
from tests.server_fixtures import Stack

UNITED_STATES = {"Marketplaces": "ATVPDKIKX0DER"}
AS_ROWS = {**UNITED_STATES, "OnItemError": "Row"}
TABLES = [table for table in catalog.load().tables if table.item_errors is not None and table.kind == "operation"]
BATCHES = [table for table in TABLES if table.request_batch is not None]
OFFERS = "/batches/products/pricing/v0/itemOffers"

Change = Callable[[Any], Any]


def names(tables: list[Table]) -> list[str]:
    return [table.qualified_name for table in tables]


def with_first_refused(status: int, code: str) -> Change:
    """The first of the answers is refused, whatever it was."""

    def change(body: Any) -> Any:
        first = body["responses"][0]
        first["status"]["statusCode"] = status
        first["body"] = {"errors": [{"code": code, "message": "no such thing"}]}
        first["body"]["actionableErrors"] = first["body"]["errors"]
        return body

    return change


def keys_of(table: Table, rows: list[dict[str, Any]]) -> set[tuple[object, ...]]:
    required = [key.column for key in table.key_columns if key.required]
    return {tuple(row[name] for name in required) for row in rows}


@pytest.mark.parametrize("table", TABLES, ids=names(TABLES))
def test_tables_whose_answers_tell_of_failed_items_have_columns_for_them(table: Table) -> None:
    status, error = table.columns_by_name["item_status"], table.columns_by_name["item_error"]
    assert (status.declared_type, error.declared_type) == ("string", "string")


@pytest.mark.parametrize("table", BATCHES, ids=names(BATCHES))
def test_a_refused_key_is_a_row_with_its_key_status_and_error(
    table: Table, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert table.operation is not None
    everything = re.sub("SELECT .* FROM", "SELECT * FROM", table.example)
    with tampered(monkeypatch, table.operation.operation_id, with_first_refused(400, "InvalidInput")):
        rows = stack.query(everything, **AS_ROWS)
        (refused,) = [row for row in rows if row["item_error"] is not None]
        told = stack.query(f"SELECT item_status AS s FROM ({everything}) WHERE item_error IS NOT NULL", **AS_ROWS)
        with pytest.raises(driver.Error, match=r"Amazon refused .* = '.*InvalidInput: no such thing.*OnItemError=Row"):
            stack.query(everything, **UNITED_STATES)
    assert told == [{"s": "400"}]
    assert (refused["item_status"], refused["item_error"]) == ("400", "InvalidInput: no such thing")
    assert None not in next(iter(keys_of(table, [refused])))
    others = [row for row in rows if row["item_error"] is None]
    assert {row["item_status"] for row in others} <= {"200", *map(str, table.empty_statuses)}
    assert not keys_of(table, [refused]) & keys_of(table, others)
    key_columns = {key.column for key in table.key_columns} | {"item_status", "item_error"}
    assert {value for name, value in refused.items() if name not in key_columns} == {None}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_fault_of_amazons_is_no_row(status: int, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    table = next(table for table in BATCHES if table.name == "item_offers_batch")
    with (
        tampered(monkeypatch, "getItemOffersBatch", with_first_refused(status, "")),
        pytest.raises(driver.Error, match=f"status {status}.*try later"),
    ):
        stack.query(table.example, **AS_ROWS, RetryWaitTimeMs="1")


def test_what_amazon_does_not_know_is_still_no_row(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "SELECT asin FROM product_pricing.item_offers_batch_summary WHERE asin IN ('B00ZIAODGE', 'B0D1XD1ZV3')"
    before = stack.query(sql, **AS_ROWS)
    with tampered(monkeypatch, "getItemOffersBatch", with_first_refused(404, "NotFound")):
        assert len(stack.query(sql, **AS_ROWS)) == len([row for row in before if row["asin"] != "B00ZIAODGE"])


def offers_of(received: Received) -> Reply:
    """Two offers of each item; one item is refused."""

    def response(asked: dict[str, Any]) -> dict[str, Any]:
        asin = asked["uri"].split("/")[-2]
        if asin == "B000000500":
            errors = [{"code": "InvalidInput", "message": f"{asin} is an invalid ASIN for marketplace"}]
            return {"status": {"statusCode": 400}, "body": {"errors": errors}, "request": {"Asin": asin}}
        offers = [{"SellerId": seller, "quantityDiscountPrices": [{"quantityTier": 2}]} for seller in ("A1", "A2")]
        payload = {"ASIN": asin, "Summary": {"TotalOfferCount": 2}, "Offers": offers}
        return {"status": {"statusCode": 200}, "body": {"payload": payload}, "request": {"Asin": asin}}

    body = json.loads(received.body)
    return Reply(200, {"responses": [response(asked) for asked in body["requests"]]}, UNHURRIED)


JOINED = """FROM (SELECT 'B' || lpad(CAST(i AS VARCHAR), 9, '0') AS asin FROM range(1000) AS r(i)) AS mine
    JOIN product_pricing.{} AS o USING (asin)"""


def test_one_bad_key_among_a_thousand_costs_no_other_its_answer() -> None:
    with scripted_amazon() as amazon:
        amazon.by_path[OFFERS] = offers_of
        summaries = f"SELECT asin, total_offer_count AS n, item_error {JOINED.format('item_offers_batch_summary')}"
        rows = amazon.query(summaries, OnItemError="Row")
        offers = amazon.query(
            f"SELECT count(*) AS n, count(o.seller_id) AS offers {JOINED.format('item_offers_batch')}",
            OnItemError="Row",
        )
        both = amazon.query(
            "SELECT s.asin, s.item_status, o.seller_id FROM product_pricing.item_offers_batch_summary AS s JOIN "
            "product_pricing.item_offers_batch AS o ON o.asin = s.asin WHERE s.asin IN ('B000000500', 'B000000501') "
            "AND o.asin IN ('B000000500', 'B000000501')",
            OnItemError="Row",
        )
        with pytest.raises(driver.Error, match=r"Amazon refused asin = 'B000000500'.*OnItemError=Row"):
            amazon.query(summaries)
        journal = amazon.query("SELECT warnings FROM system.queries WHERE warnings IS NOT NULL")
    assert len(rows) == 1000
    assert [row for row in rows if row["item_error"] is not None] == [
        {
            "asin": "B000000500",
            "n": None,
            "item_error": "InvalidInput: B000000500 is an invalid ASIN for marketplace",
        }
    ]
    assert offers == [{"n": 1999, "offers": 1998}]
    assert sorted(both, key=str) == [
        {"asin": "B000000500", "item_status": "400", "seller_id": None},
        {"asin": "B000000501", "item_status": "200", "seller_id": "A1"},
        {"asin": "B000000501", "item_status": "200", "seller_id": "A2"},
    ]
    assert "1 key was refused by getItemOffersBatch" in str(journal)
