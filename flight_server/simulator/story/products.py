"""What is sold: products with their variations, and this seller's listings of them.

Goes from a seed to tuples of products and listings; knows no orders, stock or offers of others.
"""

import random
from dataclasses import dataclass, replace

from flight_server.simulator.story.marketplaces import TAKEN_PART, Marketplace
from flight_server.simulator.story.words import BRANDS, CATEGORIES, COLOURS, SIZES, Category, Noun

OWN_PRODUCT_COUNT = 480
FOREIGN_PRODUCT_COUNT = 60
_LETTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Product:
    """One page of the catalog. A variation parent has children and is never sold."""

    asin: str
    number: int
    category: Category
    noun: Noun
    brand: str
    model: str
    colour: int | None  # index into COLOURS
    size: str
    cents: int  # base price, US
    ean: str
    upc: str
    released: str
    is_ours: bool
    marketplace_ids: frozenset[str]
    parent_asin: str = ""
    child_asins: tuple[str, ...] = ()

    def title(self, language: str) -> str:
        """The product's name in a language; English where the story has no words for it."""
        names = self.noun.names
        parts = [f"{self.brand} {names.get(language, names['en'])} {self.model}"]
        if self.colour is not None:
            colours = COLOURS[self.colour][1]
            parts.append(colours.get(language, colours["en"]))
        if self.size:
            parts.append(self.size)
        return ", ".join(parts)


@dataclass(frozen=True)
class Listing:
    """This seller's offer of a product: one SKU, the same in every marketplace."""

    sku: str
    product: Product
    channel: str  # AFN or MFN
    condition: str
    subcondition: str
    fnsku: str
    popularity: float
    percent: int = 100  # of the product's price

    def at(self, percent: int) -> "Listing":
        """The same listing at another price."""
        return replace(self, percent=percent)

    def cents(self, marketplace: Marketplace) -> int:
        """The listing price in a marketplace, always ending in 9."""
        percent = 70 if self.condition == "Used" else 100
        base = self.product.cents * self.percent // 100
        return base * marketplace.price_percent * percent // 100_000 * 10 + 9


def products(seed: int) -> tuple[Product, ...]:
    """All products of the story: ours with their variation parents, then some of other sellers."""
    rng = random.Random(f"{seed}/products")
    found: list[Product] = []
    family = 0
    while len(found) < OWN_PRODUCT_COUNT + FOREIGN_PRODUCT_COUNT:
        family += 1
        found.extend(_family(rng, family, len(found), is_ours=len(found) < OWN_PRODUCT_COUNT))
    return tuple(found)


def _family(rng: random.Random, family: int, number: int, *, is_ours: bool) -> list[Product]:
    category = rng.choice(CATEGORIES)
    noun = rng.choice(category.nouns)
    child_count = rng.choice((1, 1, 2, 3, 4))
    asins = [_asin(rng) for _ in range(child_count)]
    parent_asin = _asin(rng) if child_count > 1 else ""
    cents = rng.randrange(noun.lowest, noun.highest)
    sold_in = frozenset(m.marketplace_id for m in TAKEN_PART if rng.random() < (0.92 if m.country == "US" else 0.75))
    base = Product(
        asin="", number=number, category=category, noun=noun, brand=rng.choice(BRANDS),
        model=f"{noun.code[0]}{family:03d}", colour=None, size="", cents=cents, ean="", upc="", released="",
        is_ours=is_ours, marketplace_ids=sold_in or frozenset({"ATVPDKIKX0DER"}),
    )  # fmt: skip
    is_sized = category.product_type == "APPAREL"
    children = [
        replace(
            base,
            asin=asin,
            number=number + offset,
            colour=(family + offset) % len(COLOURS) if child_count > 1 or rng.random() < 0.5 else None,
            size=SIZES[offset % len(SIZES)] if is_sized else "",
            cents=cents + 150 * offset,
            ean=_ean(rng) if rng.random() < 0.9 else "",
            upc=_upc(rng) if rng.random() < 0.5 else "",
            released=f"20{rng.randrange(18, 25)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
            parent_asin=parent_asin,
        )
        for offset, asin in enumerate(asins)
    ]
    if not parent_asin:
        return children
    return [*children, replace(base, asin=parent_asin, number=number + child_count, child_asins=tuple(asins))]


def listings(seed: int, sold: tuple[Product, ...]) -> tuple[Listing, ...]:
    """Our SKUs: one for every product of ours, and a second, used one for a few."""
    rng = random.Random(f"{seed}/listings")
    found = []
    for product in sold:
        if not product.is_ours or product.child_asins:
            continue
        sku = _sku(product)
        channel = "MFN" if rng.random() < 0.25 else "AFN"
        popularity = 1.0 / (1 + rng.randrange(60))
        found.append(Listing(sku, product, channel, "New", "New", f"X00{_letters(rng, 7)}", popularity))
        if product.number % 27 == 5:
            found.append(Listing(f"{sku}-used", product, "MFN", "Used", "Good", f"X00{_letters(rng, 7)}", 0.05))
    return tuple(found)


def _sku(product: Product) -> str:
    """SKUs as sellers make them up: mostly plain, some with what is hard to put into a URL."""
    number, code = product.number, product.noun.code
    colour = "" if product.colour is None else COLOURS[product.colour][0]
    match number % 16:
        case 3:
            return f"{code} {number:04d}/{colour or 'ONE'}+{product.size or 'STD'}"
        case 7:
            return f"Größe-{number:04d}"
        case 11:
            return f"{code}&{number:04d} 100%"
        case 13:
            return f"{code.lower()}_{number:04d}#{colour.lower()}?=1"
        case _:
            return "-".join(part for part in (code, f"{number:04d}", colour, product.size) if part)


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(_LETTERS, k=count))


def _asin(rng: random.Random) -> str:
    return f"B0{_letters(rng, 8)}"


def _check_digit(digits: str) -> str:
    # Weights of GS1 count from the right: 3, 1, 3, ...
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _ean(rng: random.Random) -> str:
    digits = f"40{rng.randrange(10**10):010d}"
    return digits + _check_digit(digits)


def _upc(rng: random.Random) -> str:
    digits = f"8{rng.randrange(10**10):010d}"
    return digits + _check_digit(digits)
