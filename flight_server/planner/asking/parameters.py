"""Domains of columns → bindings of key columns: what becomes a parameter, what is missing, what excludes what.

Pure data in, pure data out. A binding may always let more rows through than the query wants, never fewer: the engine
checks every condition again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from catalog.table import KeyColumn, Parameter, Table
from flight_server.errors import MissingKeyColumn, QueryError
from flight_server.plan import Binding, KeySupply
from flight_server.planner.asking.body_rules import with_whole_body
from flight_server.planner.asking.companions import with_companions
from flight_server.planner.asking.spelling import as_instant, asked_text, one_step, rounded_down, rounded_up, spell
from flight_server.planner.conditions.ranges import Domain, Range, Value, Values


def bind(
    table: Table, domains: Mapping[str, Domain], supplies: Sequence[KeySupply], now: datetime
) -> tuple[Binding, ...]:
    """Choose the bindings of one scan; raise MissingKeyColumn where a required one has no source."""
    chosen: dict[str, Binding] = {}
    needed = [supply for supply in supplies if len(supply.keys) > 1 or not are_given(supply.keys, table, domains)]
    spoken_of = domains.keys() | {column for supply in needed for column in supply.keys}
    asked = [key for key in table.key_columns if key.column in spoken_of]
    for key_column in sorted(asked, key=lambda key: _rank(key, table, domains, needed)):
        if excluder := _excluder(key_column, chosen):
            _refuse_unasked_echo(key_column, excluder, table, domains)
            continue
        supplied_by = tuple(supply for supply in needed if key_column.column in supply.keys)
        binding = _bind(key_column, table, domains.get(key_column.column), supplied_by, now)
        if binding is not None:
            chosen[key_column.column] = binding
    for key_column in table.key_columns:
        if (key_column.column in chosen or _has_default(key_column)) and not _excluder(key_column, chosen):
            binding = _with_default(key_column, chosen, table, now)
            if binding is not None:
                chosen[key_column.column] = binding
            else:
                chosen.pop(key_column.column, None)
    chosen = with_companions(table, domains, chosen, lambda column: _unasked(column, chosen, table, now))
    _require(table, chosen)
    chosen = with_whole_body(table, chosen)
    return tuple(chosen[key.column] for key in table.key_columns if key.column in chosen)


def are_given(columns: Iterable[str], table: Table, domains: Mapping[str, Domain]) -> bool:
    """Whether the query itself says which values of these key columns to ask for."""
    keys = {key.column: key for key in table.key_columns}
    return all(_given(keys[column], table, domains.get(column)) is not None for column in columns)


def walked_groups(
    table: Table, domains: Mapping[str, Domain], supplies: Sequence[KeySupply]
) -> list[tuple[KeyColumn, ...]]:
    """Key columns whose declared parent must be read, grouped by the parent: its rows tell which keys belong together.

    A group is asked of its parent as soon as one of its keys has no other source.
    """
    groups: dict[tuple[str, str], list[KeyColumn]] = {}
    for key in table.key_columns:
        if key.parent is not None:
            groups.setdefault((key.parent.db_schema, key.parent.table), []).append(key)
    if not groups:
        return []
    supplied = {column for supply in supplies for column in supply.keys}
    return [
        tuple(group)
        for group in groups.values()
        if not are_given((key.column for key in group if key.column not in supplied), table, domains)
    ]


def _rank(
    key: KeyColumn, table: Table, domains: Mapping[str, Domain], supplies: Sequence[KeySupply]
) -> tuple[int, ...]:
    """Narrowest first: where two key columns exclude each other, the first one wins.

    What must be said comes before what may, values before periods, what names rows before what names a class of them.
    """
    domain = domains.get(key.column)
    values = domain.values if isinstance(domain, Values) else None
    is_period = values is None and not any(key.column in supply.keys for supply in supplies)
    return (is_period, not key.required, _width(key, table), values is None, len(values or ()))


def _width(key: KeyColumn, table: Table) -> int:
    """How many rows a value of the column may have: few, some, or a class of all; an echo is known to no row itself."""
    if key.names_rows or is_echo(table, key.column) or (key.column in table.primary_key and not key.default_from):
        return 0
    parameter = parameter_of(table, key.in_ or key.eq)
    is_class = parameter is not None and (parameter.enum or parameter.type == "boolean")
    return 2 if key.values or is_class or key.default_from else 1


def is_selective(key: KeyColumn, table: Table) -> bool:
    """Whether a value of the column asks for few rows, whatever the period."""
    return key.required or _width(key, table) == 0


def is_period(key: KeyColumn, table: Table) -> bool:
    """Whether the operation is meant to be asked for a period of this column."""
    is_ruled = table.window is not None and table.window.column == key.column
    return bool(key.ge or key.gt) and (bool(key.earliest) or is_ruled)


def _excluder(key: KeyColumn, chosen: Mapping[str, Binding]) -> str:
    """The chosen column that this one cannot be bound together with; empty if there is none."""
    if key.column in chosen:
        return ""
    for column, binding in chosen.items():
        if column in key.excludes or key.column in binding.key_column.excludes:
            return column
    return ""


def _refuse_unasked_echo(key: KeyColumn, excluder: str, table: Table, domains: Mapping[str, Domain]) -> None:
    """An echo is null unless it is asked for: a condition on it would leave no row, and nobody would know why."""
    if key.column in domains and is_echo(table, key.column):
        raise QueryError(
            f"{table.qualified_name}: Amazon does not take {key.column} together with {excluder}; leave one of them out"
        )


def is_echo(table: Table, column: str) -> bool:
    """Whether the column returns what was asked for, because no answer holds it."""
    found = table.columns_by_name.get(column)
    return found is not None and found.is_echo


def is_optional_echo(table: Table, column: str) -> bool:
    """Whether the column is an echo that is null unless the query gives it a value."""
    key = next((key for key in table.key_columns if key.column == column), None)
    return key is not None and is_echo(table, column) and not (_has_default(key) or key.parent)


def _bind(
    key: KeyColumn, table: Table, domain: Domain | None, supplies: tuple[KeySupply, ...], now: datetime
) -> Binding | None:
    values = _given(key, table, domain)
    if supplies and (key.eq or key.in_):
        return Binding(key, values=values, setting=key.default_from, supplies=supplies)
    if isinstance(domain, Values) and (key.eq or key.in_):
        return None if values is None else Binding(key, values=values, setting=key.default_from)
    if domain is None or not _has_range(key):
        return None
    return _bind_range(key, table, _as_range(domain), now)


def _given(key: KeyColumn, table: Table, domain: Domain | None) -> tuple[str, ...] | None:
    if not isinstance(domain, Values) or not (key.eq or key.in_):
        return None
    return _askable(key, table, domain)


def _askable(key: KeyColumn, table: Table, domain: Values) -> tuple[str, ...] | None:
    """The values to send, or None where the parameter cannot ask for one of them."""
    parameter = parameter_of(table, key.in_ or key.eq)
    values = {asked_text(value, parameter) for value in domain.values}
    allowed = key.values or (parameter.enum if parameter is not None else ())
    if allowed and not values <= set(allowed):
        if key.required or is_echo(table, key.column):
            unknown = ", ".join(sorted(values - set(allowed)))
            raise QueryError(
                f"{table.qualified_name}: {key.column} cannot be {unknown}; Amazon knows {', '.join(allowed)}"
            )
        return None
    for group in key.together:
        if values & set(group):
            values |= set(group)
    if not key.alone and can_be_left_out(key, table) and any(map(partial(breaks_list, key, table), values)):
        return None  # the engine finds them in the answer to a call without the list
    return tuple(sorted(values))


def breaks_list(key: KeyColumn, table: Table, value: str, *, is_one: bool = False) -> bool:
    """Whether Amazon would read several values in this one: it stands in a list divided by commas, and holds one.

    What a query says of a list that takes no IN may be a list itself; what a row holds `is_one` value for sure.
    """
    parameter = parameter_of(table, key.in_ or (key.eq if is_one else "")) if "," in value else None
    return parameter is not None and parameter.is_list and parameter.location == "query" and not parameter.repeated


def can_be_left_out(key: KeyColumn, table: Table) -> bool:
    """Whether the operation answers without the column's parameter, and the answer tells what the column is."""
    is_wanted = key.required or key.parent or any(key.column in group for group in table.requires_one_of)
    return not (is_wanted or key.default or key.default_from or is_echo(table, key.column))


def _has_range(key: KeyColumn) -> bool:
    return bool(key.ge or key.gt or key.le or key.lt)


def _as_range(domain: Domain) -> Range:
    if isinstance(domain, Range):
        return domain
    return Range(min(domain.values), max(domain.values)) if domain.values else Range()


def _bind_range(key: KeyColumn, table: Table, domain: Range, now: datetime) -> Binding | None:
    if key.joined and domain.upper is not None and domain.upper_inclusive:
        raise QueryError(
            f"{table.qualified_name}: a period ends before its end; write {key.column} < the end instead of <= or ="
        )
    lower = domain.lower if key.ge or key.gt else None
    upper = domain.upper if key.le or key.lt else None
    if _is_too_near(upper, key, now):
        upper = None  # Amazon refuses a bound so near to now; without one it answers up to now
        if lower is None and key.earliest:
            return Binding(key, lower=key.earliest, begins_by_default=True)
    if (lower is None and upper is None) or (key.joined and lower is None):
        return None
    return Binding(
        key,
        lower="" if lower is None else spell(_sent_lower(lower, key, wanted=domain.lower_inclusive)),
        upper="" if upper is None else spell(_sent_upper(upper, exclusive=bool(key.lt), wanted=domain.upper_inclusive)),
    )


def _is_too_near(upper: Value | None, key: KeyColumn, now: datetime) -> bool:
    return bool(key.lag_minutes) and isinstance(upper, datetime) and upper > now - timedelta(minutes=key.lag_minutes)


def is_for_now(table: Table, domains: Mapping[str, Domain], now: datetime) -> bool:
    """Whether the same domains would be bound otherwise a little later."""
    ranges = ((key, _as_range(domain)) for key in table.key_columns if (domain := domains.get(key.column)) is not None)
    ends_now = any(key.latest for key in table.key_columns)
    return (
        ends_now
        or _keeps_for_days(table)
        or any(_is_too_near(bound, key, now) for key, each in ranges for bound in (each.lower, each.upper))
    )


def _sent_lower(value: Value, key: KeyColumn, *, wanted: bool) -> Value:
    """Below the bound where Amazon leaves out the bound itself, but the query wants it.

    Above it where the rows tell what was sent, and the query wants none that tells the bound.
    """
    rounded = rounded_down(value)
    if key.is_told_as_sent:
        return rounded if wanted and rounded == value else rounded + one_step(value)
    return rounded - one_step(value) if key.gt and wanted and rounded == value else rounded


def _sent_upper(value: Value, *, exclusive: bool, wanted: bool) -> Value:
    rounded = rounded_up(value)
    return rounded + one_step(value) if exclusive and wanted and rounded == value else rounded


def _has_default(key: KeyColumn) -> bool:
    return bool(key.default_from or key.default or key.earliest_unless or key.required)


def _with_default(key: KeyColumn, chosen: Mapping[str, Binding], table: Table, now: datetime) -> Binding | None:
    bound = chosen.get(key.column)
    oldest = kept_since(key, table, now)
    if bound is not None:
        return _from_beginning(bound, key, table, oldest)
    if key.default_from:
        return Binding(key, setting=key.default_from)
    if key.default:
        return Binding(key, values=key.default)
    if key.earliest_unless and not any(column in chosen for column in key.earliest_unless):
        return Binding(key, lower=key.earliest, begins_by_default=True)
    if key.required and oldest:
        return Binding(key, lower=oldest, begins_by_default=True)
    return None


def _unasked(column: str, chosen: Mapping[str, Binding], table: Table, now: datetime) -> Binding | None:
    """What is sent for a column that another one needs, where the query says nothing: the only value there is."""
    key = next(key for key in table.key_columns if key.column == column)
    parameter = parameter_of(table, key.eq or key.in_)
    only = key.values or (parameter.enum if parameter is not None else ())
    if key.latest:
        end = now.replace(microsecond=now.microsecond // 1000 * 1000) - timedelta(minutes=key.lag_minutes)
        binding = Binding(key, values=(asked_text(end, parameter),))
    elif since := key.earliest or kept_since(key, table, now):
        is_told = is_echo(table, column)  # as the value that was asked for
        asked = Binding(key, values=(since,)) if is_told else Binding(key, lower=since)
        binding = replace(asked, begins_by_default=True)
    elif len(only) == 1:
        binding = Binding(key, values=only)
    else:
        return None
    return None if _excluder(key, chosen) else binding


def _keeps_for_days(table: Table) -> bool:
    window = table.window
    if window is None or window.lookback_days is None:
        return False
    return any(key.column == window.column for key in table.key_columns)


def kept_since(key: KeyColumn, table: Table, now: datetime) -> str:
    """The instant before which Amazon keeps nothing, where that is declared; a little later, since calls take time."""
    window = table.window
    if window is None or window.lookback_days is None or window.column != key.column:
        return ""
    since = (now - timedelta(days=window.lookback_days) + timedelta(minutes=2)).replace(second=0, microsecond=0)
    return spell(since.date() if table.columns_by_name[key.column].declared_type == "date" else since)


def _from_beginning(bound: Binding, key: KeyColumn, table: Table, oldest: str) -> Binding | None:
    """The period from its own beginning, or from that of what Amazon keeps; one that ends before is left to Amazon.

    None where it has no beginning and ends before what is kept: then Amazon is asked for all, without a period.
    """
    if not (bound.lower or bound.upper):
        return bound
    if oldest and bound.upper and as_instant(bound.upper) <= as_instant(oldest):
        if bound.lower or not _must_be_bound(key, table):
            return bound if bound.lower else None
        raise QueryError(nothing_so_old(table, key.column))
    lower = bound.lower or key.earliest or oldest
    if oldest and lower and as_instant(lower) < as_instant(oldest):
        lower = oldest
    if lower == bound.lower:
        return bound
    return replace(bound, lower=lower, begins_by_default=bound.begins_by_default or not bound.lower)


def _must_be_bound(key: KeyColumn, table: Table) -> bool:
    return key.required or (key.column,) in table.requires_one_of


def nothing_so_old(table: Table, column: str) -> str:
    """Why a period that ends long ago cannot be asked for by its end alone."""
    days = table.window.lookback_days if table.window is not None else None
    return (
        f"{table.qualified_name}: Amazon answers nothing older than {days} days, and the period of {column} ends "
        "before that; say when it begins, too, or ask for a later one"
    )


def _require(table: Table, chosen: Mapping[str, Binding]) -> None:
    for key in table.key_columns:
        if key.required and key.column not in chosen:
            raise MissingKeyColumn(table.qualified_name, (key.column,), table.example)
    for columns in table.requires_one_of:
        if not any(column in chosen for column in columns):
            raise MissingKeyColumn(table.qualified_name, columns, table.example)


def batch_size(key: KeyColumn, table: Table) -> int | None:
    """Most values in one call; an echoed column tells which value was asked for, so only one can be at a time."""
    if not key.in_ or is_echo(table, key.column):
        return 1
    parameter = parameter_of(table, key.in_)
    if parameter is not None and not parameter.is_list:
        return 1  # of a request batch: each value is a request of its own
    return key.batch_max or (parameter.max_items if parameter is not None else None)


def parameter_of(table: Table, name: str) -> Parameter | None:
    """The operation's parameter of that name."""
    if table.operation is None:
        return None
    return next((parameter for parameter in table.operation.parameters if parameter.name == name), None)
