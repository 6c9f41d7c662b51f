"""What supplies yield at run time → the tuples of keys to ask for, each once.

Keys of one supply belong together. Supplies that share key columns must agree in them; those that share none make every
combination. Pure and lazy: the first supply is read as its tuples are asked for, the others at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flight_server.errors import QueryError
from flight_server.plan import Binding, KeySupply, Scan
from flight_server.planner.asking.parameters import parameter_of
from flight_server.planner.asking.spelling import asked_text
from flight_server.planner.asking.value_forms import can_exist

KeyTuple = Mapping[str, str]
"""Key column -> value in Amazon's spelling."""


class Unknown(str):
    """Stands, where a plan is only explained, for a value that the run will know; no rule about values applies."""


def _raise(reason: str) -> None:
    raise QueryError(reason)


@dataclass(frozen=True)
class Sources:
    """What only the run knows: values of settings, keys from suppliers, the time."""

    now: datetime
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # connection parameter -> values
    all_there_is: Mapping[str, frozenset[str]] = field(default_factory=dict)  # ... -> values that the account has
    keys: Mapping[tuple[str, ...], Iterable[tuple[object, ...]]] = field(
        default_factory=dict
    )  # supply's `keys` -> tuples
    allows_partial: bool = False  # reports may be asked for periods that are not whole yet
    is_sandbox: bool = False  # which knows values of no form that is declared
    refuse: Callable[[str], None] = _raise  # takes why a value cannot be asked for; returns where that is no error


def key_tuples(scan: Scan, sources: Sources) -> Iterator[KeyTuple]:
    """Every combination of supplied keys that the query, the settings and the supplies leave possible."""
    first, *others = scan.supplies or (KeySupply(()),)
    known = set(first.keys)
    tuples = _tuples_of(first, scan, sources)
    for supply in others:
        tuples = _joined(tuples, tuple(sorted(known & set(supply.keys))), _tuples_of(supply, scan, sources))
        known |= set(supply.keys)
    return tuples


def _tuples_of(supply: KeySupply, scan: Scan, sources: Sources) -> Iterator[KeyTuple]:
    if not supply.keys:
        yield {}
        return
    bindings = {binding.key_column.column: binding for binding in scan.bindings}
    places = [(place, bindings[key]) for place, key in enumerate(supply.keys) if key in bindings]
    seen: set[tuple[str, ...]] = set()
    for values in sources.keys[supply.keys]:
        spelled = tuple(_spelled(values[place], binding, scan) for place, binding in places)
        allowed = all(_is_allowed(value, binding, sources) for value, (_, binding) in zip(spelled, places, strict=True))
        if not allowed or spelled in seen:
            continue
        if len(places) < len(supply.keys):  # else they are distinct as they come
            seen.add(spelled)
        yield {binding.key_column.column: value for value, (_, binding) in zip(spelled, places, strict=True)}


def _spelled(value: object, binding: Binding, scan: Scan) -> str:
    key = binding.key_column
    return value if isinstance(value, str) else asked_text(value, parameter_of(scan.table, key.in_ or key.eq))


def _is_allowed(value: str, binding: Binding, sources: Sources) -> bool:
    if isinstance(value, Unknown):
        return True
    if binding.values is not None:
        known = sources.all_there_is.get(binding.setting)
        return value in binding.values and (known is None or value in known)
    if binding.setting and value not in sources.settings[binding.setting]:
        return False
    return sources.is_sandbox or can_exist(value, binding.key_column)


def _joined(left: Iterator[KeyTuple], shared: tuple[str, ...], right: Iterator[KeyTuple]) -> Iterator[KeyTuple]:
    partners: dict[tuple[str, ...], list[KeyTuple]] = {}
    for values in right:
        partners.setdefault(tuple(values[key] for key in shared if key in values), []).append(values)
    for values in left:
        for partner in partners.get(tuple(values[key] for key in shared if key in values), ()):
            yield {**values, **partner}
