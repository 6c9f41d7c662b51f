"""Chance that can be repeated: numbers that follow from what they are for."""

import hashlib


def number(*parts: object, below: int) -> int:
    """A number that depends on these parts alone."""
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") % below
