import json
from decimal import Decimal

import pytest

from flight_server.simulator import Simulator
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID
from tests.simulator.caller import DE, US, Caller, refusal

PRICE = "/products/pricing/v0/price"
COMPETITIVE = "/products/pricing/v0/competitivePrice"


def test_every_id_gets_an_entry(simulator: Simulator, caller: Caller) -> None:
    skus = [*simulator.story.skus(US)[:5], "no such SKU", *simulator.story.skus(US)[40:43]]
    body = caller.get(PRICE, MarketplaceId=US, ItemType="Sku", Skus=",".join(skus)).json()
    assert [entry["SellerSKU"] for entry in body["payload"]] == skus
    assert [entry["status"] for entry in body["payload"]] == ["Success"] * 5 + ["ClientError"] + ["Success"] * 3
    assert "Product" not in body["payload"][5]


def test_amounts_are_numbers_of_exact_value(simulator: Simulator, caller: Caller) -> None:
    skus = simulator.story.skus(US)[:20]
    text = caller.get(PRICE, MarketplaceId=US, ItemType="Sku", Skus=",".join(skus)).text
    body = json.loads(text, parse_float=Decimal)
    for entry in body["payload"]:
        offer = entry["Product"]["Offers"][0]
        cents = simulator.story.listing_by_sku[offer["SellerSKU"]].cents
        assert isinstance(offer["RegularPrice"]["Amount"], Decimal)
        assert offer["RegularPrice"]["Amount"] * 100 == cents(MARKETPLACE_BY_ID[US])


def test_an_asin_may_have_several_offers(simulator: Simulator, caller: Caller) -> None:
    used = next(
        one for one in simulator.story.listings if one.condition == "Used" and DE in one.product.marketplace_ids
    )
    asked = {"MarketplaceId": DE, "ItemType": "Asin", "Asins": used.product.asin}
    entry = caller.get(PRICE, **asked).json()["payload"][0]
    assert [offer["ItemCondition"] for offer in entry["Product"]["Offers"]] == ["New", "Used"]
    entry = caller.get(PRICE, **asked, ItemCondition="Used").json()["payload"][0]
    assert [offer["SellerSKU"] for offer in entry["Product"]["Offers"]] == [used.sku]


def test_competition_is_told_for_items_of_others_too(simulator: Simulator, caller: Caller) -> None:
    foreign = next(p for p in simulator.story.products if not p.is_ours and DE in p.marketplace_ids)
    body = caller.get(COMPETITIVE, MarketplaceId=DE, ItemType="Asin", Asins=foreign.asin).json()
    pricing = body["payload"][0]["Product"]["CompetitivePricing"]
    assert not any(price["belongsToRequester"] for price in pricing["CompetitivePrices"])
    assert (
        caller.get(PRICE, MarketplaceId=DE, ItemType="Asin", Asins=foreign.asin).json()["payload"][0]["Product"][
            "Offers"
        ]
        == []
    )


def test_competition_is_the_same_by_asin_and_by_sku(simulator: Simulator, caller: Caller) -> None:
    used = next(
        one for one in simulator.story.listings if one.condition == "Used" and DE in one.product.marketplace_ids
    )
    asin = used.product.asin
    by_asin = caller.get(COMPETITIVE, MarketplaceId=DE, ItemType="Asin", Asins=asin).json()["payload"][0]["Product"]
    by_sku = caller.get(COMPETITIVE, MarketplaceId=DE, ItemType="Sku", Skus=used.sku).json()["payload"][0]["Product"]
    assert by_asin["CompetitivePricing"] == by_sku["CompetitivePricing"]
    assert by_asin["Identifiers"] != by_sku["Identifiers"]


@pytest.mark.parametrize("path", [PRICE, COMPETITIVE])
@pytest.mark.parametrize(
    "asked",
    [
        {"ItemType": "Asin", "Asins": "B000000000"},
        {"MarketplaceId": US, "Asins": "B000000000"},
        {"MarketplaceId": US, "ItemType": "Asin"},
        {"MarketplaceId": US, "ItemType": "Asin", "Skus": "PAN-0000"},
        {"MarketplaceId": US, "ItemType": "ASIN", "Asins": "B000000000"},
        {"MarketplaceId": "NOWHERE", "ItemType": "Asin", "Asins": "B000000000"},
        {"MarketplaceId": US, "ItemType": "Asin", "Asins": ",".join(["B000000000"] * 21)},
        {"MarketplaceId": US, "ItemType": "Asin", "Asins": "B000000000", "CustomerType": "x", "OfferType": "x"},
    ],
    ids=str,
)
def test_broken_rules_are_refused(caller: Caller, path: str, asked: dict[str, str]) -> None:
    assert refusal(caller.get(path, **asked)) == (400, "InvalidInput")
