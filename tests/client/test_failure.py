import json
from dataclasses import replace

import pytest

from flight_server.client import SellingPartnerClient
from flight_server.client.tokens.token_cache import Grant
from flight_server.client.wire.http_request import HttpRequest
from flight_server.connection.settings import RetrySettings, Settings
from flight_server.errors import AmazonError, ApiError, ApiUnavailable
from flight_server.plan import Call
from tests.client.broken_server import BrokenServer, Reply, refusal
from tests.client.fake_time import FakeQuery
from tests.client.operations import ORDERS


class Reader:
    def __init__(self, client: SellingPartnerClient, settings: Settings, query: FakeQuery) -> None:
        self.client, self.settings, self.query = client, replace(settings, retry=RetrySettings(mode="None")), query

    def error(self, call: Call = ORDERS) -> AmazonError:
        with pytest.raises(AmazonError) as caught:
            list(self.client.pages(call, self.settings, self.query))
        assert caught.value.__suppress_context__
        return caught.value


@pytest.fixture
def reader(client: SellingPartnerClient, settings: Settings, query: FakeQuery) -> Reader:
    return Reader(client, settings, query)


def test_a_refusal_carries_code_message_details_and_request_id(server: BrokenServer, reader: Reader) -> None:
    server.script(refusal(400, "InvalidInput", "Bad date.", "CreatedAfter is odd.", x_amzn_RequestId="r-1"))
    error = reader.error()
    assert isinstance(error, ApiError)
    assert error.message == (
        "Amazon refused getOrders (HTTP 400). "
        "Amazon said: InvalidInput: Bad date. CreatedAfter is odd. (request id r-1)"
    )
    assert error.detail.code == "InvalidInput"
    assert error.detail.message == "Bad date. CreatedAfter is odd."
    assert error.detail.request_id == "r-1"
    assert error.detail.http_status == 400


def test_all_errors_of_an_answer_are_told(server: BrokenServer, reader: Reader) -> None:
    server.script(
        Reply(400, {"errors": [{"message": "one", "code": "A"}, {"code": "B"}, {"code": "C", "details": "c"}]})
    )
    error = reader.error()
    assert error.message.endswith("Amazon said: A: one; B; C: c")
    assert (error.detail.code, error.detail.message) == ("A", "one; B; C: c")


def test_errors_that_there_is_no_room_for_are_counted(server: BrokenServer, reader: Reader) -> None:
    errors = [{"code": f"E{number}", "message": "m" * 90} for number in range(20)]
    server.script(Reply(400, {"errors": errors}, {"x-amzn-RequestId": "r-1"}))
    message = reader.error().message
    assert all(f"E{number}: m" in message for number in range(4))
    assert message.endswith("m (and 16 more) (request id r-1)")


@pytest.mark.parametrize(
    "body",
    [
        {"actionableErrors": [{"errorType": "A", "errorSubType": "one"}, {"errorType": "B"}]},
        {"Errors": [{"Code": "A", "Message": "one"}, {"Code": "B"}]},
        {"errorList": [{"errorCode": "A", "description": "one"}, {"errorCode": "B"}]},
        [{"code": "A", "message": "one"}, {"code": "B"}],
    ],
)
def test_errors_are_told_whatever_their_names(server: BrokenServer, reader: Reader, body: object) -> None:
    server.script(Reply(400, body))
    assert reader.error().message.endswith("Amazon said: A: one; B")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"17",
        b'{"errors": []}',
        b'{"errors": null}',
        b'{"errors": ["text"]}',
        b'{"errors": {"code": 1}}',
        b'{"errors": [{"code": 400, "message": null, "details": []}]}',
    ],
)
def test_any_body_of_an_error_is_told_as_far_as_it_goes(server: BrokenServer, reader: Reader, body: bytes) -> None:
    server.script(Reply(400, body, {"x-amzn-RequestId": "r-1"}))
    error = reader.error()
    assert error.message.startswith("Amazon refused getOrders (HTTP 400)")
    assert error.message.endswith("(request id r-1)")


def test_the_message_of_the_gateway_is_told(server: BrokenServer, reader: Reader) -> None:
    server.script(Reply(403, {"message": "Forbidden"}))
    assert reader.error().message.endswith("Amazon said: Forbidden")


@pytest.mark.parametrize("headers", [{"content-type": "text/html"}, {}])
def test_a_web_page_is_explained_and_not_quoted(server: BrokenServer, reader: Reader, headers: dict[str, str]) -> None:
    server.script(Reply(400, b"\n<html><body>Bad Request</body></html>", headers))
    error = reader.error()
    assert isinstance(error, ApiError)
    assert "web page" in error.message
    assert "<" not in error.message


def test_a_sentence_is_short_and_ends_with_the_request_id(server: BrokenServer, reader: Reader) -> None:
    server.script(refusal(400, "C" * 300, "m" * 5000, x_amzn_RequestId="r" * 500))
    error = reader.error()
    assert len(error.message) <= 600
    assert error.message.endswith("…" + f" (request id {'r' * 100})")
    assert len(error.detail.code) <= 200


def test_a_sentence_is_one_line(server: BrokenServer, reader: Reader) -> None:
    server.script(refusal(400, "InvalidInput", "two\nlines\tand\r\nmore"))
    assert "two lines and more" in reader.error().message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_no_secret_that_the_server_echoes_reaches_the_user(
    server: BrokenServer, reader: Reader, settings: Settings, status: int
) -> None:
    secret, refresh = settings.client_secret.reveal(), settings.refresh_token.reveal()
    echo = f"{secret} {refresh} Atza|access-1 Atzr%7Cother Atz.sprdt|third Atzr%7Crefresh%20of%20the%20seller/%2B%3D."
    server.script(refusal(status, echo, echo, echo, x_amzn_RequestId=echo))
    error = reader.error()
    for text in (error.message, repr(error.detail), repr(error), repr(reader.query)):
        for part in (secret, "refresh", "access-1", "other", "third", "of the"):
            assert part not in text


def test_secrets_are_scrubbed_from_errors_inside_a_success(
    server: BrokenServer, reader: Reader, settings: Settings
) -> None:
    server.script(replace(refusal(200, settings.client_secret.reveal(), "Atza|access-1")))
    error = reader.error()
    assert "Amazon said: ***: ***" in error.message
    assert "access-1" not in error.message + repr(error.detail)


def test_nothing_that_holds_a_token_prints_it() -> None:
    request = HttpRequest("GET", "http://host/path?q=1", "/path", {"x-amz-access-token": "Atza|1"}, b"secret")
    assert repr(request) == "HttpRequest(GET /path)"
    assert "Atza" not in repr(Grant("Atza|1", 0, 0))


def test_a_server_that_is_not_there_is_named_by_its_parameter(reader: Reader) -> None:
    reader.settings = replace(reader.settings, endpoint="http://127.0.0.1:1")
    error = reader.error()
    assert isinstance(error, ApiUnavailable)
    assert error.message == (
        "getOrders got no answer: no connection (connection refused); "
        "check the network and Endpoint, or raise RetryCountMax"
    )
    reader.settings = replace(reader.settings, token_url="http://127.0.0.1:1/", client_id="another")
    assert "TokenUrl" in reader.error().message


@pytest.mark.parametrize("endpoint", ["http://no-such-host.invalid", "nonsense", "http://:80:80", "ftp://host"])
def test_an_address_that_cannot_be_used_is_no_crash(reader: Reader, endpoint: str) -> None:
    reader.settings = replace(reader.settings, endpoint=endpoint)
    error = reader.error()
    assert isinstance(error, ApiUnavailable)
    assert "Endpoint" in error.message
    assert "0x" not in error.message


def test_a_redirect_is_not_followed_so_that_the_token_does_not_travel(server: BrokenServer, reader: Reader) -> None:
    server.script(Reply(307, b"", {"location": f"{server.url.replace('127.0.0.1', 'localhost')}/other"}))
    assert "redirected" in reader.error().message
    assert len(server.calls) == 1


def test_cookies_of_one_account_are_not_sent_for_another(server: BrokenServer, reader: Reader) -> None:
    server.script(Reply(body=json.loads("{}"), headers={"set-cookie": "session=1; Path=/"}))
    for _ in range(2):
        list(reader.client.pages(ORDERS, reader.settings, reader.query))
    assert all("cookie" not in call.headers for call in server.calls)


def test_an_environment_with_a_proxy_is_obeyed(
    server: BrokenServer, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    reader.settings = replace(reader.settings, endpoint="http://behind-the-proxy.invalid")
    list(reader.client.pages(ORDERS, reader.settings, reader.query))
    assert server.calls[-1].target.startswith("http://behind-the-proxy.invalid/orders/v0/orders")


def test_a_password_file_of_the_user_is_not_read(
    server: BrokenServer, reader: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    list(reader.client.pages(ORDERS, reader.settings, reader.query))
    assert "authorization" not in server.calls[-1].headers
