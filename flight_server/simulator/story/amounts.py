"""Amounts and instants as Orders v0 writes them, and what an order comes to.

Goes from cents and epoch seconds to text; knows no status and no person. Amounts are decimal text with two places.
"""

from datetime import UTC, datetime
from functools import lru_cache

from flight_server.simulator.story.purchases import Line, Purchase

Document = dict[str, object]


@lru_cache(maxsize=4096)
def iso(epoch: int) -> str:
    """An instant as Orders v0 writes it: text, UTC, whole seconds."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(currency: str, cents: int) -> Document:
    """An amount as Orders v0 writes it: decimal text with two places."""
    return {"CurrencyCode": currency, "Amount": f"{cents // 100}.{cents % 100:02d}"}


def order_total(purchase: Purchase) -> int:
    """What the buyer pays: prices, shipping, gift wrap and added tax less discounts, in cents."""
    return sum(_line_total(purchase, line) for line in purchase.lines)


def _line_total(purchase: Purchase, line: Line) -> int:
    added = 0 if purchase.marketplace.tax_included else tax(purchase, line.price) + tax(purchase, line.shipping)
    return line.price + line.shipping + added - line.promotion + (wrap(purchase, line) or 0)


def tax(purchase: Purchase, cents: int) -> int:
    """The tax on, or within, an amount; half a cent is rounded up."""
    percent = purchase.marketplace.tax_percent
    if purchase.marketplace.tax_included:
        return (cents * percent * 2 + 100 + percent) // (2 * (100 + percent))
    return (cents * percent + 50) // 100


def wrap(purchase: Purchase, line: Line) -> int | None:
    """The gift wrap price of a line, if it is wrapped."""
    return 349 if line.is_gift and purchase.whim % 2 else None
