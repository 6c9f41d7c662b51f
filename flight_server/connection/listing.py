"""Which tables a connection sees: the catalog in its chosen versions, for its type of account.

Knows the catalog and the settings; no SQL and no Flight.
"""

from functools import lru_cache

from catalog.catalog import Catalog
from catalog.table import Table
from flight_server.connection.settings import Settings

_AUDIENCES = {"Seller": ("seller", "both"), "Vendor": ("vendor", "both")}


def listed(catalog: Catalog, settings: Settings) -> Catalog:
    """The catalog with the tables that are of use to the account; the others can still be queried by name."""
    return _for_account(
        catalog.for_versions(settings.api_versions, settings.nested_types == "native"), settings.account_type
    )


@lru_cache(maxsize=64)
def _for_account(catalog: Catalog, account_type: str) -> Catalog:
    tables = tuple(table for table in catalog.tables if table.columns)  # without any: a view of other versions
    if account_type not in _AUDIENCES:
        return catalog if len(tables) == len(catalog.tables) else Catalog(tables)
    others = {api.name for api in catalog.apis if api.audience not in _AUDIENCES[account_type]}
    return Catalog(tuple(table for table in tables if _is_for(table, _AUDIENCES[account_type], others)))


def _is_for(table: Table, audiences: tuple[str, ...], others: set[str]) -> bool:
    if table.report is not None:
        return table.report.audience in audiences
    return _api(table) not in others


def _api(table: Table) -> str:
    return table.operation.api if table.operation is not None else ""
