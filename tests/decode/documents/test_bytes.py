"""The bytes of documents: zipped or not, whatever is said of them, in any character set, cut anywhere."""

import gzip

import pytest

from flight_server.decode.documents import error_text
from flight_server.errors import SettingError, UnexpectedAnswer
from tests.decode.documents.report_tables import DE, JP, US, hand_made, rows_of

TABLE = hand_made({"sku": "string", "title": "string"})


def document(title: str, encoding: str = "utf-8", before: int = 0) -> bytes:
    plain = "A-1\tplain\n" * before
    return f"sku\ttitle\n{plain}B-2\t{title}\n".encode(encoding)


def titles(sent: bytes, content_type: str = "text/plain", marketplace: str = US, encoding: str = "") -> list[str]:
    found = rows_of(sent, TABLE, content_type=content_type, marketplaces=[marketplace], encoding=encoding)
    return [row["title"] for row in found if row["sku"] == "B-2"]


@pytest.mark.parametrize(
    ("said", "written", "title"),
    [
        ("text/plain;charset=ISO-8859-1", "cp1252", "5 € – “gut”"),
        ("text/plain;charset=Shift_JIS", "cp932", "①～Ⅱ価格"),
        ("text/plain;charset=Windows-31J", "cp932", "①～Ⅱ価格"),
        ("text/plain; charset=utf8", "utf-8", "été 日本"),
        ('text/tab-separated-values; CHARSET="UTF-8"', "utf-8-sig", "été"),
        ("text/plain", "utf-16", "été 日本"),
    ],
)
def test_a_charset_means_what_amazon_means_by_it(said: str, written: str, title: str) -> None:
    assert titles(document(title, written), said) == [title]


@pytest.mark.parametrize(
    ("marketplace", "written", "title"),
    [
        (DE, "utf-8", "Türstopper"),
        (DE, "cp1252", "Türstopper – 5 €"),
        (JP, "cp932", "見本トースター"),
        (JP, "utf-8", "見本"),
    ],
)
@pytest.mark.parametrize("before", [0, 300_000])
def test_a_character_set_that_nobody_tells_is_found_by_evidence(
    marketplace: str, written: str, title: str, before: int
) -> None:
    assert titles(document(title, written, before), marketplace=marketplace) == [title]


@pytest.mark.parametrize(
    ("sent", "said", "marketplace"),
    [
        (document("Türstopper", "cp1252"), "text/plain;charset=UTF-8", DE),
        (document("Türstopper", "utf-8"), "text/plain;charset=Cp1252", DE),
        (document("日本のトースター", "utf-8"), "text/plain;charset=Shift_JIS", JP),
        (document("a\x81b", "latin-1"), "text/plain", US),
        (document("Türstopper été", "cp1252"), "text/plain", JP),
        (document("Größe Größe") + document("ü", "cp1252"), "text/plain", DE),
        (document("Größe") + b"A-1\tplain\n" * 300_000 + document("ü", "cp1252"), "text/plain", DE),
        (document("a"), "text/plain;charset=x-unheard-of", US),
    ],
)
def test_a_wrong_guess_is_an_error_that_names_the_parameter(sent: bytes, said: str, marketplace: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="set ReportEncoding to"):
        titles(sent, said, marketplace)


def test_the_parameter_decides_against_everything_that_is_said() -> None:
    assert titles(document("Tür", "cp1252"), "text/plain;charset=UTF-8", encoding="Cp1252") == ["Tür"]
    with pytest.raises(SettingError, match="name of a character set"):
        titles(document("a"), encoding="rot13")


@pytest.mark.parametrize("size", [1, 3, 100, 1 << 20])
def test_gzip_is_known_by_its_first_bytes_and_may_have_several_members(size: int) -> None:
    plain = document("Tür", before=50)
    for sent in (
        plain,
        gzip.compress(plain),
        gzip.compress(plain[:37]) + gzip.compress(plain[37:]) + b"\0" * 20,
        gzip.compress(gzip.compress(plain)),
        gzip.compress(b"") + gzip.compress(plain),
    ):
        found = rows_of([sent[start : start + size] for start in range(0, len(sent), size)], TABLE)
        assert [row["title"] for row in found][-1] == "Tür"
        assert len(found) == 51


@pytest.mark.parametrize("cut", [1, 8, 20, -40, -8, -1])
def test_gzip_that_ends_in_the_middle_is_an_error(cut: int) -> None:
    sent = gzip.compress(document("Tür", before=5000))[:cut]
    with pytest.raises(UnexpectedAnswer):
        rows_of(sent, TABLE)
    with pytest.raises(UnexpectedAnswer, match="gzip"):
        rows_of(gzip.compress(document("a")) + gzip.compress(document("b", before=999))[:cut], TABLE)


def test_gzip_that_is_damaged_is_an_error() -> None:
    sent = bytearray(gzip.compress(document("Tür", before=5000)))
    sent[40] ^= 0xFF
    with pytest.raises(UnexpectedAnswer, match="gzip"):
        rows_of(bytes(sent), TABLE)


def test_the_sentence_of_an_error_document_is_found() -> None:
    assert error_text([gzip.compress(b'{"errorDetails": "dataStartTime is too old."}')]) == "dataStartTime is too old."
    assert error_text([b'{"code": 7}']) == '{"code": 7}'
