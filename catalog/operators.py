"""Which comparisons on a key column become parameters: what `system.columns` and the table pages show."""

from catalog.table import KeyColumn

_OPERATORS = {"eq": ("=",), "in_": ("=", "IN"), "ge": (">=", ">"), "gt": (">",), "le": ("<=", "<"), "lt": ("<",)}


def parameters_of(key: KeyColumn) -> tuple[str, ...]:
    """The parameters that a key column is bound to, each once."""
    return tuple(dict.fromkeys(getattr(key, kind) for kind in _OPERATORS if getattr(key, kind)))


def operators_of(key: KeyColumn) -> tuple[str, ...]:
    """The SQL operators that bind them.

    >>> operators_of(KeyColumn("purchase_date", ge="CreatedAfter", le="CreatedBefore"))
    ('>=', '>', '<=', '<')
    """
    bound = (kind for kind in _OPERATORS if getattr(key, kind))
    return tuple(dict.fromkeys(operator for kind in bound for operator in _OPERATORS[kind]))


def source_of(key: KeyColumn) -> str:
    """Where a value comes from that the query does not give: a parent's column, a setting or a constant."""
    parent = key.parent
    if parent is not None:
        return f"{parent.db_schema}.{parent.table}.{parent.column}"
    return key.default_from or ", ".join(key.default) or key.earliest
