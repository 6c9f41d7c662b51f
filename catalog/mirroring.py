"""The words of a stanza's `mirror` → what its table, its child tables and its schema's other name say of it.

Whether the words are sound is asked in `catalog.lint`. Knows no file.
"""

from collections.abc import Mapping
from dataclasses import replace

from catalog.declaration import MirrorWords
from catalog.mirror import BY_CALL, Mirror, MirrorParent
from catalog.parents import parent_column
from catalog.table import KeyColumn


def mirror_of(words: MirrorWords | None, keys: tuple[KeyColumn, ...], db_schema: str) -> Mirror:
    """What is kept of a table with these key columns."""
    if words is None:
        return BY_CALL
    return Mirror(
        kind=words.kind,
        by=words.by,
        changed=words.changed,
        untold=words.untold,
        settles_hours=words.settles_hours,
        unsettled=words.unsettled,
        keys=words.keys,
        parent=_parent(words, keys, db_schema) if words.parent_changed else None,
        reason=words.reason,
    )


def _parent(words: MirrorWords, keys: tuple[KeyColumn, ...], db_schema: str) -> MirrorParent:
    changed = parent_column(words.parent_changed, db_schema)
    of_parent = {
        key.column: key.parent.column
        for key in keys
        if key.column in words.keys
        and key.parent is not None
        and (key.parent.db_schema, key.parent.table) == (changed.db_schema, changed.table)
    }
    return MirrorParent(changed.db_schema, changed.table, changed.column, of_parent)


def mirror_in_child(mirror: Mirror | None, names: Mapping[str, str]) -> Mirror | None:
    """The same of a table of an array, which the same calls feed: key columns have the names that they have there.

    A column that the child does not carry is not among its names: whether its rows are settled or untold is then for
    the table itself to tell, whose name for the column stays.
    """
    if mirror is None:
        return None
    parent = mirror.parent
    return replace(
        mirror,
        by=names.get(mirror.by, mirror.by),
        changed=names.get(mirror.changed, mirror.changed),
        keys=tuple(names.get(column, column) for column in mirror.keys),
        parent=parent and replace(parent, keys={names.get(own, own): of for own, of in parent.keys.items()}),
    )


def mirror_in_version(mirror: Mirror | None, names: Mapping[str, str]) -> Mirror | None:
    """The same where the schema of its parent has another name."""
    if mirror is None or mirror.parent is None:
        return mirror
    db_schema = names.get(mirror.parent.db_schema, mirror.parent.db_schema)
    return replace(mirror, parent=replace(mirror.parent, db_schema=db_schema))
