"""Values of a form that, by the catalog, no value has: an error where a query names one.

Its author would wait in vain for a row; a key that only a join brings is passed over instead (`key_tuples`). Amazon's
sandbox answers made-up values alone, so there every one is asked for. Pure; knows no call.
"""

import re
from collections.abc import Mapping

from catalog.forms import example_of
from catalog.table import KeyColumn, Table
from flight_server.errors import QueryError
from flight_server.planner.asking.parameters import parameter_of
from flight_server.planner.asking.spelling import asked_text
from flight_server.planner.conditions.ranges import Domain, Values

_CHARACTERS_QUOTED = 100


def can_exist(value: str, key: KeyColumn) -> bool:
    """Whether the declaration leaves it possible that such a value exists at all."""
    return not key.pattern or re.fullmatch(key.pattern, value) is not None


def refuse_other_forms(table: Table, domains: Mapping[str, Domain]) -> None:
    """Raise QueryError where a condition names a value that cannot exist."""
    for key in table.key_columns:
        domain = domains.get(key.column)
        if not key.pattern or not isinstance(domain, Values):
            continue
        parameter = parameter_of(table, key.in_ or key.eq)
        for value in sorted(asked_text(each, parameter) for each in domain.values):
            if not can_exist(value, key):
                raise QueryError(_no_such_value(value, key, table))


def _no_such_value(value: str, key: KeyColumn, table: Table) -> str:
    quoted = value if len(value) <= _CHARACTERS_QUOTED else f"{value[:_CHARACTERS_QUOTED]}…"
    example = example_of(key.pattern)
    shown = f", for example {example}" if example else ""
    return (
        f"{table.qualified_name}: {key.column} cannot be '{quoted}', since every value has the form {key.pattern}"
        f"{shown}; correct it or leave it out; only with Sandbox=True are values of any form asked for"
    )
