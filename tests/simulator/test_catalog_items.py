from typing import Any

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DE, US, Caller, refusal

ITEMS = "/catalog/2022-04-01/items"
EVERYTHING = (
    "attributes,classifications,dimensions,identifiers,images,productTypes,relationships,salesRanks,summaries,"
    "vendorDetails"
)


def search(caller: Caller, **asked: str) -> dict[str, Any]:
    answer = caller.get(ITEMS, **{"marketplaceIds": US, **asked})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_items_are_found_by_asin_in_the_order_asked(simulator: Simulator, caller: Caller) -> None:
    asins = simulator.story.asins(US)[20:0:-1]
    first = search(caller, identifiers=",".join(asins), identifiersType="ASIN")
    assert first["numberOfResults"] == 20
    asked = {"identifiers": ",".join(asins), "identifiersType": "ASIN"}
    second = search(caller, **asked, pageToken=first["pagination"]["nextToken"])
    assert [item["asin"] for item in first["items"] + second["items"]] == asins
    assert set(first["items"][0]) == {"asin", "summaries"}
    assert set(second["pagination"]) == {"previousToken"}
    assert "refinements" not in first


def test_datasets_are_told_as_asked(simulator: Simulator, caller: Caller) -> None:
    asin = simulator.story.asins(DE)[7]
    item = caller.get(f"{ITEMS}/{asin}", marketplaceIds=DE, includedData=EVERYTHING).json()
    told = simulator.story.catalog_item(asin, DE)
    assert item == {**told, "attributes": item["attributes"], "dimensions": item["dimensions"]}
    assert set(item) == {"asin", *EVERYTHING.split(",")}
    item = caller.get(f"{ITEMS}/{asin}", marketplaceIds=DE).json()
    assert set(item) == {"asin", "summaries"}


def test_skus_and_other_identifiers_find_their_item(simulator: Simulator, caller: Caller) -> None:
    listing = next(one for one in simulator.story.listings if one.product.upc and US in one.product.marketplace_ids)
    seller = {"sellerId": simulator.story.seller_id}
    for kind, value in (("SKU", listing.sku), ("EAN", listing.product.ean), ("UPC", listing.product.upc)):
        if value:
            found = search(caller, identifiers=value, identifiersType=kind, **seller)["items"]
            assert [item["asin"] for item in found] == [listing.product.asin]
    assert search(caller, identifiers="9783161484100", identifiersType="ISBN")["items"] == []


def test_keywords_must_all_match_and_come_with_refinements(simulator: Simulator, caller: Caller) -> None:
    found = search(caller, keywords="trinkflasche", marketplaceIds=DE, pageSize="20")
    assert found["numberOfResults"] > 0
    assert all("Trinkflasche" in item["summaries"][0]["itemName"] for item in found["items"])
    brand = found["refinements"]["brands"][0]
    narrowed = search(caller, keywords="trinkflasche", marketplaceIds=DE, brandNames=brand["brandName"])
    assert narrowed["numberOfResults"] == brand["numberOfResults"]


def test_other_sellers_items_are_in_the_catalog_too(simulator: Simulator, caller: Caller) -> None:
    foreign = next(p for p in simulator.story.products if not p.is_ours and DE in p.marketplace_ids)
    assert caller.get(f"{ITEMS}/{foreign.asin}", marketplaceIds=DE).status_code == 200


def test_several_marketplaces_give_an_entry_each(simulator: Simulator, caller: Caller) -> None:
    asin = next(asin for asin in simulator.story.asins(US) if asin in simulator.story.asins(DE))
    item = caller.get(f"{ITEMS}/{asin}", marketplaceIds=f"{US},{DE}").json()
    assert [entry["marketplaceId"] for entry in item["summaries"]] == [US, DE]
    assert refusal(caller.get(f"{ITEMS}/B000000000", marketplaceIds=US)) == (404, "NotFound")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"keywords": "a", "identifiers": "B000000000", "identifiersType": "ASIN"},
        {"identifiers": "B000000000"},
        {"identifiers": "B000000000", "identifiersType": "asin"},
        {"identifiers": ",".join(["B000000000"] * 21), "identifiersType": "ASIN"},
        {"identifiers": "PAN-0000", "identifiersType": "SKU"},
        {"identifiers": "B000000000", "identifiersType": "ASIN", "brandNames": "Nordhain"},
        {"keywords": "a", "pageSize": "21"},
        {"keywords": "a", "includedData": "everything"},
        {"keywords": "a", "marketplaceIds": f"{US},{DE}"},
        {"keywords": "a", "locale": "english"},
        {"keywords": "a", "pageToken": "made up"},
    ],
    ids=str,
)
def test_broken_rules_are_refused(caller: Caller, asked: dict[str, str]) -> None:
    assert refusal(caller.get(ITEMS, **{"marketplaceIds": US, **asked})) == (400, "InvalidInput")
