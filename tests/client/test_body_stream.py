"""Packed and plain bodies: whole, cut, longer than anyone may keep; unpacked as they come."""

import gzip
import zlib
from collections.abc import Iterator

import pytest

from flight_server.client.wire.body_stream import CutShort, TooLong, UnknownEncoding, whole_body

TEXT = b'{"payload": {}}' * 1000
PACKED = gzip.compress(TEXT, mtime=0)
MOST = 10 * 1024 * 1024


def in_pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("", TEXT, TEXT),
        ("identity", TEXT, TEXT),
        ("gzip", PACKED, TEXT),
        (" GZIP", PACKED, TEXT),
        ("x-gzip", PACKED, TEXT),
        ("deflate", zlib.compress(TEXT), TEXT),
        ("gzip", PACKED + gzip.compress(b"more", mtime=0), TEXT + b"more"),
        ("gzip", PACKED + b"\0" * 100, TEXT),
        ("gzip", gzip.compress(b"", mtime=0), b""),
        ("gzip", b"", b""),
    ],
)
def test_a_whole_body_is_unpacked(encoding: str, body: bytes, text: bytes, size: int) -> None:
    assert whole_body(in_pieces(body, size), encoding, MOST) == text


@pytest.mark.parametrize("size", [1, 50, 10**6])
@pytest.mark.parametrize("end", [1, 5, 10, 30, len(PACKED) // 2, len(PACKED) - 8, len(PACKED) - 1])
def test_a_packed_body_that_is_cut_is_no_body(end: int, size: int) -> None:
    with pytest.raises(CutShort):
        whole_body(in_pieces(PACKED[:end], size), "gzip", MOST)


@pytest.mark.parametrize("body", [b"not gzip", TEXT, PACKED[:20] + b"\xff" * 50 + PACKED[70:], PACKED + PACKED[:30]])
def test_what_is_not_packed_as_it_says_is_no_body(body: bytes) -> None:
    with pytest.raises(CutShort):
        whole_body([body], "gzip", MOST)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "aws-chunked"])
def test_a_packing_that_was_not_asked_for_is_named(encoding: str) -> None:
    with pytest.raises(UnknownEncoding, match=encoding):
        whole_body([b"x"], encoding, MOST)


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_no_more_is_read_than_may_be_kept(encoding: str) -> None:
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        blanks = b" " * 1024 * 1024
        packer = zlib.compressobj(wbits=31)
        for _ in range(600):
            taken += 1
            yield blanks if not encoding else packer.compress(blanks) + packer.flush(zlib.Z_SYNC_FLUSH)

    with pytest.raises(TooLong):
        whole_body(chunks(), encoding, MOST)
    assert taken <= 12


def test_a_small_packed_body_is_never_unpacked_at_once() -> None:
    with pytest.raises(TooLong):
        whole_body([gzip.compress(b" " * 200_000_000, 1)], "gzip", MOST)
    assert len(whole_body([gzip.compress(b" " * MOST, 1)], "gzip", MOST)) == MOST
