"""The catalog as the ADBC driver sees it through the whole server, and which part of it a connection is shown."""

from typing import Any

import pyarrow as pa
import pytest

import catalog
from catalog.arrow_types import arrow_schema
from catalog.catalog import Catalog
from flight_server.connection.listing import listed
from flight_server.connection.settings import Settings
from tests.protocol.conftest import Connect
from tests.protocol.raw_client import RawClient


def depth_of(objects: list[dict[str, Any]]) -> str:
    schemas = objects[0]["catalog_db_schemas"]
    if schemas is None:
        return "catalogs"
    tables = schemas[0]["db_schema_tables"]
    if tables is None:
        return "db_schemas"
    return "tables" if tables[0]["table_columns"] is None else "columns"


@pytest.mark.parametrize("depth", ["catalogs", "db_schemas", "tables", "columns"])
def test_adbc_gets_objects_at_every_depth(connect: Connect, depth: str) -> None:
    objects = connect().adbc_get_objects(depth=depth).read_all().to_pylist()
    assert [each["catalog_name"] for each in objects] == ["spapi"]
    assert depth_of(objects) == depth


def test_adbc_gets_a_tables_schema(connect: Connect) -> None:
    found = connect().adbc_get_table_schema("orders", db_schema_filter="orders")
    table = catalog.load().resolve("orders", "orders")
    assert found.equals(arrow_schema(table.columns), check_metadata=False)


def test_adbc_gets_table_types(connect: Connect) -> None:
    assert connect().adbc_get_table_types() == ["SYSTEM TABLE", "TABLE"]


def test_a_bad_parameter_is_told_when_the_catalog_is_read(connect: Connect) -> None:
    connection = connect({"OrdersApiVersion": "v99"})
    with pytest.raises(connection.Error, match="OrdersApiVersion must be one of"):
        connection.adbc_get_objects(depth="tables").read_all()


def test_keys_are_answered(client: RawClient) -> None:
    keys = client.ask("CommandGetPrimaryKeys", db_schema="orders", table="orders")
    assert keys.column("column_name").to_pylist() == ["amazon_order_id"]


@pytest.mark.parametrize(("account_type", "audience"), [("Seller", "vendor"), ("Vendor", "seller")])
def test_an_account_is_not_shown_tables_for_others(account_type: Any, audience: str) -> None:
    whole = catalog.load()
    others = {api.name for api in whole.apis if api.audience == audience}
    shown = listed(whole, Settings(account_type=account_type))
    assert not {table.operation.api for table in shown.tables if table.operation} & others
    audiences = {table.report.audience for table in shown.tables if table.report is not None}
    assert audiences == {"both", account_type.lower()}
    assert {table.name for table in shown.tables if table.kind == "system"}
    reports = [table for table in whole.tables if table.report is not None]
    hidden = sum(table.report is not None and table.report.audience == audience for table in reports)
    assert len(shown.tables) == sum(_api(table) not in others for table in whole.tables) - hidden


def _api(table: catalog.Table) -> str:
    return table.operation.api if table.operation else ""


def test_auto_shows_everything_and_the_same_object_each_time() -> None:
    whole: Catalog = catalog.load()
    assert listed(whole, Settings()) is listed(whole, Settings())
    assert len(listed(whole, Settings()).tables) == len(whole.tables)


@pytest.mark.parametrize("action", ["CreatePreparedStatement", "CancelFlightInfo", "CancelQuery", "SetSessionOptions"])
@pytest.mark.parametrize("body", [b"\xff", b"\x0a\x03abc", b"\x0a\xff\xff\xff\xff\x0f"])
def test_undecodable_bodies_are_refused_in_a_sentence(client: RawClient, action: str, body: bytes) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowNotImplementedError)) as raised:
        client.act(action, body)
    assert "Traceback" not in str(raised.value)
