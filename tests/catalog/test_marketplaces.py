"""Marketplaces are found as people write them, and are those that Amazon publishes."""

import json
import zoneinfo
from pathlib import Path

import pytest

from catalog.marketplaces import find_marketplace, read_marketplaces

FACTS = Path(__file__).parents[3] / "shared" / "spapi" / "facts" / "marketplaces.json"


@pytest.mark.parametrize("text", ["US", "us", " Us ", "ATVPDKIKX0DER", "atvpdkikx0der"])
def test_a_marketplace_is_found_by_code_or_id(text: str) -> None:
    found = find_marketplace(text)
    assert found is not None
    assert (found.id, found.region, found.currency) == ("ATVPDKIKX0DER", "NA", "USD")


def test_the_united_kingdom_goes_by_both_codes() -> None:
    assert find_marketplace("UK") is find_marketplace("GB") is not None


def test_what_is_no_marketplace_is_not_found() -> None:
    assert find_marketplace("XX") is None
    assert find_marketplace("") is None


def test_ids_and_codes_are_unique_and_zones_exist() -> None:
    every = read_marketplaces()
    names = [name for each in every for name in (each.id, each.country, *each.aliases)]
    assert len(names) == len(set(names))
    assert all(each.zone in zoneinfo.available_timezones() for each in every if each.zone)
    assert {each.region for each in every} == {"NA", "EU", "FE"}


@pytest.mark.skipif(not FACTS.is_file(), reason="the published facts are not beside this checkout")
def test_the_list_is_the_published_one() -> None:
    published = {
        (each["country_code"], each["marketplace_id"], each["region"], each["currency"], each.get("time_zone") or "")
        for each in json.loads(FACTS.read_text())
    }
    assert {(each.country, each.id, each.region, each.currency, each.zone) for each in read_marketplaces()} == published
