"""Names as users write them, and the schemas that a choice of versions gives."""

import re

import pytest

from catalog import Catalog, load
from catalog.errors import AmbiguousTable, CatalogError, UnknownTable
from catalog.table import Column, Table


def table(db_schema: str, name: str) -> Table:
    return Table(db_schema, name, "operation", (Column("id", "string", "id"),))


SEVERAL = Catalog((table("orders", "orders"), table("orders_2026_01_01", "orders"), table("sales", "orders"),
                   table("orders_2026_01_01", "packages"), table("orders_2026_02_02", "packages")))  # fmt: skip


def test_the_default_catalog_is_made_once() -> None:
    assert load() is load()
    assert load().for_versions({}) is load()
    assert load().for_versions({"orders": "v0"}).resolve("orders").db_schema == "orders"


def test_a_name_in_several_schemas_lists_them() -> None:
    with pytest.raises(AmbiguousTable, match=r"write one of: orders\.orders, sales\.orders"):
        SEVERAL.resolve("orders")
    with pytest.raises(AmbiguousTable, match=r"orders_2026_01_01\.packages, orders_2026_02_02\.packages"):
        SEVERAL.resolve("packages")


def test_a_chosen_version_wins_over_other_versions() -> None:
    two = Catalog((table("orders", "orders"), table("orders_2026_01_01", "orders")))
    assert two.resolve("orders").db_schema == "orders"
    assert two.resolve("Orders", "ORDERS_2026_01_01").db_schema == "orders_2026_01_01"


def test_a_foreign_catalog_is_told_with_the_name_that_exists() -> None:
    with pytest.raises(UnknownTable, match=r"did you mean spapi\.orders\?"):
        SEVERAL.resolve("orders", None, "main")


def test_a_version_without_tables_can_be_chosen_and_an_unknown_one_cannot() -> None:
    assert load().for_versions({"reports": "2021-06-30"}).tables == load().tables
    with pytest.raises(CatalogError, match=r"ReportsApiVersion cannot be v1; there is 2021-06-30"):
        load().for_versions({"reports": "v1"})


@pytest.mark.parametrize(
    ("api", "parameter", "default"),
    [
        ("orders", "OrdersApiVersion", "v0"),
        ("sellers", "SellerApiVersion", "v1"),
        ("shipping", "ShippingApiVersion", "v1"),
        ("services", "ServicesApiVersion", "v1"),
        ("fba_inventory", "FbaApiVersion", "v1"),
        ("sales", "SalesApiVersion", "v1"),
        ("reports", "ReportsApiVersion", "2021-06-30"),
        ("product_fees", "ProductsFeesApiVersion", "v0"),
        ("product_pricing", "ProductPricingApiVersion", "v0"),
        ("catalog_items", "CatalogItemsApiVersion", "2022-04-01"),
        ("vendor_orders", "VendorOrdersApiVersion", "v1"),
    ],
)
def test_version_parameters_are_those_of_the_contract(api: str, parameter: str, default: str) -> None:
    (found,) = (each for each in load().apis if each.name == api)
    assert (found.parameter, found.default) == (parameter, default)
    assert default in found.versions


def test_orders_that_do_not_begin_with_digits_can_be_asked_for() -> None:
    for resolved in load().tables:
        for key in resolved.key_columns:
            if key.column == "amazon_order_id":
                assert re.fullmatch(key.pattern, "S02-1234567-7654321"), resolved.qualified_name
                assert not re.fullmatch(key.pattern, "902-1845936-543506"), resolved.qualified_name
