"""Takes secrets out of texts that others wrote, before anybody sees them.

Knows the values it is given and the form of Amazon's tokens (developer guide: `Atza|`, `Atzr|`, `Atz.sprdt|`).
"""

import re
from urllib.parse import quote, quote_plus

_AMAZON_TOKEN = re.compile(r"\bAtz[\w.]{0,12}(?:\||%7c|\\u007c|&#124;)[^\s\"'<>,;&)]*", re.IGNORECASE)
_SHORTEST_SECRET = 4  # shorter texts would tear holes into every sentence


def scrub(text: str, *secrets: str) -> str:
    """Replace every secret, also in the spellings of URLs, and everything that looks like one of Amazon's tokens.

    >>> scrub("Atza|abc+d is not a-secret", "a-secret")
    '*** is not ***'
    """
    spellings = {spell(secret) for secret in secrets for spell in (str, quote, quote_plus, _quoted_whole)}
    for spelling in sorted(spellings, key=len, reverse=True):
        if len(spelling) >= _SHORTEST_SECRET:
            text = text.replace(spelling, "***")
    return _AMAZON_TOKEN.sub("***", text)


def _quoted_whole(secret: str) -> str:
    return quote(secret, safe="")
