"""Secrets that a person types without echo, or that a script sends line by line on stdin.

Knows terminals; knows no parameter.
"""

import sys

import click


def asked_secret(name: str, how_else: str) -> str:
    """The text; raise UsageError, which says `how_else` to give it, where nobody answers."""
    if sys.stdin.isatty():
        text = str(click.prompt(name, hide_input=True, err=True, default="", show_default=False))
    else:
        text = sys.stdin.readline()
    if not text.strip():
        raise click.UsageError(f"{name} is missing: {how_else}")
    return text.strip()
