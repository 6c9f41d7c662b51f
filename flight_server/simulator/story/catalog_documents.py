"""A product as Catalog Items 2022-04-01 tells it, one function a dataset.

Goes from product and marketplace to the entry of each dataset for that marketplace; knows no search and no paging.
Members are those of Amazon's model; what sellers leave out in life is sometimes left out here.
"""

import random
from collections.abc import Callable
from decimal import Decimal

from flight_server.simulator.story.marketplaces import Marketplace
from flight_server.simulator.story.products import Product
from flight_server.simulator.story.words import COLOURS

Document = dict[str, object]


def _whims(product: Product, topic: str) -> random.Random:
    return random.Random(f"{product.asin}/{topic}")


def _localized(names: dict[str, str], marketplace: Marketplace) -> str:
    return names.get(marketplace.language, names["en"])


def _colour(product: Product, marketplace: Marketplace) -> str:
    return "" if product.colour is None else _localized(COLOURS[product.colour][1], marketplace)


def _summaries(product: Product, marketplace: Marketplace) -> Document:
    summary: Document = {
        "adultProduct": False,
        "autographed": False,
        "brand": product.brand,
        "browseClassification": {
            "displayName": _localized(product.noun.names, marketplace),
            "classificationId": f"{product.category.node}{len(product.noun.code)}{ord(product.noun.code[0])}",
        },
        "itemClassification": "VARIATION_PARENT" if product.child_asins else "BASE_PRODUCT",
        "itemName": product.title(marketplace.language),
        "manufacturer": product.brand,
        "memorabilia": False,
        "modelNumber": product.model,
        "packageQuantity": 1,
        "partNumber": f"{product.noun.code}-{product.model}",
        "tradeInEligible": False,
        "websiteDisplayGroup": product.category.display_group,
        "websiteDisplayGroupName": _localized(product.category.names, marketplace),
    }
    optional = {
        "color": _colour(product, marketplace),
        "size": product.size,
        "releaseDate": product.released if product.number % 3 else "",
    }
    return summary | {name: value for name, value in optional.items() if value}


def _attributes(product: Product, marketplace: Marketplace) -> Document:
    place = {"marketplace_id": marketplace.marketplace_id}
    local = {"language_tag": marketplace.locale, **place}
    attributes: Document = {
        "item_name": [{"value": product.title(marketplace.language), **local}],
        "brand": [{"value": product.brand, **local}],
        "bullet_point": [
            {"value": f"{_localized(product.noun.names, marketplace)} ✓ {number} / 3", **local} for number in (1, 2, 3)
        ],
        "item_weight": [{"unit": "grams", "value": product.noun.grams, **place}],
    }
    if product.number % 5:
        cents = product.cents * marketplace.price_percent * 12 // 1000
        attributes["list_price"] = [{"currency": marketplace.currency, "value": Decimal(cents).scaleb(-2), **place}]
    return attributes


def _classifications(product: Product, marketplace: Marketplace) -> Document:
    leaf = _summaries(product, marketplace)["browseClassification"]
    assert isinstance(leaf, dict)
    root = {"displayName": _localized(product.category.names, marketplace), "classificationId": product.category.node}
    return {"classifications": [{**leaf, "parent": root}]}


def _dimensions(product: Product, _marketplace: Marketplace) -> Document:
    rng = _whims(product, "dimensions")
    if product.child_asins or rng.random() < 0.1:
        return {}

    def box(scale: int) -> Document:
        sides = {
            side: {"unit": "inches", "value": Decimal(rng.randrange(100, 2400) * scale).scaleb(-3)}
            for side in ("height", "length", "width")
        }
        weight = {"unit": "pounds", "value": Decimal(product.noun.grams * scale * 22).scaleb(-4)}
        return {**sides, "weight": weight}

    return {"item": box(10), "package": box(12)} if rng.random() < 0.8 else {"package": box(12)}


def _identifiers(product: Product, _marketplace: Marketplace) -> Document:
    known = (("EAN", product.ean), ("GTIN", product.ean and f"0{product.ean}"), ("UPC", product.upc))
    return {"identifiers": [{"identifierType": kind, "identifier": value} for kind, value in known if value]}


def _images(product: Product, _marketplace: Marketplace) -> Document:
    rng = _whims(product, "images")
    variants = ("MAIN", "PT01", "PT02", "PT03")[: rng.randrange(5)]
    return {
        "images": [
            {
                "variant": variant,
                "link": f"https://m.media-amazon.com/images/I/{product.asin[2:]}{variant}L.jpg",
                "height": size,
                "width": size,
            }
            for variant in variants
            for size in (2000, 500)
        ]
    }


def _product_types(product: Product, _marketplace: Marketplace) -> Document:
    return {"productType": product.category.product_type}


def _relationships(product: Product, _marketplace: Marketplace) -> Document:
    theme = {"attributes": ["color", "size"], "theme": "SIZE_NAME/COLOR_NAME"}
    if product.child_asins:
        return {
            "relationships": [{"type": "VARIATION", "childAsins": list(product.child_asins), "variationTheme": theme}]
        }
    if product.parent_asin:
        return {"relationships": [{"type": "VARIATION", "parentAsins": [product.parent_asin], "variationTheme": theme}]}
    return {"relationships": []}


def sales_rank(product: Product, marketplace: Marketplace) -> int:
    """The product's rank in its display group."""
    return _whims(product, f"rank/{marketplace.country}").randrange(1, 250_000)


def _sales_ranks(product: Product, marketplace: Marketplace) -> Document:
    if product.child_asins or product.number % 10 == 9:
        return {}
    rank = sales_rank(product, marketplace)
    title = _localized(product.category.names, marketplace)
    link = f"https://{marketplace.domain}/gp/bestsellers/{product.category.node}"
    ranks: Document = {
        "displayGroupRanks": [
            {"websiteDisplayGroup": product.category.display_group, "title": title, "link": link, "rank": rank}
        ]
    }
    if rank < 120_000:
        leaf = _localized(product.noun.names, marketplace)
        node = f"{product.category.node}{len(product.noun.code)}{ord(product.noun.code[0])}"
        ranks["classificationRanks"] = [{"classificationId": node, "title": leaf, "rank": rank // 40 + 1}]
    return ranks


_PER_MARKETPLACE: dict[str, Callable[[Product, Marketplace], Document]] = {
    "classifications": _classifications,
    "dimensions": _dimensions,
    "identifiers": _identifiers,
    "images": _images,
    "productTypes": _product_types,
    "relationships": _relationships,
    "salesRanks": _sales_ranks,
    "summaries": _summaries,
}
DATASETS = ("attributes", *_PER_MARKETPLACE, "vendorDetails")


def catalog_document(product: Product, marketplaces: list[Marketplace], datasets: list[str]) -> Document:
    """The Item with the datasets asked for, each holding one entry a marketplace that knows the product."""
    item: Document = {"asin": product.asin}
    for dataset in sorted(datasets):
        if dataset == "attributes":
            item[dataset] = _attributes(product, marketplaces[0])
        elif dataset == "vendorDetails":
            item[dataset] = []  # this account is a seller's
        else:
            tell = _PER_MARKETPLACE[dataset]
            item[dataset] = [
                {"marketplaceId": marketplace.marketplace_id, **tell(product, marketplace)}
                for marketplace in marketplaces
            ]
    return item
