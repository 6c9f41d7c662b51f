"""A name where a query belongs, as pandas' `read_sql("orders.orders", …)` sends it → an error that says what to write.

Knows the catalog, and of grammar only what a name is. One word may be a statement (BEGIN): it is asked after a refusal.
"""

import re

from catalog.catalog import Catalog
from catalog.errors import CatalogError
from flight_server.errors import Unsupported

_PART = r'(?:"(?:[^"]|"")+"|[^\W\d]\w*)'
_NAME = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART}){{0,2}})\s*;?\s*")


def bare_name_refusal(sql: str, catalog: Catalog, preferred_schema: str) -> Unsupported | None:
    """The error for a statement that is but a name; None for any other, whatever is wrong with it."""
    found = _NAME.fullmatch(sql)
    if found is None:
        return None
    parts = [part.strip('"') for part in re.findall(_PART, found[1])]
    db_schema, catalog_name = (parts[-2] if len(parts) > 1 else None), (parts[0] if len(parts) > 2 else None)
    try:
        table = catalog.resolve(parts[-1], db_schema, catalog_name, preferred_schema)
    except CatalogError as error:
        return Unsupported(f"{found[1][:120]} is a name and no query: write SELECT * FROM and a table, but {error}")
    return Unsupported(f"{found[1][:120]} is a table and no query: write SELECT * FROM {table.qualified_name}")
