"""Any table of texts, written in any form that documents have, reads back equal."""

import csv
import gzip
import io
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.decode.documents.report_tables import hand_made, rows_of

TABLE = hand_made({"first name": "string", "second-name": "string", "third_name": "string"})
NAMES = ["first_name", "second_name", "third_name"]

TABBED = "abc \"'<>&;,.-+0123456789/éßñ–€£"
ALPHABETS = {
    "utf-8": TABBED + "😀日本",
    "cp1252": TABBED,
    "cp932": "abc \"',.-+①ケトル～Ⅱ価格表ソ",
    "utf-8-sig": TABBED + "日",
}
CHARSETS = {"utf-8": "utf8", "cp1252": "ISO-8859-1", "cp932": "Shift_JIS", "utf-8-sig": "UTF-8"}


@dataclass(frozen=True)
class Form:
    separator: str
    is_quoted: bool
    encoding: str
    end: str
    zipped: int  # members; 0: not at all
    preamble: int


@st.composite
def forms(draw: st.DrawFn) -> Form:
    separator = draw(st.sampled_from(["\t", ","]))
    is_quoted = separator == "," or draw(st.booleans())
    encoding = draw(st.sampled_from(sorted(ALPHABETS)))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return Form(separator, is_quoted, encoding, end, draw(st.integers(0, 3)), draw(st.sampled_from([0, 0, 6])))


@st.composite
def documents(draw: st.DrawFn) -> tuple[Form, list[list[str]], list[int]]:
    form = draw(forms())
    inside = ALPHABETS[form.encoding] + ("\n\t" if form.is_quoted else "")
    cell = st.text(st.sampled_from(inside), max_size=8)
    rows = draw(st.lists(st.lists(cell, min_size=3, max_size=3), max_size=20))
    cuts = draw(st.lists(st.integers(0, 400), max_size=6))
    return form, rows, cuts


def is_ambiguous(form: Form, rows: list[list[str]]) -> bool:
    """Whether the texts, in a code page of single bytes, could as well be UTF-8: nobody can tell, and that is told."""
    if form.encoding != "cp1252":
        return False
    sent = written(Form(form.separator, form.is_quoted, form.encoding, form.end, 0, form.preamble), rows)
    try:
        return not sent.isascii() and bool(sent.decode())
    except UnicodeDecodeError:
        return False


def written(form: Form, rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    out.write(f"A company{form.end}" * min(form.preamble, 1) + form.end * max(0, form.preamble - 1))
    header = ["Third-Name", "FIRST_NAME", " second name "]
    cells = [header, *([third, first, second] for first, second, third in rows)]
    if form.is_quoted:
        write = partial(csv.writer, out, delimiter=form.separator, lineterminator=form.end)
        writer = write(quoting=csv.QUOTE_ALL) if form.separator == "\t" else write(quoting=csv.QUOTE_MINIMAL)
        writer.writerows(cells)
    else:
        out.write("".join(form.separator.join(row) + form.end for row in cells))
    plain = out.getvalue().encode(form.encoding)
    if not form.zipped:
        return plain
    step = len(plain) // form.zipped + 1
    return b"".join(gzip.compress(plain[start : start + step]) for start in range(0, len(plain), step))


@settings(max_examples=300, deadline=None)
@given(documents())
def test_any_table_of_texts_reads_back_equal(document: tuple[Form, list[list[str]], list[int]]) -> None:
    form, rows, cuts = document
    assume(not is_ambiguous(form, rows))
    sent = written(form, rows)
    places = sorted({0, *(cut for cut in cuts if cut < len(sent)), len(sent)})
    chunks = [sent[start:end] for start, end in pairwise(places)]
    content_type = f"text/plain; charset={CHARSETS[form.encoding]}"
    found = [[row[name] for name in NAMES] for row in rows_of(chunks, TABLE, content_type=content_type)]
    assert found == [[None if cell in ("", " ") else cell for cell in row] for row in rows if any(row)]
