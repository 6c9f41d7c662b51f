"""Are the rules sound that a stanza states between its key columns, and can a body have all that it must have?

Goes from one stanza and its operation to sentences `key: what is wrong`, as `catalog.lint` does, which calls it.
"""

import re
from collections.abc import Iterator

from catalog.declaration import KeyColumnWords, TableWords
from catalog.lint.body_paths import below, gives, is_within
from catalog.table import Operation


def rule_faults(words: TableWords, operation: Operation) -> Iterator[str]:
    """What is wrong with `needs`, `excludes`, `brings`, `latest`, and what a body lacks."""
    for column, key in words.key_columns.items():
        yield from (f"key_columns.{column}: {fault}" for fault in _companion_faults(key, words))
    yield from _body_faults(words, operation)


def is_pattern(text: str) -> bool:
    """Whether it is a regular expression."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _companion_faults(key: KeyColumnWords, words: TableWords) -> Iterator[str]:
    by_value = {**key.needs_when, **key.excludes_when}
    others = [*key.excludes, *key.earliest_unless, *key.needs, *(name for names in by_value.values() for name in names)]
    yield from (f"{other} is no key column" for other in others if other not in words.key_columns)
    yield from (f"{form} is no regular expression" for form in by_value if not is_pattern(form))
    yield from (f"needs: {other} is excluded, too" for other in key.needs if other in key.excludes)
    if by_value and not (key.eq or key.in_):
        yield "needs_when, excludes_when: only a value has a form; say eq or in"
    if key.latest and not key.eq:
        yield "latest: there is no parameter (eq) to send it as"
    switched = {value for values in words.switches.values() for value in values}
    yield from (f"brings: {value} is no value of switches" for value in key.brings if value not in switched)


def _body_faults(words: TableWords, operation: Operation) -> Iterator[str]:
    """Whatever an object that can be sent must have, something must be able to give."""
    givable = _givable(words)
    for path, members in operation.body_objects.items():
        if path and not any(is_within(name, path) for name in givable):
            continue
        for member in (below(path, name) for name in members):
            if not any(gives(name, member) for name in givable):
                yield f"key_columns: nothing can give {member}, which the model requires in {path or 'the body'}"


def _givable(words: TableWords) -> set[str]:
    names = {*words.constants, *words.switches}
    for key in words.key_columns.values():
        names |= {key.eq, key.in_, key.ge, key.gt, key.le, key.lt, *key.also, *key.sets}
    if words.paging is not None:
        names |= {words.paging.size, words.paging.offset, words.paging.limit}
    if words.request_batch is not None:
        names.add(words.request_batch.number)
    return names - {""}
