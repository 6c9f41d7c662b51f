"""Paths of members in a body: `address.city` stands in `address`, `items[].sku` in each element of `items`.

Knows no operation; the compiler writes such paths, stanzas and the planner read them.
"""


def below(path: str, member: str) -> str:
    """A member of the object at a path; the root's path is empty."""
    return f"{path}.{member}" if path else member


def is_within(inner: str, outer: str) -> bool:
    """Whether a path leads through another.

    >>> is_within("items[].sku", "items"), is_within("itemsets", "items")
    (True, False)
    """
    return inner.startswith((f"{outer}.", f"{outer}[]"))


def gives(name: str, member: str) -> bool:
    """Whether a parameter gives a member of the body: itself, what it stands in, or something in it.

    >>> gives("items", "items[].sku"), gives("address.city", "address"), gives("sort.key", "sort.order")
    (True, True, False)
    """
    return name == member or is_within(name, member) or is_within(member, name)
