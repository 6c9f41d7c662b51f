"""How long the text of a column may become, as drivers are told it.

Amazon limits few texts, and its limits are those of what is sent. So the length is told by what a name says of its
column: long enough for whatever has been seen of its kind, short enough for a tool that makes room for it in advance.
"""

from functools import cache

from catalog.table import Column

LONG = 65535
"""JSON text, prose, addresses of documents; and every text of which nothing is known."""

_SENTENCE, _SHORT = 512, 64

_IDS = frozenset(
    [
        "id",
        "ids",
        "asin",
        "asins",
        "sku",
        "skus",
        "fnsku",
        "fn",
        "upc",
        "ean",
        "isbn",
        "gtin",
        "code",
        "codes",
        "country",
        "currency",
        "locale",
        "language",
        "unit",
        "units",
        "zone",
        "condition",
        "channel",
        "program",
        "version",
        "cadence",
        "frequency",
        "weekday",
        "day",
        "month",
        "phone",
        "fax",
        "region",
        "marketplace",
        "type",
        "status",
        "number",
        "identifier",
        "method",
        "msku",
        "model",
        "severity",
        "tier",
        "mode",
        "level",
        "week",
        "year",
    ]
)
_LONG_IDS = frozenset({"slot", "rate", "document", "offering"})
"""What they are ids of, where those are long: Amazon packs into them what it wants to see again."""

_LONG = frozenset(
    [
        "url",
        "urls",
        "uri",
        "link",
        "links",
        "token",
        "tokens",
        "description",
        "text",
        "message",
        "body",
        "content",
        "comment",
        "comments",
        "instruction",
        "instructions",
        "note",
        "notes",
        "document",
        "documents",
        "data",
        "html",
        "xml",
        "file",
        "signature",
        "details",
        "key",
        "keys",
        "query",
        "feed",
        "payload",
        "contents",
        "stream",
        "reason",
        "value",
        "values",
        "image",
        "error",
        "errors",
        "href",
        "arn",
        "website",
        "messages",
        "terms",
        "transcript",
        "string",
        "subject",
        "policy",
        "sql",
        "example",
        "residual",
        "warnings",
        "parameters",
        "examples",
    ]
)


@cache
def text_size(column: Column) -> int:
    """The most characters that a text column has.

    >>> text_size(Column("amazon_order_id", "string")), text_size(Column("buyer_info_buyer_name", "string"))
    (64, 512)
    >>> text_size(Column("payment_method_details", "json"))
    65535
    """
    words = column.name.split("_")
    if column.declared_type == "json" or words[-1] in _LONG or words == ["label"]:
        return LONG
    return _SHORT if words[-1] in _IDS and _LONG_IDS.isdisjoint(words) else _SENTENCE
