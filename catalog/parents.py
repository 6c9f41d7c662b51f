"""How a stanza names a column of another table; knows neither tables nor files."""

from catalog.table import ParentColumn


def parent_column(text: str, db_schema: str) -> ParentColumn:
    """`table.column` of the same schema, or `schema.table.column`.

    >>> parent_column("orders.amazon_order_id", "orders_v0")
    ParentColumn(db_schema='orders_v0', table='orders', column='amazon_order_id')
    """
    parts = text.split(".")
    return ParentColumn(parts[0] if len(parts) == 3 else db_schema, parts[-2], parts[-1])
