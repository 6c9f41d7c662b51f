"""One leaf: a value of the right type that its name makes believable.

Goes from a leaf's schema, its name and the names around it to a value; knows no documents. What a schema demands (enum,
pattern, length, range) wins over what the name suggests.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from flight_server.simulator.generic.models import Schema
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.story.marketplaces import Place

_DAY, _HOUR = 86_400, 3600
_WORDS = ("standard", "primary", "regular", "extended", "basic", "priority", "seasonal", "general")
_PHRASES = (
    "Checked twice and found in order", "Waits for the next truck", "Sent on at the seller's wish",
    "Nothing to do for the seller", "Done within the agreed time",
)  # fmt: skip
_PEOPLE = ("Käthe Schäfer", "Bo Ngô", "Siobhán O'Neill", "José Núñez", "Ann Lee")
_REPORT_TYPES = ("GET_FLAT_FILE_OPEN_LISTINGS_DATA", "GET_MERCHANT_LISTINGS_ALL_DATA", "GET_SALES_AND_TRAFFIC_REPORT")
_FEED_TYPES = ("JSON_LISTINGS_FEED", "POST_PRODUCT_DATA", "UPLOAD_VAT_INVOICE")
_CARRIERS = ("UPS", "DHL", "FedEx", "Hermes")
_OF_PEOPLE = frozenset({"addressline1", "phone", "phonenumber", "email", "taxinfo"})
_STAGES = (
    r"creat|purchase|placed|order_date|requested|posted|received_date|receive_time",
    r"start|begin|earliest|from|open",
    r"updat|modif|changed|complet|finish|status",
    r"end|latest|until|expir|clos|deliver|arriv|due",
)
# Texts for patterns that no name suggests.
_SAMPLES = (
    "UN1234", "1.1", "07", "2021", "US", "https://example.com/", "a@example.com", "arn:aws:sqs:us-east-2:1:q",
)  # fmt: skip
_CODE = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_NOWHERE = Place("Köln", "NW", "50667")


@dataclass(frozen=True)
class Leaf:
    """One leaf to be filled."""

    name: str
    owner: str  # the member that it stands in
    beside: Set[str]  # plain names of the members beside it
    schema: Schema
    scope: Scope

    @property
    def words(self) -> str:
        """The name in small words: AmazonOrderId is amazon_order_id."""
        return small_words(self.name)

    def chance(self, *more: object) -> int:
        """A number that belongs to this leaf."""
        return self.scope.chance(self.name, *more)

    def code(self, length: int) -> str:
        """Letters and digits that nobody else has."""
        rest, text = self.chance("code"), ""
        while len(text) < length:
            rest, place = divmod(rest or self.chance(text), len(_CODE))
            text += _CODE[place]
        return text

    def one_of(self, values: tuple[str, ...]) -> str:
        """One of some texts."""
        return values[self.chance("one") % len(values)]


@lru_cache(maxsize=8192)
def small_words(name: str) -> str:
    """A camel-cased name in lower case, words joined by underscores.

    >>> small_words("AmazonOrderId"), small_words("ASINList"), small_words("labelDownloadURL")
    ('amazon_order_id', 'asin_list', 'label_download_url')
    """
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name))
    return parted.replace("-", "_").lower()


def leaf_value(leaf: Leaf) -> object:
    """The value of a leaf that no request and no id decides."""
    schema = leaf.schema
    if schema.get("enum"):
        return _of_enum(leaf, schema["enum"])
    match schema.get("type"):
        case "boolean":
            return leaf.chance() % 2 == 0
        case "integer":
            return _whole(leaf)
        case "number":
            return _number(leaf)
        case _:
            return _text(leaf)


def is_time(name: str, schema: Schema) -> bool:
    """Whether a text is an instant or a day, by its format or its name."""
    if schema.get("type") != "string" or schema.get("enum"):
        return False
    if str(schema.get("format", "")).startswith("date"):
        return True
    return bool(
        re.search(r"(Date|Time|At|Timestamp|DateTime|InUTC|Until)$|^(date|expiration|shipBy|time|month)$", name)
    )


def _of_enum(leaf: Leaf, values: list[object]) -> object:
    home = leaf.scope.home
    for wanted in (home.currency, home.country, home.locale):
        if wanted in values:
            return wanted
    return values[leaf.chance() % len(values)]


def instant_of(leaf: Leaf) -> int:
    """When something named so happens: beginnings before ends, changes after creations."""
    start = leaf.scope.moment or 0
    match _stage(leaf.words):
        case 0:
            return start
        case 1:
            return start + _HOUR
        case 2:
            return start + _DAY + leaf.chance() % _DAY
        case 3:
            return start + 2 * _DAY + _HOUR * (leaf.chance() % 20)
        case _:
            return start + _HOUR + leaf.chance() % (20 * _HOUR)


@lru_cache(maxsize=8192)
def _stage(words: str) -> int:
    """Which stage of a life the name of an instant tells; 4 if none."""
    return next((stage for stage, pattern in enumerate(_STAGES) if re.search(pattern, words)), len(_STAGES))


def _text(leaf: Leaf) -> str:
    for tell in _CANDIDATES:
        candidate = tell(leaf)
        fitted = None if candidate is None else _fitted(leaf, candidate)
        if fitted is not None:
            return fitted
    for candidate in _SAMPLES:
        fitted = _fitted(leaf, candidate)
        if fitted is not None:
            return fitted
    raise ValueError(f"no text found for {leaf.name} that fits {leaf.schema.get('pattern')}")


def _fitted(leaf: Leaf, text: str) -> str | None:
    """The text within the lengths of its schema, or None where the pattern refuses it."""
    least, most = leaf.schema.get("minLength", 0), leaf.schema.get("maxLength")
    if len(text) < least:
        text += leaf.code(least - len(text))
    text = text[:most]
    pattern = leaf.schema.get("pattern")
    return None if pattern and not re.search(pattern, text) else text


def _instant_text(leaf: Leaf) -> str | None:
    if not is_time(leaf.name, leaf.schema):
        return None
    instant = datetime.fromtimestamp(instant_of(leaf), UTC)
    pattern = leaf.schema.get("pattern")
    day = instant.strftime("%Y-%m-%d")
    if leaf.schema.get("format") == "date" or (pattern and re.fullmatch(pattern, day)):
        return day
    if leaf.words == "month":
        return instant.strftime("%m")
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _named(leaf: Leaf) -> str:
    return _teller(leaf.words)(leaf)


@lru_cache(maxsize=8192)
def _teller(words: str) -> Callable[[Leaf], str]:
    """What tells a text of this name."""
    return next((tell for pattern, tell in _TEXTS if re.search(pattern, words)), lambda leaf: leaf.one_of(_WORDS))


def cents(leaf: Leaf) -> int:
    """An amount of money in hundredths."""
    return 199 + leaf.chance("cents") % 12_000


def _amount(leaf: Leaf) -> str:
    return f"{cents(leaf) / 100:.2f}"


def _value(leaf: Leaf) -> str:
    """A member named value: an amount, a measure, or a word, by what stands beside it."""
    if {"currencycode", "currency"} & leaf.beside:
        return _amount(leaf)
    if {"unit", "unitofmeasure", "unitofmeasurement"} & leaf.beside:
        return str(leaf.chance() % 20 + 1)
    return leaf.one_of(_WORDS)


def _place(leaf: Leaf) -> Place:
    places = leaf.scope.home.places or (_NOWHERE,)
    return places[leaf.scope.chance("place") % len(places)]


def _document_url(leaf: Leaf) -> str:
    named = leaf.scope.known.get(leaf.scope.identity) or leaf.code(16)
    return f"{leaf.scope.bound.get('origin', '')}/documents/{leaf.scope.operation.model.name}/{quote(named, safe='')}"


def _title(leaf: Leaf) -> str:
    listing = leaf.scope.listing
    return listing.product.title(leaf.scope.home.language) if listing else leaf.one_of(_PHRASES)


def _person(leaf: Leaf) -> str:
    return leaf.one_of(_PEOPLE)


def _phrase(leaf: Leaf) -> str:
    return leaf.one_of(_PHRASES)


def _code_or_currency(leaf: Leaf) -> str:
    return leaf.scope.home.currency if leaf.name == "code" and "amount" in leaf.beside else leaf.code(6)


def _window(leaf: Leaf) -> str:
    start = datetime.fromtimestamp((leaf.scope.moment or 0) + _HOUR, UTC)
    end = datetime.fromtimestamp((leaf.scope.moment or 0) + 2 * _DAY, UTC)
    return f"{start:%Y-%m-%dT%H:%M:%SZ}--{end:%Y-%m-%dT%H:%M:%SZ}"


_TEXTS: tuple[tuple[str, Callable[[Leaf], str]], ...] = (
    (r"email", lambda leaf: f"buyer{leaf.chance() % 9000}@marketplace.amazon.com"),
    (r"phone", lambda leaf: f"+1 206 555 {leaf.chance() % 10_000:04d}"),
    (r"url|uri|href|^link$|resource$", _document_url),
    (r"postal_code|zip", lambda leaf: _place(leaf).postal_code),
    (r"country", lambda leaf: leaf.scope.home.country),
    (r"city|municipality", lambda leaf: _place(leaf).city),
    (r"state_or|^state$|region|county|district", lambda leaf: _place(leaf).region or "NA"),
    (r"address_line1|^partner_address$", lambda leaf: f"Hafenstraße {leaf.chance() % 90 + 1}"),
    (r"address_line", lambda leaf: f"Floor {leaf.chance() % 9 + 1}"),
    (r"currency_amount|(^|_)amount$|price$", _amount),
    (r"currency", lambda leaf: leaf.scope.home.currency),
    (r"^(value|fee_rate_value)$", _value),
    (r"rate$", lambda leaf: f"0.{leaf.scope.home.tax_percent:02d}"),
    (r"^(length|width|height|weight)$", lambda leaf: str(leaf.chance() % 60 + 5)),
    (r"latitude", lambda leaf: "50.9375"),
    (r"longitude", lambda leaf: "6.9603"),
    (r"locale|language", lambda leaf: leaf.scope.home.locale),
    (r"version", lambda leaf: "1.0"),
    (r"time_?zone", lambda leaf: "Europe/Berlin"),
    (r"carrier", lambda leaf: leaf.one_of(_CARRIERS)),
    (r"tracking|pro_number", lambda leaf: f"1Z{leaf.code(16)}"),
    (r"content$|stream|base64|document$", lambda leaf: b64encode(leaf.code(24).encode()).decode()),
    (r"window$|^interval$", _window),
    (r"unit", lambda leaf: "EA"),
    (r"fn_?sku|network_sku", lambda leaf: leaf.scope.listing.fnsku if leaf.scope.listing else f"X00{leaf.code(7)}"),
    (r"^(item_name|title|product_name|item_description)$", _title),
    (r"brand", lambda leaf: leaf.scope.listing.product.brand if leaf.scope.listing else "Nordhain"),
    (r"marketplace_name|store_name|sales_channel", lambda leaf: leaf.scope.home.name),
    (r"(holder|requester|buyer|contact|technician)_?name|attention|signed_for|seller_display", _person),
    (r"^name$", lambda leaf: _person(leaf) if leaf.beside & _OF_PEOPLE else f"Nordhain {leaf.chance() % 900 + 100}"),
    (r"company|bank|legal|partner_name", lambda leaf: "Nordhain Handels GmbH"),
    (r"^report_type$", lambda leaf: leaf.one_of(_REPORT_TYPES)),
    (r"^feed_type$", lambda leaf: leaf.one_of(_FEED_TYPES)),
    (r"transaction_type|status$|state$", lambda leaf: leaf.one_of(("ACTIVE", "COMPLETED", "PENDING"))),
    (r"tail$", lambda leaf: f"{leaf.chance() % 1000:03d}"),
    (r"description|message|comment|reason$|note|text|label$|instructions?$|details$|snippets", _phrase),
    (r"number$|(^|_)ids?$|identifiers?$|key$|token$|reference|number_list", lambda leaf: leaf.code(12)),
    (r"code$", _code_or_currency),
    (r"year", lambda leaf: str(2010 + leaf.chance() % 12)),
    (r"name$", _title),
)  # fmt: skip


_CANDIDATES: tuple[Callable[[Leaf], str | None], ...] = (
    _instant_text,
    _named,
    lambda leaf: leaf.code(8),
    lambda leaf: leaf.code(8).lower(),
    lambda leaf: str(leaf.chance() % 10_000 + 10_000),
)

_WHOLES: tuple[tuple[str, Callable[[Leaf], int]], ...] = (
    (r"year", lambda leaf: 2010 + leaf.chance() % 12),
    (r"(^|_)(time|till|timestamp)$", instant_of),
    (r"percent|score|rating|rank", lambda leaf: 1 + leaf.chance() % 100),
    (r"month", lambda leaf: 1 + leaf.chance() % 12),
    (r"", lambda leaf: leaf.chance() % 40),
)
_COUNTED = r"year|month|day|count$|quantity|number|units|(^|_)id$|slot_duration|subscriptions$"
_SHARES = r"percent|rating|retention|penetration|conversion|share|reorders|rate$"
_MEASURES = r"length|width|height|weight"


def _whole(leaf: Leaf) -> int:
    return int(_within(leaf, _whole_teller(leaf.words)(leaf)))


@lru_cache(maxsize=8192)
def _whole_teller(words: str) -> Callable[[Leaf], int]:
    return next(tell for pattern, tell in _WHOLES if re.search(pattern, words))


def _number(leaf: Leaf) -> float | int:
    sort = _sort_of_number(leaf.words)
    if sort == _COUNTED or str(leaf.schema.get("format", "")).startswith("int"):
        return _whole(leaf)
    if sort == _SHARES:
        return round(_within(leaf, (leaf.chance() % 10_000) / 100), 2)
    if sort == _MEASURES or {"unit", "unitofmeasurement"} & leaf.beside:
        return round(_within(leaf, 1 + (leaf.chance() % 600) / 10), 1)
    return round(_within(leaf, cents(leaf) / 100), 2)


@lru_cache(maxsize=8192)
def _sort_of_number(words: str) -> str:
    return next((pattern for pattern in (_COUNTED, _SHARES, _MEASURES) if re.search(pattern, words)), "")


def _within(leaf: Leaf, value: float) -> float:
    least, most = leaf.schema.get("minimum"), leaf.schema.get("maximum")
    if most is not None and value > most:
        value = min(most, most if least is None else least + value % (most - least + 1))
    step = leaf.schema.get("multipleOf")
    if step:
        value = max(step, value // step * step)
    return max(value, least) if least is not None else value
