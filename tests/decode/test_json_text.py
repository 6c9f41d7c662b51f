"""JSON text in one spelling, whatever Amazon's is."""

import json

import msgspec
import pytest

from flight_server.decode.json_text import written_anew

SPELLINGS = [
    (r'"Tools \u0026 Home"', '"Tools & Home"'),
    (r'{"a\/b":"1\/2","\u00fc":"\u00FC"}', '{"a/b":"1/2","ü":"ü"}'),
    (r'["\u003cb\u003e","\u0027"]', '["<b>","\'"]'),
    (r'"\ud83d\ude00 and \uD83D\uDE00"', '"😀 and 😀"'),
    (r'"\u007f"', '"\x7f"'),
    (r'"\"\\\b\f\n\r\t"', r'"\"\\\b\f\n\r\t"'),  # these are needed
    (r'"\u0022\u005c\u000A\u0000\u001F"', r'"\"\\\n\u0000\u001f"'),
    (r'"\\u0026 \\\/ \\\\u00fc"', r'"\\u0026 \\/ \\\\u00fc"'),  # a backslash, then letters
    (
        "[1.50, 1E5, -0.0, 1e+10, 100000000000000000000000000000000]",
        "[1.50,1E5,-0.0,1e+10,100000000000000000000000000000000]",
    ),
    ('{\n\t"a" :\r\n [ ],\n"b": { } }', '{"a":[],"b":{}}'),
    ('["a : b", " , ", "{ }"]', '["a : b"," , ","{ }"]'),
    ('["ü","😀"]', '["ü","😀"]'),
    ("[1,2]", "[1,2]"),
]


@pytest.mark.parametrize(("sent", "told"), SPELLINGS)
def test_json_is_written_with_no_escape_that_it_does_not_need(sent: str, told: str) -> None:
    assert written_anew(msgspec.Raw(sent.encode())) == told
    assert json.loads(told, strict=True) == json.loads(sent)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (r'"cut \ud83d"', '"cut \ufffd"'),
        (r'"\ude00\ud83d"', '"\ufffd\ufffd"'),
        (r'"\ud83d\u0041"', '"\ufffdA"'),
        (r'"\ud83d\ud83d\ude00"', '"\ufffd😀"'),
    ],
)
def test_half_of_a_surrogate_pair_is_the_replacement_character(sent: str, told: str) -> None:
    assert written_anew(msgspec.Raw(sent.encode())) == told


def test_null_and_an_empty_text_are_nothing() -> None:
    assert [written_anew(msgspec.Raw(sent)) for sent in (b"null", b'""', b"[]", b"{}")] == [None, None, "[]", "{}"]
