"""Documents: links that expire, downloads that are cut, the cache and what may be in it."""

import gzip
import random
from dataclasses import replace
from pathlib import Path

import pytest

from flight_server.connection.settings import RetrySettings
from flight_server.errors import AccessDenied, ApiError, ApiUnavailable, UnexpectedAnswer
from flight_server.plan import FinishedReport
from tests.client.broken_server import Framing, Received, Reply
from tests.jobs.conftest import Desk, OpenDesk, returns
from tests.jobs.reporting_amazon import DOCUMENTS, STORAGE, TOKENS, Made, ReportingAmazon

TEXT = "".join(f"sku-{number}\t{number}\r\n" for number in range(60_000)).encode()


def finished(
    amazon: ReportingAmazon, desk: Desk, document: bytes = TEXT, day: int = 0, **facts: object
) -> FinishedReport:
    amazon.fate = lambda made: setattr(made, "document", document)
    return desk.report(returns(day, **facts))


def cutting(amazon: ReportingAmazon, cuts: list[int]) -> None:
    """Break off the next downloads, each with so many bytes missing."""

    def after(received: Received, reply: Reply) -> Reply:
        if received.path.startswith(STORAGE) and cuts:
            return replace(reply, missing_bytes=min(cuts.pop(), len(reply.text)))
        return reply

    amazon.after = after


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("has_ranges", [True, False])
@pytest.mark.parametrize("document", [TEXT, gzip.compress(TEXT)], ids=["plain", "packed"])
def test_a_download_that_is_cut_anywhere_is_whole(
    amazon: ReportingAmazon, desk: Desk, seed: int, has_ranges: bool, document: bytes
) -> None:
    amazon.has_ranges = has_ranges
    found = finished(amazon, desk, document)
    chance = random.Random(seed)
    cutting(amazon, [chance.randrange(1, len(document) // 2) for _ in range(3)])
    assert desk.raw(found) == document
    assert amazon.count(DOCUMENTS) == 1


def test_a_link_that_has_expired_is_renewed(amazon: ReportingAmazon, desk: Desk) -> None:
    found = finished(amazon, desk)
    left = [Reply(403, b"<Error>Request has expired</Error>")]
    amazon.before = lambda received: left.pop() if received.path.startswith(STORAGE) and left else None
    assert desk.text(found) == TEXT
    assert amazon.count(DOCUMENTS) == 2


def test_a_link_that_expires_in_the_middle_is_renewed_and_read_on(amazon: ReportingAmazon, desk: Desk) -> None:
    found = finished(amazon, desk)
    cutting(amazon, [1000])
    stored: list[Received] = []

    def expiring(received: Received) -> Reply | None:
        if received.path.startswith(STORAGE):
            stored.append(received)
            if len(stored) == 2:
                return Reply(403)
        return None

    amazon.before = expiring
    assert desk.text(found) == TEXT
    assert stored[-1].headers["range"] == f"bytes={len(TEXT) - 1000}-"
    assert amazon.count(DOCUMENTS) == 2


def test_a_link_that_never_works_is_an_error(amazon: ReportingAmazon, desk: Desk) -> None:
    found = finished(amazon, desk)
    amazon.before = lambda received: Reply(403) if received.path.startswith(STORAGE) else None
    with pytest.raises(ApiError, match="storage refuses every link"):
        desk.text(found)
    assert amazon.count(DOCUMENTS) == 3


def test_a_download_that_is_always_cut_at_once_is_an_error(amazon: ReportingAmazon, desk: Desk) -> None:
    found = finished(amazon, desk)
    amazon.before = lambda received: Reply(is_dropped=True) if received.path.startswith(STORAGE) else None
    with pytest.raises(ApiUnavailable, match="cannot be fetched after 4 tries"):
        desk.text(found)
    with pytest.raises(ApiUnavailable, match="cannot be fetched: "):
        desk.text(found, retry=RetrySettings("None"))


def test_a_document_that_is_another_on_the_second_try_is_an_error(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.has_ranges = False
    found = finished(amazon, desk)
    cuts = [1000]

    def after(received: Received, reply: Reply) -> Reply:
        if not received.path.startswith(STORAGE):
            return reply
        reply = replace(reply, headers={})
        return replace(reply, missing_bytes=cuts.pop()) if cuts else replace(reply, body=b"x" + TEXT[1:])

    amazon.after = after
    with pytest.raises(UnexpectedAnswer, match="changed while it was read"):
        desk.text(found)


@pytest.mark.parametrize("framing", ["chunked", "until close"])
def test_packed_bytes_may_come_without_a_length(amazon: ReportingAmazon, desk: Desk, framing: Framing) -> None:
    found = finished(amazon, desk, gzip.compress(TEXT))
    amazon.after = lambda received, reply: replace(reply, framing=framing) if STORAGE in received.path else reply
    assert desk.text(found) == TEXT


def test_plain_bytes_without_a_length_might_be_cut_and_are_refused(amazon: ReportingAmazon, desk: Desk) -> None:
    found = finished(amazon, desk)
    amazon.after = lambda received, reply: replace(reply, framing="until close") if STORAGE in received.path else reply
    with pytest.raises(UnexpectedAnswer, match="does not say how long"):
        desk.text(found)


def test_bytes_are_handed_out_as_they_are_stored_whatever_the_headers_say(amazon: ReportingAmazon, desk: Desk) -> None:
    document = gzip.compress(TEXT)
    found = finished(amazon, desk, document)

    def told(received: Received, reply: Reply) -> Reply:
        return (
            replace(reply, headers={**reply.headers, "content-encoding": "gzip"}) if STORAGE in received.path else reply
        )

    amazon.after = told
    assert desk.raw(found) == document


@pytest.mark.parametrize(
    "link", ["https://127.0.0.1:1/x", "http://example.com/x", "https://user@example.com/x", "https://169.254.169.254/x"]
)
def test_a_link_leads_nowhere_private(amazon: ReportingAmazon, desk: Desk, link: str) -> None:
    found = finished(amazon, desk)
    amazon.before = lambda received: Reply(200, {"url": link}) if received.path.startswith(DOCUMENTS) else None
    with pytest.raises(UnexpectedAnswer, match="was not followed"):
        desk.text(found)


def test_a_document_is_fetched_once(amazon: ReportingAmazon, desk: Desk) -> None:
    found = finished(amazon, desk)
    assert desk.text(found) == desk.text(found) == TEXT
    assert amazon.count(STORAGE) == 1
    with desk.jobs.document(found, desk.settings, desk.query()) as document:
        assert document.content_type == "text/plain;charset=UTF-8"


@pytest.mark.parametrize("document", [b"", b"x", b"\x1f", b"xy"])
def test_the_smallest_documents_are_kept_as_well(amazon: ReportingAmazon, desk: Desk, document: bytes) -> None:
    found = finished(amazon, desk, document)
    assert desk.text(found) == desk.text(found) == document
    assert amazon.count(STORAGE) == 1


def test_a_document_that_is_read_in_part_is_not_kept(amazon: ReportingAmazon, desk: Desk) -> None:
    found = finished(amazon, desk, random.Random(1).randbytes(2_000_000))
    with desk.jobs.document(found, desk.settings, desk.query()) as document:
        next(document.chunks)
    assert len(desk.text(found)) == 2_000_000
    assert (amazon.count(STORAGE), amazon.count(DOCUMENTS)) == (2, 1)


def test_the_cache_outlives_the_server_and_amazons_copy(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(tmp_path) as desk:
        desk.time.now += 10 * 86_400
        assert desk.text(finished(amazon, desk)) == TEXT
    calls = len(amazon.server.calls)
    with open_desk(tmp_path) as desk:
        desk.time.now += 300 * 86_400
        assert desk.text(desk.report(returns())) == TEXT
    assert len(amazon.server.calls) == calls


def test_a_file_that_is_not_as_it_was_written_is_fetched_again(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(tmp_path) as desk:
        found = finished(amazon, desk)
        for spoil in (lambda data: data[:-9], lambda data: data[:50] + b"?" + data[51:], lambda data: b""):
            assert desk.text(found) == TEXT
            (file,) = (tmp_path / "documents").iterdir()
            file.write_bytes(spoil(file.read_bytes()))
        assert desk.text(found) == TEXT
        (tmp_path / "documents" / file.name).unlink()
        assert desk.text(found) == TEXT
    assert amazon.count(STORAGE) == 5


def test_what_was_used_longest_ago_makes_room(amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path) -> None:
    documents = [random.Random(number).randbytes(1000) for number in range(4)]
    with open_desk(tmp_path, most_bytes=3500) as desk:
        found = [finished(amazon, desk, document, day) for day, document in enumerate(documents)]
        for each in (0, 1, 2, 0, 3):
            desk.time.now += 1
            desk.text(found[each])
        before = amazon.count(STORAGE)
        assert [desk.text(found[each]) == documents[each] for each in (0, 2, 3)] == [True] * 3
        assert amazon.count(STORAGE) == before
        assert desk.text(found[1]) == documents[1]
        assert amazon.count(STORAGE) == before + 1
        assert sum(file.stat().st_size for file in (tmp_path / "documents").iterdir()) <= 3500


def test_a_document_larger_than_the_cache_is_read_and_not_kept(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(tmp_path, most_bytes=100) as desk:
        found = finished(amazon, desk)
        assert desk.text(found) == desk.text(found) == TEXT
        assert list((tmp_path / "documents").iterdir()) == []
    assert amazon.count(STORAGE) == 2


def test_files_are_for_nobody_else_and_tell_nothing(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with open_desk(data) as desk:
        desk.text(finished(amazon, desk))
        assert data.stat().st_mode & 0o777 == 0o700
        assert all(file.stat().st_mode & 0o077 == 0 for file in (data / "documents").iterdir())
        names = " ".join(path.name for path in data.rglob("*"))
        assert "1000" not in names
        assert "client" not in names
    assert all(b"of the seller" not in path.read_bytes() for path in data.rglob("*") if path.is_file())


def test_restricted_documents_are_read_with_a_token_of_their_own_and_not_kept(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(tmp_path) as desk:
        found = finished(amazon, desk, is_restricted=True)
        assert amazon.count(TOKENS, "POST") == 0
        assert desk.text(found) == desk.text(found) == TEXT
        asked = [call for call in amazon.server.calls if call.path.startswith(DOCUMENTS)]
        assert {call.access_token for call in asked} == {"Atz.sprdt|restricted"}
        assert (amazon.count(TOKENS, "POST"), amazon.count(STORAGE)) == (1, 2)
        assert list((tmp_path / "documents").iterdir()) == []
        with pytest.raises(AccessDenied, match="RestrictedData"):
            desk.text(found, restricted_data="Never")
        assert desk.text(found, mirror_restricted=True) == desk.text(found) == TEXT
        assert amazon.count(STORAGE) == 3
        with pytest.raises(AccessDenied, match="RestrictedData"):
            desk.text(found, restricted_data="Never")


def test_without_a_directory_nothing_is_written_and_little_is_kept(
    amazon: ReportingAmazon, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with open_desk() as desk:
        found = finished(amazon, desk)
        assert desk.text(found) == desk.text(found) == TEXT
        assert amazon.count(STORAGE) == 1
        assert list(tmp_path.iterdir()) == []


def test_without_a_directory_a_document_beyond_the_bound_is_fetched_again(
    amazon: ReportingAmazon, open_desk: OpenDesk
) -> None:
    with open_desk(most_bytes=8) as desk:
        found = finished(amazon, desk)
        assert desk.text(found) == desk.text(found) == TEXT
        assert amazon.count(STORAGE) == 2


def test_storage_is_noted_in_the_journal_without_the_links_secret(amazon: ReportingAmazon, desk: Desk) -> None:
    query = desk.query()
    found = finished(amazon, desk)
    with desk.jobs.document(found, desk.settings, query) as document:
        b"".join(document.chunks)
    assert query.document_bytes == len(TEXT)
    assert query.api_calls == 1


def test_a_full_disk_is_no_fault_of_the_query(amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk:
        found = finished(amazon, desk)
        documents = tmp_path / "documents"
        documents.rmdir()
        documents.write_bytes(b"")  # no file can be made below it
        query = desk.query()
        with desk.jobs.document(found, desk.settings, query) as document:
            assert b"".join(document.chunks) == TEXT
        assert "could not keep a document" in query.warnings[0]


def test_an_error_document_may_be_packed(amazon: ReportingAmazon, desk: Desk) -> None:
    def fate(made: Made) -> None:
        made.statuses, made.document = ["FATAL"], gzip.compress(b'{"errorDetails": "too early"}')

    amazon.fate = fate
    with pytest.raises(ApiError, match="Amazon said: too early;"):
        desk.report(returns())
