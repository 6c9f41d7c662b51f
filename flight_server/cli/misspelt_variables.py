"""A variable `SPAPI_FLIGHT_…` that nobody reads and that resembles one which is read → an error that names the latter.

Whoever writes SPAPI_FLIGHT_REGOIN would else be asked for the wrong region's data without a word. Those that resemble
none may belong to others and are passed over, as foreign headers are.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping

import click

from flight_server.cli.environment import PREFIX, variable
from flight_server.cli.parameters import option_name
from flight_server.connection.settings import connection_parameters, named
from flight_server.errors import SettingError

BESIDE_OPTIONS = frozenset({PREFIX + "PASSWORD", PREFIX + "ALLOW_HOSTS"})
"""Read by hand, not by an option of click."""

_LIKENESS = 0.8


def variables_of(commands: Iterable[click.Command]) -> frozenset[str]:
    """The variables that the options of commands read."""
    found = set(BESIDE_OPTIONS)
    for command in commands:
        if isinstance(command, click.Group):
            found |= variables_of(command.commands.values())
        found |= {each.envvar for each in command.params if isinstance(each.envvar, str)}
    return frozenset(found)


def refuse_misspelt(
    environment: Mapping[str, str], own: Callable[[], frozenset[str]], every: Callable[[], frozenset[str]]
) -> None:
    """Raise SettingError for the first misspelt one. `own` are the command's, `every` those of all commands: slower."""
    ours = (name for name in environment if name.startswith(PREFIX))
    unread = sorted(name for name in ours if named(name.removeprefix(PREFIX).replace("_", "")) is None)
    if not (unread and (unread := [name for name in unread if name not in own()])):
        return
    known = every()
    for name in unread:
        near = "" if name in known else _nearest(name, known)
        if near:
            raise SettingError(name, f"there is no variable {name[:80]}; did you mean {near}?")


def _nearest(name: str, variables: frozenset[str]) -> str:
    names = {*variables, *(variable(option_name(row.name)) for row in connection_parameters())}
    by_letters = {_letters(each): each for each in sorted(names)}
    near = difflib.get_close_matches(_letters(name), by_letters, n=1, cutoff=_LIKENESS)
    return by_letters[near[0]] if near else ""


def _letters(name: str) -> str:
    return name.removeprefix(PREFIX).replace("_", "").lower()
