"""JSON text holds what Amazon means, not how it spells it: a LIKE finds it."""

from collections.abc import Iterator

import pytest

from tests.scripted_amazon import ScriptedAmazon, scripted_amazon

ITEM = rb"""{
  "asin" : "B00ZIAODGE",
  "summaries" : [ { "marketplaceId" : "ATVPDKIKX0DER", "itemName" : "Tools \u0026 Home \u00fc 1\/2 \ud83d\ude00",
    "browseClassification" : { "displayName" : "Tools \u0026 Home", "classificationId" : "1" } } ],
  "attributes" : { "list_price" : [ { "value" : 1.50, "count" : 1E5, "id" : 100000000000000000000000000 } ],
    "quote" : [ "6\" \\ wide\n" ] }
}"""
ASKED = "FROM catalog_items.search WHERE keywords = 'tools'"


@pytest.fixture(scope="module")
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        scripted.answer("/catalog/2022-04-01/items", b'{"numberOfResults":1,"items":[' + ITEM + b"]}")
        yield scripted


@pytest.mark.parametrize("pattern", ["%Tools & Home%", "%Home ü 1/2 😀%", '%"displayName":"Tools & Home"%'])
def test_a_pattern_finds_what_amazon_spelled_with_escapes(amazon: ScriptedAmazon, pattern: str) -> None:
    assert amazon.query(f"SELECT asin {ASKED} AND summaries LIKE '{pattern}'") == [{"asin": "B00ZIAODGE"}]
    assert "Home" not in amazon.asked[-1].target


def test_json_text_is_compact_and_keeps_every_digit_and_needed_escape(amazon: ScriptedAmazon) -> None:
    (row,) = amazon.query(f"SELECT attributes {ASKED}")
    assert row["attributes"] == (
        '{"list_price":[{"value":1.50,"count":1E5,"id":100000000000000000000000000}],"quote":["6\\" \\\\ wide\\n"]}'
    )


def test_json_inside_native_types_is_written_so_too(amazon: ScriptedAmazon) -> None:
    (row,) = amazon.query(f"SELECT summaries, attributes {ASKED}", NestedTypes="native")
    assert row["summaries"][0]["browse_classification"]["display_name"] == "Tools & Home"
    assert '"count":1E5' in row["attributes"]
