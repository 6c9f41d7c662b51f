"""Examples of the forms that values have, from `forms.toml`. Knows no tables."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def _examples() -> Mapping[str, str]:
    return tomllib.loads((resources.files("catalog") / "forms.toml").read_text(encoding="utf-8"))


def example_of(pattern: str) -> str:
    """A value of that form; empty where none is known.

    >>> example_of("[A-Z]{2}")
    'US'
    """
    return _examples().get(pattern, "")
