"""Headers and rows: names in any order and language, rows of any length, and nothing that is dropped."""

import json

import pytest

from catalog.table import DeclaredType, Table
from flight_server.errors import UnexpectedAnswer
from tests.decode.documents.report_tables import DE, JP, REPORT_TABLES, UK, hand_made, rows_of

LISTINGS: dict[str, DeclaredType] = {
    "item-name": "string",
    "item-description": "string",
    "listing-id": "string",
    "seller-sku": "string",
    "price": "decimal",
    "quantity": "int64",
    "product-id": "string",
    "fulfillment-channel": "string",
    "status": "string",
}


def table_named(name: str) -> Table:
    return next(table for table in REPORT_TABLES if table.name == name)


def test_names_count_not_their_order_case_or_signs() -> None:
    [row] = rows_of(b"STATUS \tFulfilment_Channel\t item name\nActive\tDEFAULT\tMug\n", hand_made(LISTINGS))
    assert [row["status"], row["fulfillment_channel"], row["item_name"], row["price"]] == [
        "Active",
        "DEFAULT",
        "Mug",
        None,
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Artikelbezeichnung\tHändler-SKU\tPreis\tMenge\tStatus",
        "Nome dell'articolo\tSKU venditore\tPrezzo\tQuantità\tstato",
        "商品名称\t卖家 SKU\t价格\t数量\t状态",
        "商品名\t出品者SKU\t価格\t数量\tステータス",
    ],
)
def test_a_header_in_another_language_is_the_same_header(header: str) -> None:
    [row] = rows_of(f"{header}\nMug\tA-1\t9\t3\tActive\n".encode(), hand_made(LISTINGS), marketplaces=[UK])
    told = [row["item_name"], row["seller_sku"], row["price"], row["quantity"], row["status"], row["other_columns"]]
    assert told == ["Mug", "A-1", 9, 3, "Active", None]


def test_repeated_chinese_names_are_told_apart_by_their_order() -> None:
    header = "商品名称\t商品编码\t卖家 SKU\t商品编码\t不适用项目\t不适用项目"
    [row] = rows_of(f"{header}\nMug\tL1\tA-1\tP1\tx\ty\n".encode(), hand_made(LISTINGS))
    assert [row["listing_id"], row["product_id"]] == ["L1", "P1"]
    assert json.loads(row["other_columns"]) == {"不适用项目": "x", "不适用项目 (2)": "y"}
    alone = "商品名称\t商品编码\nMug\tL1\n"
    assert [row["other_columns"] for row in rows_of(alone.encode(), hand_made(LISTINGS))] == ['{"商品编码":"L1"}']


def test_deprecated_columns_are_the_nine_that_they_were() -> None:
    table = table_named("merchant_listings_all_data")
    old = [column.member for column in table.columns if column.member]
    unused = {"image-url", "zshop-shipping-fee", "zshop-category1", "zshop-browse-path", "zshop-storefront-feature"}
    unused |= {"asin2", "asin3", "zshop-boldface", "bid-for-featured-placement"}
    header = "\t".join("Deprecated column" if name in unused else name for name in old)
    cells = "\t".join("B0ABCD0003" if name == "asin3" else "" for name in old)
    [row] = rows_of(f"{header}\n{cells}\n".encode(), table)
    assert [row["asin3"], row["other_columns"]] == ["B0ABCD0003", None]


def test_a_name_that_is_missing_is_known_by_its_place_between_two_that_are_not() -> None:
    columns: dict[str, DeclaredType] = {"sku": "string", "asin": "string", "price": "decimal", "points": "int64"}
    [row] = rows_of(b"sku\t\tprice\t\nA\tB0\t9\tlost?\n", hand_made(columns))
    assert [row["sku"], row["asin"], row["price"], row["points"]] == ["A", "B0", 9, None]
    assert row["other_columns"] == '{"column 4":"lost?"}'


def test_a_new_name_in_the_place_of_an_old_one_is_not_taken_for_it() -> None:
    columns: dict[str, DeclaredType] = {"sku": "string", "asin": "string", "price": "decimal"}
    [row] = rows_of(b"sku\turl\tprice\nA\thttps\t9\n", hand_made(columns))
    assert [row["asin"], row["other_columns"]] == [None, '{"url":"https"}']


def test_lines_before_the_header_are_no_rows() -> None:
    sent = b"The Company, Ltd\n\n\n\n\n\nitem-name\tprice\nMug\t9\n"
    assert [row["item_name"] for row in rows_of(sent, hand_made(LISTINGS))] == ["Mug"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("times", [1, 50_000])
def test_rows_of_any_length_are_rows(end: str, times: int) -> None:
    lines = ["A\tB0\t9", "A", "A\tB0\t9\t", "\t\t", "A\tB0", "A\t \t9\tmore\t\tmost", "\t", "A\tB0\t9\t\t"]
    columns: dict[str, DeclaredType] = {"sku": "string", "asin": "string", "price": "decimal"}
    sent = f"sku\tasin\tprice{end}" + "".join(line + end for line in lines) * times
    found = rows_of(sent.encode().removesuffix(end.encode()), hand_made(columns))
    assert len(found) == 6 * times
    told = [(row["asin"], row["price"], row["other_columns"]) for row in found[-6:]]
    assert told == [
        ("B0", 9, None),
        (None, None, None),
        ("B0", 9, None),
        ("B0", None, None),
        (None, 9, '{"column 4":"more","column 6":"most"}'),
        ("B0", 9, None),
    ]


def test_quotes_are_signs_in_a_document_whose_header_has_none() -> None:
    sent = b'item-name\tprice\n"Hi There Mug, 12 oz\t9\n"Best Dad" Mug\t8\n5.9"x 4"\t7\n'
    assert [row["item_name"] for row in rows_of(sent, hand_made(LISTINGS))] == [
        '"Hi There Mug, 12 oz',
        '"Best Dad" Mug',
        '5.9"x 4"',
    ]


@pytest.mark.parametrize("times", [1, 40_000])
def test_quoted_cells_may_hold_everything(times: int) -> None:
    sent = "item-name,price\n" + '"Mug, ""blue""\nand large",9\n5.9"x,8\n"short"\n' * times
    found = rows_of(sent.encode(), hand_made(LISTINGS))
    assert len(found) == 3 * times
    assert [row["item_name"] for row in found[-3:]] == ['Mug, "blue"\nand large', '5.9"x', "short"]


def test_a_quote_that_is_never_closed_is_an_error_and_swallows_no_rows() -> None:
    sent = b'item-name,price\n"Mug,9\n' + b"Cup,8\n" * 400_000
    with pytest.raises(UnexpectedAnswer, match="never closed"):
        rows_of(sent, hand_made(LISTINGS))


def test_an_empty_document_and_a_header_alone_have_no_rows() -> None:
    for sent in (b"", b"\xef\xbb\xbf", b"\n", b"item-name\tprice", b"item-name\tprice\r\n"):
        assert rows_of(sent, hand_made(LISTINGS)) == []


def test_a_document_without_a_known_name_is_an_error_that_shows_how_it_begins() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"item-name, item-description.*begins '<html>"):
        rows_of(b"<html>\n<body>\n", hand_made(LISTINGS))


def test_all_of_a_document_whose_header_nobody_knows_is_kept() -> None:
    [row] = rows_of(b'\nName,Value\n"a, b",7\n', hand_made({}))
    assert json.loads(row["other_columns"]) == {"Name": "a, b", "Value": "7"}


def test_feedback_in_a_language_that_is_half_known_is_read_by_place() -> None:
    sent = "Datum\tBewertung\tKommentare\tAntwort\tBestellnummer\tE-Mail\n05.11.26\t5\tGut\tDanke\t302-1\ta@b\n"
    [row] = rows_of(sent.encode(), table_named("seller_feedback_data"), marketplaces=[DE])
    assert [row["response"], row["rater_email"], row["other_columns"]] == ["Danke", "a@b", None]


def test_rows_are_counted_where_no_column_is_asked_for() -> None:
    assert len(rows_of(b"item-name\tprice\nMug\t9\nCup\n", hand_made(LISTINGS), columns=[])) == 2


def test_a_cell_beyond_the_basic_plane_and_one_that_holds_a_return_are_kept() -> None:
    sent = "item-name\tprice\na\rb 😀\t9\n".encode()
    assert rows_of(sent, hand_made(LISTINGS), marketplaces=[JP])[0]["item_name"] == "a\rb 😀"
