"""How a table is kept, as a line of its page; everything comes from the resolved table."""

from collections.abc import Iterator, Sequence

from catalog.mirror import Mirror, MirrorGrain


def mirror_line(mirror: Mirror) -> str:
    """What is kept of the table, and how it is made fresh.

    >>> mirror_line(Mirror("changes", by="purchase_date", changed="last_update_date"))
    'mirror: changes by `purchase_date`, told by `last_update_date`'
    >>> mirror_line(Mirror("events", by="posted_date", settles_hours=48, unsettled={"status": ("DEFERRED",)}))
    'mirror: events by `posted_date`, settled after 48 hours, but not while `status` is `DEFERRED`'
    >>> mirror_line(Mirror("keyed", keys=("asin",), reason="nothing else is told"))
    'mirror: keyed by `asin` (nothing else is told)'
    """
    reason = f" ({mirror.reason})" if mirror.reason else ""
    return f"mirror: {', '.join((_what(mirror), *_how(mirror)))}{reason}"


def _what(mirror: Mirror) -> str:
    if mirror.by:
        return f"{mirror.kind} by {_quoted([mirror.by])}"
    if mirror.kind == "snapshot":
        return f"snapshot for each {_quoted(mirror.keys)}" if mirror.keys else "snapshot"
    of = f" of `{mirror.parent.table}`" if mirror.parent is not None else ""
    return f"{mirror.kind}{of} by {_quoted(mirror.keys)}" if mirror.keys else mirror.kind


def _how(mirror: Mirror) -> Iterator[str]:
    if mirror.grain is not None:
        yield f"in whole {' and '.join(_grains(mirror.grain))} (`{mirror.grain.column}`)"
    changed = mirror.parent.changed if mirror.parent is not None else mirror.changed
    if changed:
        yield f"told by `{changed}`"
    if mirror.untold:
        yield f"but for {_quoted(mirror.untold)}"
    if mirror.settles_hours is not None:
        yield f"settled after {mirror.settles_hours} hour{'s' if mirror.settles_hours > 1 else ''}"
    for column, values in mirror.unsettled.items():
        yield f"but not while `{column}` is {_quoted(values, ' or ')}"


def _grains(grain: MirrorGrain) -> Iterator[str]:
    if grain.hours:
        yield "hours"
    if grain.days:
        yield "days"


def _quoted(names: Sequence[str], between: str = ", ") -> str:
    return between.join(f"`{name}`" for name in names)
