"""The header of a delimited document → which of the table's columns each of its cells is.

By name: whatever the order, the case, the language (`headers.toml`) and the sign between the words. By position only
what has no name of its own, or one in a language of which not all words are known, and only where the names around it
say that nothing is out of place. Knows no rows and no bytes.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from catalog.table import Column

_SIGNS = re.compile(r"[-_\s]+")
_OTHERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Header:
    """Each cell of a header: its column, or None, and the name under which an unknown one is kept."""

    columns: tuple[Column | None, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Words:
    translated: Mapping[str, tuple[str, ...]]  # word -> English headers that it may stand for
    repeated: Mapping[str, tuple[str, ...]]
    renamed: Mapping[str, str]


def normal(name: str) -> str:
    """A header's name as names are compared.

    >>> normal(" Fulfilment-Channel "), normal("item_name") == normal("Item name")
    ('fulfillment channel', True)
    """
    return _SIGNS.sub(" ", name).strip().casefold().replace("fulfilment", "fulfillment")


def known_count(cells: Sequence[str], columns: Sequence[Column]) -> int:
    """How many cells of a line are names of columns of the table."""
    return sum(found is not None for found, _ in _by_name(cells, columns))


def header_of(cells: Sequence[str], columns: Sequence[Column]) -> Header:
    """Find the column of each cell of a header.

    >>> header = header_of(["Menge", "new one"], [Column("quantity", "int64", "quantity")])
    >>> [column and column.name for column in header.columns]
    ['quantity', None]
    """
    named = _by_name(cells, columns)
    found = [column for column, _ in named]
    if any(is_translated for _, is_translated in named):
        found = _by_place(found, columns)
    found = _between(cells, found, columns)
    return Header(tuple(found), _names(cells))


def _by_name(cells: Sequence[str], columns: Sequence[Column]) -> list[tuple[Column | None, bool]]:
    """The column of each cell, and whether its name is a translated one; every column once."""
    words, names = _words(), [normal(cell) for cell in cells]
    free = {normal(column.member): column for column in columns if column.member}
    found: list[tuple[Column | None, bool]] = [(None, False)] * len(names)
    counts = Counter(names)
    seen: Counter[str] = Counter()
    for i, name in enumerate(names):
        meant = words.repeated.get(name, ())
        if len(meant) > 1 and counts[name] == len(meant):
            found[i] = (free.pop(meant[seen[name]], None), not name.isascii())
            seen[name] += 1
        elif name in free:
            found[i] = (free.pop(name), False)
    for i, name in enumerate(names):
        if found[i][0] is None:
            english = next((each for each in words.translated.get(name, ()) if each in free), "")
            found[i] = (free.pop(english, None), True) if english else found[i]
    by_letters = {_OTHERS.sub("_", english): english for english in free}
    for i, name in enumerate(names):
        if found[i][0] is None and name:
            english = by_letters.get(_OTHERS.sub("_", words.renamed.get(name, name)), "")
            found[i] = (free.pop(english, None), False) if english else found[i]
    return found


def _by_place(found: list[Column | None], columns: Sequence[Column]) -> list[Column | None]:
    """A translated header with as many cells as columns, most known and in their places: the rest too."""
    declared = [column for column in columns if column.member]
    is_whole = len(found) == len(declared) and 2 * sum(column is not None for column in found) > len(found)
    in_place = all(column in (None, declared[i]) for i, column in enumerate(found)) if is_whole else False
    return list(declared) if in_place else found


def _between(cells: Sequence[str], found: list[Column | None], columns: Sequence[Column]) -> list[Column | None]:
    """Cells without a name, between two columns that have just as many others between them."""
    declared = [column for column in columns if column.member]
    places = {column.name: i for i, column in enumerate(declared)}
    known = [i for i, column in enumerate(found) if column is not None]
    result = list(found)
    for left, right in pairwise(known):
        before, after = found[left], found[right]
        assert before is not None and after is not None
        first, last = places[before.name] + 1, places[after.name]
        is_nameless = all(not cells[i].strip() for i in range(left + 1, right))
        if is_nameless and right - left - 1 == last - first:
            between = declared[first:last]
            if not any(column in found for column in between):
                result[left + 1 : right] = between
    return result


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """Names for what is unknown: as written; those without one, or with another's, by their place."""
    seen: Counter[str] = Counter()
    names = []
    for number, cell in enumerate(cells, 1):
        name = cell.strip() or nameless(number)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def nameless(number: int) -> str:
    """The name of a cell that has none."""
    return f"column {number}"


@cache
def _words() -> _Words:
    text = (resources.files(__package__) / "headers.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    translated: dict[str, list[str]] = {}
    for english, words in document["words"].items():
        for word in words.values():
            translated.setdefault(normal(word), []).append(normal(english))
    return _Words(
        {word: tuple(dict.fromkeys(english)) for word, english in translated.items()},
        {normal(word): tuple(map(normal, english)) for word, english in document["repeated"].items()},
        {normal(word): normal(english) for word, english in document["renamed"].items()},
    )
