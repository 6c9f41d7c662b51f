"""What tables exist: Amazon's operations, declared as SQL tables.

Knows no network, no SQL engine and no protocol. `load()` gives the catalog; everything else is found from it.
"""

from catalog.catalog import Catalog, load
from catalog.table import Column, KeyColumn, Table

__all__ = ["Catalog", "Column", "KeyColumn", "Table", "load"]
