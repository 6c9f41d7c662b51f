"""Amazon's names → SQL names: snake_case and nothing cleverer.

>>> [sql_name(name) for name in ("AmazonOrderId", "SellerSKU", "ASIN", "IsISPU", "fnSku", "x-amzn-RequestId", "_links")]
['amazon_order_id', 'seller_sku', 'asin', 'is_ispu', 'fn_sku', 'x_amzn_request_id', 'links']
>>> sql_name("supportedDPIs"), sql_name("SKUsList"), sql_name("IsSoldByAB"), sql_name("addressLine1")
('supported_dpis', 'skus_list', 'is_sold_by_ab', 'address_line1')
>>> sql_name("unitsOrderedB2B"), sql_name("aged90PlusDays"), sql_name("p70ForecastUnits"), sql_name("MD5Checksum")
('units_ordered_b2b', 'aged90_plus_days', 'p70_forecast_units', 'md5_checksum')
>>> column_name("OrderTotal.Amount"), column_name("Product.Identifiers.MarketplaceASIN.MarketplaceId")
('order_total_amount', 'product_identifiers_marketplace_asin_marketplace_id')
"""

import re
from collections.abc import Sequence
from functools import cache

_BEFORE_WORD = re.compile(r"([A-Z]+)([A-Z](?!s(?![a-z]))[a-z])")  # the s of `DPIs` and `SKUs` begins no word
_BEFORE_CAPITAL = re.compile(r"([a-z]|(?<![A-Z])[0-9]|[0-9](?=[A-Z][a-z]))([A-Z])")  # `B2B` is one word
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")


@cache
def sql_name(name: str) -> str:
    """One name of Amazon's in snake_case."""
    spaced = _BEFORE_CAPITAL.sub(r"\1_\2", _BEFORE_WORD.sub(r"\1_\2", name))
    return _NOT_A_NAME.sub("_", spaced).strip("_").lower()


@cache  # many tables have the same members
def column_name(member: str) -> str:
    """The name of a flattened member, given relative to its row."""
    return "_".join(sql_name(part) for part in member.replace("[]", "").split("."))


def schema_name(api: str, api_version: str) -> str:
    """The name of a schema that holds one version.

    >>> schema_name("orders", "2026-01-01")
    'orders_2026_01_01'
    """
    return f"{api}_{sql_name(api_version)}"


def primary_key_name(table: str) -> str:
    """What the primary key of a table is called.

    >>> primary_key_name("orders")
    'orders_pkey'
    """
    return f"{table}_pkey"


def foreign_key_name(table: str, columns: Sequence[str]) -> str:
    """What a foreign key of a table is called.

    >>> foreign_key_name("order_items", ["amazon_order_id"])
    'order_items_amazon_order_id_fkey'
    """
    return f"{table}_{'_'.join(columns)}_fkey"
