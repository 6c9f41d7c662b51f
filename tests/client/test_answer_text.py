"""Bodies as they come → UTF-8 JSON: charsets, halves of emojis, raw control characters, and what stays unreadable."""

import json

import msgspec
import pytest

from flight_server.client.answers.answer_text import Unreadable, read_json, utf8_of

ANY: "msgspec.json.Decoder[object]" = msgspec.json.Decoder()
TEXT = '{"city": "Köln", "a": 1.10}'


def value(body: bytes, content_type: str = "application/json") -> object:
    return read_json(utf8_of(body, content_type), ANY)[1]


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("ISO-8859-1", "latin-1", TEXT),
        ("latin1", "latin-1", TEXT),
        ("Cp1252", "cp1252", '{"a": "“€”"}'),
        ("windows-1252", "cp1252", '{"a": "“€”"}'),
        ("Shift_JIS", "cp932", '{"a": "日本①～ソ表"}'),
        ("Windows-31J", "cp932", '{"a": "髙橋"}'),
        ("EUC-JP", "euc_jp", '{"a": "日本"}'),
        ("GB18030", "gb18030", '{"a": "中文"}'),
        ("UTF-16", "utf-16", TEXT),
        ("utf-16le", "utf-16-le", TEXT),
        ("UTF-16BE", "utf-16-be", TEXT),
        ("utf-32", "utf-32", TEXT),
        ("utf8", "utf-8", TEXT),
        ("UTF-8", "utf-8-sig", TEXT),
        ("us-ascii", "ascii", '{"a": 1}'),
    ],
)
@pytest.mark.parametrize(
    "form", ["application/json; charset={}", 'application/json;Charset="{}"', "x; charset = {} ;b=c"]
)
def test_the_charset_is_believed(charset: str, encoding: str, text: str, form: str) -> None:
    assert value(text.encode(encoding), form.format(charset)) == json.loads(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_without_a_charset_it_is_utf_8_or_what_its_mark_says(encoding: str) -> None:
    assert value(TEXT.encode(encoding)) == json.loads(TEXT)
    assert value(TEXT.encode(encoding), "") == json.loads(TEXT)


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"{}", "a; charset=klingon", "nobody knows its charset 'klingon'"),
        (b"{}", "a; charset=base64", "nobody knows its charset 'base64'"),
        (b'{"a": "\xff"}', "", r"not UTF-8 \(invalid start byte at byte 7\)"),
        ("é".encode(), "a; charset=us-ascii", "not ASCII"),
        (b"\x81\x20", "a; charset=Shift_JIS", "not CP932"),
        (b"\x81", "a; charset=windows-1252", "not CP1252"),
        (b"{}\x00", "a; charset=utf-16", "not UTF-16"),
        (b'{"a": ', "", "truncated"),
        (b"<html>", "", "malformed"),
        (b'{"a": "\\q"}', "", "malformed"),
        (b"[" * 100_000 + b"]" * 100_000, "", "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "", "nested too deeply"),
        (b"[" * 100_000, "", "nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, content_type: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        value(body, content_type)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'"Mug \ud83d"', "Mug \ufffd"),
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\uD83Dx"', "\ufffdx"),
        (rb'"\ude00 Mug"', "\ufffd Mug"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\ud83d\n\u00e9\ude00"', "\ufffd\né\ufffd"),
        (rb'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
        (rb'"\\\ud83d\""', '\\\ufffd"'),
        (b'"a\xed\xa0\xbdb"', "a\ufffdb"),
        (b'"a\xed\xb8\x80"', "a\ufffd"),
        (b'"a\xed\xa0\xbd\xed\xb8\x80"', "a\U0001f600"),
        (b'"K\xc3\xb6ln\xed\xa0\xbd \\ud83d"', "Köln\ufffd \ufffd"),
    ],
)
def test_half_an_emoji_is_a_replacement_character(body: bytes, text: str) -> None:
    assert value(body) == text


def test_half_an_emoji_in_utf_16_is_one_as_well() -> None:
    body = '{"a": "x\ud83d"}'.encode("utf-16-le", "surrogatepass")
    assert value(body, "application/json; charset=utf-16le") == {"a": "x\ufffd"}


@pytest.mark.parametrize("control", [chr(number) for number in range(0x20)])
def test_a_raw_control_character_is_the_character_that_it_is(control: str) -> None:
    body = f'{{"a{control}": "b{control}\\n{control}", "c": [1.50, "{control}"]}}'.encode()
    assert value(body) == {f"a{control}": f"b{control}\n{control}", "c": [1.5, control]}


def test_what_is_mended_keeps_every_other_byte() -> None:
    text, _ = read_json(
        b'{ "a" : 1.10000000000000000000001E+2,\n\t"b":"\\u0026\x01\\ud83d" , "c":"\\ud83d\\ude00" }', ANY
    )
    assert text == (b'{ "a" : 1.10000000000000000000001E+2,\n\t"b":"\\u0026\\u0001\\ufffd" , "c":"\\ud83d\\ude00" }')


def test_a_sound_text_is_passed_on_as_it_is() -> None:
    body = TEXT.encode()
    assert utf8_of(body) is body
    assert read_json(body, ANY)[0] is body
