"""What stands behind the links that answers give: documents of feeds, labels, invoices.

Goes from a path below `/documents/` to an Answer; as with Amazon's presigned links, who has the link needs no token.
Knows no operations: all documents of a kind tell of the seller's listings.
"""

from flight_server.simulator.answers import Answer, Refused, json_bytes
from flight_server.simulator.story import Story
from flight_server.simulator.story.marketplaces import TAKEN_PART

PREFIX = "/documents/"
_TABLES = ("feeds_",)
_OBJECTS = ("definitionsProductTypes_",)
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def download(path: str, story: Story) -> Answer:
    """The document behind a link."""
    model, _, name = path.removeprefix(PREFIX).partition("/")
    if not model or not name:
        raise Refused(404, "NoSuchKey", "The specified key does not exist.")
    if model.startswith(_TABLES):
        return Answer(200, _table(story).encode(), content_type="text/plain; charset=UTF-8")
    if model.startswith(_OBJECTS):
        schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}
        return Answer(200, json_bytes(schema))
    return Answer(200, _PDF, content_type="application/pdf")


def _table(story: Story) -> str:
    rows = ["sku\tasin\tprice\tquantity"]
    home = TAKEN_PART[0]
    for listing in story.listings:
        cents = listing.cents(home)
        quantity = listing.product.number % 60
        rows.append(f"{listing.sku}\t{listing.product.asin}\t{cents // 100}.{cents % 100:02d}\t{quantity}")
    return "\r\n".join([*rows, ""])
