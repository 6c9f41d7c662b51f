"""The words of a stanza's `mirror` → what its table, its child tables and its schema's other name say of it.

Whether the words are sound is asked in `catalog.lint`. Knows no file.
"""

from collections.abc import Mapping
from dataclasses import replace

from catalog.declaration import GrainWords, MirrorWords
from catalog.mirror import BY_CALL, Mirror, MirrorGrain, MirrorParent
from catalog.parents import parent_column
from catalog.table import KeyColumn


def mirror_of(words: MirrorWords | None, keys: tuple[KeyColumn, ...], db_schema: str) -> Mirror:
    """What is kept of a table with these key columns."""
    if words is None:
        return BY_CALL
    by_name = {key.column: key for key in keys}
    return Mirror(
        kind=words.kind,
        by=words.by,
        changed=words.changed,
        changed_within=_is_within(words.changed, words.by, by_name),
        untold=words.untold,
        grain=_grain(words.grain, by_name.get(words.by)),
        settles_hours=words.settles_hours,
        unsettled=words.unsettled,
        keys=words.keys,
        parent=_parent(words, keys, db_schema) if words.parent_changed else None,
        reason=words.reason,
    )


def _is_within(changed: str, by: str, keys: Mapping[str, KeyColumn]) -> bool:
    """Whether a list of what changed can be asked for within a period."""
    if changed == by or changed not in keys or by not in keys:
        return False
    return changed not in keys[by].excludes and by not in keys[changed].excludes


def _grain(words: GrainWords | None, by: KeyColumn | None) -> MirrorGrain | None:
    if words is None:
        return None
    return MirrorGrain(words.column, words.hours, words.days, by.zone_from if by is not None else "")


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
    parent, grain = mirror.parent, mirror.grain
    return replace(
        mirror,
        by=names.get(mirror.by, mirror.by),
        changed=names.get(mirror.changed, mirror.changed),
        grain=grain and replace(grain, column=names.get(grain.column, grain.column), zone=names.get(grain.zone, "")),
        keys=tuple(names.get(column, column) for column in mirror.keys),
        parent=parent and replace(parent, keys={names.get(own, own): of for own, of in parent.keys.items()}),
    )


def mirror_in_version(mirror: Mirror | None, names: Mapping[str, str]) -> Mirror | None:
    """The same where the schema of its parent has another name."""
    if mirror is None or mirror.parent is None:
        return mirror
    db_schema = names.get(mirror.parent.db_schema, mirror.parent.db_schema)
    return replace(mirror, parent=replace(mirror.parent, db_schema=db_schema))
