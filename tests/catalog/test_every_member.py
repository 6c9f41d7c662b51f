"""Every member of every answer that Amazon's models describe can be had: as a column, JSON text or child table.

The models are walked here a second time. What need not be had is named, each with its reason.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

import pytest

from catalog.load import load_tables
from catalog.names import column_name
from catalog.table import Table
from tests.catalog.published_models import answers, needs_models

Operation = tuple[str, str, str]

TABLES: dict[Operation, list[Table]] = defaultdict(list)
for _table in load_tables():
    if _table.operation is not None and _table.report is None:
        TABLES[_table.operation.api, _table.operation.api_version, _table.operation.operation_id].append(_table)

ERRORS = re.compile(r"(^|\.)errors\[\]")
"""What went wrong is an error of the query, or a row's own column, where Amazon answers with errors beside data."""

PAGE_TOKENS = re.compile(r"(^|\.)(previousToken|previousPageToken)$")
"""The page before this one."""

ENVELOPES = re.compile(r"^responses\[\]\.(status|headers|request)(\.|$)")
"""Around each answer of a batch: its HTTP status, which fails the query, its headers, and the request repeated."""

_OF_THE_CALL = "says when the call was made: equal queries would have rows that differ"

LEFT_OUT: dict[tuple[str, str], str] = {
    ("getListingOffers", "payload.SKU"): "is asked for, and echoed as seller_sku",
    ("getListingOffersBatch", "responses[].body.payload.SKU"): "is asked for, and echoed as seller_sku",
    ("getOrders", "payload.CreatedBefore"): _OF_THE_CALL,
    ("getOrders", "payload.LastUpdatedBefore"): _OF_THE_CALL,
    ("searchOrders", "createdBefore"): _OF_THE_CALL,
    ("searchOrders", "lastUpdatedBefore"): _OF_THE_CALL,
    ("getShipmentItemsByShipmentId", "payload.NextToken"): "the operation takes no page token",
}


def paging_members(tables: Iterable[Table]) -> set[str]:
    return {member for table in tables if table.paging for member in (table.paging.next, table.paging.total)}


def is_told(member: str, tables: Iterable[Table]) -> bool:
    """Whether a column holds the member or what it stands in, or echoes it under its own name."""
    columns = [column for table in tables for column in table.columns]
    return any(
        (bool(column.member) and (member == column.member or _is_within(member, column.member)))
        or (column.is_echo and column.name in _names(member))
        for column in columns
    )


def _is_within(member: str, outer: str) -> bool:
    return member.startswith((f"{outer}.", f"{outer}[]"))


def _names(member: str) -> set[str]:
    """What an echo of the member may be called: by the end of its path."""
    parts = member.replace("[]", "").split(".")
    return {column_name(".".join(parts[start:])) for start in range(len(parts))}


@needs_models
@pytest.mark.parametrize("operation", sorted(TABLES), ids=".".join)
def test_every_member_of_an_answer_can_be_had(operation: Operation) -> None:
    tables = TABLES[operation]
    known = paging_members(tables)
    missing = [
        leaf.path
        for leaf in answers()[operation]
        if leaf.path not in known
        and not any(pattern.search(leaf.path) for pattern in (ERRORS, PAGE_TOKENS, ENVELOPES))
        and (operation[2], leaf.path) not in LEFT_OUT
        and not is_told(leaf.path, tables)
    ]
    assert not missing


@needs_models
@pytest.mark.parametrize("operation", sorted(TABLES), ids=".".join)
def test_the_compiled_model_has_the_members_that_amazon_describes(operation: Operation) -> None:
    (first, *_) = TABLES[operation]
    assert {leaf.path for leaf in answers()[operation]} == set(first.member_types)


def test_a_recommended_shipping_option_is_told_whole() -> None:
    (tables,) = [tables for operation, tables in TABLES.items() if operation[2] == "retrieveShippingOptions"]
    members = {column.member for table in tables for column in table.columns}
    assert "recommendedShippingOption" in members
    assert len([member for member in members if member.startswith("recommendedShippingOption.")]) >= 28
