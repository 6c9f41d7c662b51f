"""tables, describe, explain and catalog compile."""

from pathlib import Path

import pytest

from tests.cli.running import CommandLine

SPAPI = Path(__file__).parents[3] / "shared/spapi"
MODELS, NEWER = SPAPI / "models", SPAPI / "models-newer"


def test_tables_lists_what_matches_without_credentials(cli: CommandLine) -> None:
    outcome = cli("tables", "orders.*")
    assert outcome.code == 0, outcome.err
    assert "orders.order_items " in outcome.text
    assert "sales.order_metrics" not in outcome.text
    assert "child tables" in outcome.err


def test_child_tables_are_listed_when_they_are_asked_for(cli: CommandLine) -> None:
    assert "orders.order_items__associated_items" in cli("tables", "order_items__*").text


def test_a_pattern_that_no_table_has_is_an_error(cli: CommandLine) -> None:
    outcome = cli("tables", "nothing_like_this")
    assert outcome.code == 1
    assert outcome.err.startswith("spapi-flight: no table has 'nothing_like_this'")


def test_describe_tells_columns_and_what_conditions_become(cli: CommandLine) -> None:
    text = cli("describe", "order_items").text
    assert text.startswith("orders.order_items\n")
    assert "orderId" in text
    assert "item_price_amount" in text


def test_describe_of_no_table_is_an_error(cli: CommandLine) -> None:
    assert cli("describe", "nothing").err.startswith("spapi-flight: there is no table nothing")


def test_explain_names_operation_parameters_and_quota_without_credentials(cli: CommandLine) -> None:
    sql = "SELECT * FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-01-01'"
    outcome = cli("explain", sql, "--marketplaces", "ATVPDKIKX0DER")
    assert outcome.code == 0, outcome.err
    assert "getOrders  GET /orders/v0/orders" in outcome.text
    assert "CreatedAfter=2026-01-01T00:00:00Z" in outcome.text
    assert "quota: 20 at once" in outcome.text


def test_models_are_compiled_into_a_folder(cli: CommandLine, tmp_path: Path) -> None:
    if not MODELS.is_dir():
        pytest.skip("Amazon's models are not on this machine (../shared/spapi)")
    outcome = cli("catalog", "compile", str(MODELS), str(NEWER), "--output", str(tmp_path))
    assert outcome.code == 0, outcome.err
    assert "orders_v0.json" in outcome.text.splitlines()


def test_a_folder_without_models_is_an_error(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("catalog", "compile", str(tmp_path), "--output", str(tmp_path))
    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
