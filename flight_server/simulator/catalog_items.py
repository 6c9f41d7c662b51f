"""Catalog Items 2022-04-01: search by identifiers or keywords, and one item by ASIN.

Declares the operations as Amazon's model does and applies the rules its prose states; the data comes from the story.
"""

from collections import Counter
from collections.abc import Iterable

from flight_server.simulator.answers import invalid, not_found
from flight_server.simulator.operations import OperationCall, operation
from flight_server.simulator.paging import check_same
from flight_server.simulator.parameters import Parameter, Parameters
from flight_server.simulator.story import Story
from flight_server.simulator.story.amounts import Document
from flight_server.simulator.story.catalog_documents import DATASETS, catalog_document
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID
from flight_server.simulator.story.products import Product

_PAGE_SIZE = 10
_NOT_WITH_IDENTIFIERS = ("keywords", "brandNames", "classificationIds", "keywordsLocale")
_LOCALE = r"[a-z]{2}_[A-Z]{2}"
_INCLUDED = Parameter("includedData", "texts", allowed=DATASETS)


@operation(
    "GET",
    "/catalog/2022-04-01/items",
    "searchCatalogItems",
    rate="2",
    burst=2,
    parameters=(
        Parameter("identifiers", "texts", at_most=20),
        Parameter("identifiersType", allowed=("ASIN", "EAN", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")),
        Parameter("marketplaceIds", "texts", required=True, at_most=1, is_marketplace=True),
        _INCLUDED,
        Parameter("locale", pattern=_LOCALE),
        Parameter("sellerId"),
        Parameter("keywords", "texts", at_most=20),
        Parameter("brandNames", "texts"),
        Parameter("classificationIds", "texts"),
        Parameter("pageSize", "integer", minimum=1, maximum=20),
        Parameter("pageToken"),
        Parameter("keywordsLocale", pattern=_LOCALE),
    ),
)
def search_catalog_items(call: OperationCall) -> object:
    """Items of one marketplace that match identifiers or keywords."""
    asked = call.parameters
    _check_rules(call.story, asked)
    marketplace_id = asked.texts("marketplaceIds")[0]
    offered = [product for product in call.story.products if marketplace_id in product.marketplace_ids]
    by_identifier = "identifiers" in asked
    found = _by_identifiers(call.story, asked, offered) if by_identifier else _by_keywords(asked, offered)
    size, position = asked.integer("pageSize", _PAGE_SIZE), _position(call)
    answer: Document = {"numberOfResults": len(found)}
    pagination = _pagination(call, position, size, len(found))
    if pagination:
        answer["pagination"] = pagination
    if not by_identifier:
        answer["refinements"] = _refinements(found)
    marketplaces = [MARKETPLACE_BY_ID[marketplace_id]]
    answer["items"] = [
        catalog_document(product, marketplaces, _datasets(asked)) for product in found[position : position + size]
    ]
    return answer


def _check_rules(story: Story, asked: Parameters) -> None:
    if ("identifiers" in asked) == ("keywords" in asked):
        raise invalid("Exactly one of identifiers and keywords is required.")
    if "identifiers" in asked:
        if "identifiersType" not in asked:
            raise invalid("identifiersType is required with identifiers.")
        excluded = [name for name in _NOT_WITH_IDENTIFIERS if name in asked]
        if excluded:
            raise invalid(f"Not allowed with identifiers: {', '.join(excluded)}.")
    if asked.text("identifiersType") == "SKU" and asked.text("sellerId") != story.seller_id:
        raise invalid("sellerId is required with identifiersType SKU and must be the seller's own.")


def _by_identifiers(story: Story, asked: Parameters, offered: list[Product]) -> list[Product]:
    """The products behind the identifiers, in their order, each once."""
    kind = asked.text("identifiersType")
    by_asin = {product.asin: product for product in offered}
    if kind == "SKU":
        asin_by_identifier = {sku: listing.product.asin for sku, listing in story.listing_by_sku.items()}
    else:
        asin_by_identifier = {_identifier(product, kind): product.asin for product in offered}
    asins = [asin_by_identifier.get(value, "") for value in asked.texts("identifiers")]
    return [by_asin[asin] for asin in dict.fromkeys(asins) if asin in by_asin]


def _identifier(product: Product, kind: str) -> str:
    known = {"ASIN": product.asin, "EAN": product.ean, "GTIN": product.ean and f"0{product.ean}", "UPC": product.upc}
    return known.get(kind, "")


def _by_keywords(asked: Parameters, offered: list[Product]) -> list[Product]:
    language = MARKETPLACE_BY_ID[asked.texts("marketplaceIds")[0]].language
    words = [word for text in asked.texts("keywords") for word in text.casefold().split()]
    brands, nodes = asked.texts("brandNames"), asked.texts("classificationIds")
    return [
        product
        for product in offered
        if all(word in f"{product.title(language)} {product.title('en')}".casefold() for word in words)
        and (not brands or product.brand in brands)
        and (not nodes or product.category.node in nodes)
    ]


def _refinements(found: Iterable[Product]) -> Document:
    brands = Counter(product.brand for product in found)
    nodes = Counter((product.category.node, product.category.names["en"]) for product in found)
    return {
        "brands": [{"numberOfResults": count, "brandName": brand} for brand, count in brands.most_common(10)],
        "classifications": [
            {"numberOfResults": count, "displayName": name, "classificationId": node}
            for (node, name), count in nodes.most_common(10)
        ],
    }


def _position(call: OperationCall) -> int:
    text = call.parameters.text("pageToken")
    if not text:
        return 0
    token = call.page_tokens.read(text, "searchCatalogItems", "pageToken")
    check_same(token, call.parameters.sent, "pageToken", may_omit=False)
    return token.position


def _pagination(call: OperationCall, position: int, size: int, count: int) -> Document:
    sent = {name: text for name, text in call.parameters.sent.items() if name != "pageToken"}

    def token(place: int) -> str:
        return call.page_tokens.issue("searchCatalogItems", sent, place, call.seconds)

    pagination: Document = {}
    if position + size < count:
        pagination["nextToken"] = token(position + size)
    if position:
        pagination["previousToken"] = token(max(0, position - size))
    return pagination


def _datasets(asked: Parameters) -> list[str]:
    return list(asked.texts("includedData")) or ["summaries"]


@operation(
    "GET",
    "/catalog/2022-04-01/items/{asin}",
    "getCatalogItem",
    rate="2",
    burst=2,
    parameters=(
        Parameter("marketplaceIds", "texts", required=True, is_marketplace=True),
        _INCLUDED,
        Parameter("locale", pattern=_LOCALE),
    ),
)
def get_catalog_item(call: OperationCall) -> object:
    """One item, as the marketplaces asked for know it."""
    asin = call.parameters.text("asin")
    product = call.story.product_by_asin.get(asin)
    marketplace_ids = call.parameters.texts("marketplaceIds")
    knowing = [MARKETPLACE_BY_ID[one] for one in marketplace_ids if product and one in product.marketplace_ids]
    if product is None or not knowing:
        raise not_found(f"There is no item {asin} in {', '.join(marketplace_ids)}.")
    return catalog_document(product, knowing, _datasets(call.parameters))
