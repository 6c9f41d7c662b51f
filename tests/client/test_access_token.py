import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from catalog.table import UsagePlan
from flight_server.activity import Journal, QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import RetrySettings, Secret, Settings
from flight_server.errors import (
    AccessDenied,
    ApiUnavailable,
    Cancelled,
    Error,
    QuotaExhausted,
    SignInError,
    UnexpectedAnswer,
)
from tests.client.broken_server import BrokenServer, Received, Reply, eventually, grant, refusal
from tests.client.fake_time import FakeQuery, FakeTime
from tests.client.operations import ORDERS, unlike

EXPIRED = refusal(403, "Unauthorized", "The access token you provided has expired.")
REVOKED = refusal(
    403,
    "Unauthorized",
    "Access to requested resource is denied.",
    "The access token you provided is revoked, malformed or invalid.",
)


def read(client: SellingPartnerClient, settings: Settings, query: QueryActivity) -> None:
    for _ in client.pages(ORDERS, settings, query):
        pass


def test_the_grant_is_a_form_with_the_refresh_token(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    client.sign_in(settings, query)
    (login,) = server.logins
    assert login.method == "POST"
    assert login.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert login.form == {
        "grant_type": "refresh_token",
        "refresh_token": settings.refresh_token.reveal(),
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.reveal(),
    }


def test_a_grantless_operation_has_a_token_of_its_own(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    scope = "sellingpartnerapi::notifications"
    grantless = replace(ORDERS, operation=replace(ORDERS.operation, grantless_scope=scope))
    for call in (ORDERS, grantless, grantless):
        list(client.pages(call, settings, query))
    assert [received.access_token for received in server.calls] == ["Atza|access-1", "Atza|access-2", "Atza|access-2"]
    assert server.logins[1].form == {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.reveal(),
    }


def test_a_token_is_used_until_shortly_before_it_expires(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, time: FakeTime
) -> None:
    client.sign_in(settings, query)
    time.now = 3539
    client.sign_in(settings, query)
    assert len(server.logins) == 1
    time.now = 3541
    client.sign_in(settings, query)
    assert len(server.logins) == 2


def test_a_token_that_lives_shortly_is_not_fetched_for_every_call(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, time: FakeTime
) -> None:
    server.login = lambda _: grant(expires_in=30)
    client.sign_in(settings, query)
    time.now = 20
    client.sign_in(settings, query)
    assert len(server.logins) == 1


def test_a_login_is_noted_in_the_journal_but_is_no_call_of_the_api(
    client: SellingPartnerClient, settings: Settings, query: FakeQuery, journal: Journal
) -> None:
    client.sign_in(settings, query)
    (call,) = journal.calls()
    assert (call.operation_id, call.status, call.query_id) == ("getAccessToken", 200, query.query_id)
    assert query.api_calls == 0


def test_thirty_two_threads_share_one_refresh(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings
) -> None:
    barrier = threading.Barrier(32)

    def sign_in() -> None:
        barrier.wait()
        patient_client.sign_in(settings, QueryActivity("", ""))

    with ThreadPoolExecutor(32) as threads:
        for future in [threads.submit(sign_in) for _ in range(32)]:
            future.result()
    assert len(server.logins) == 1


def test_thirty_two_threads_whose_token_expired_share_one_renewal(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings
) -> None:
    all_are_out = threading.Barrier(32)

    def answer(received: Received) -> Reply:
        if received.access_token == "Atza|access-1":
            all_are_out.wait()
            return EXPIRED
        return Reply()

    server.answer = answer
    call = replace(ORDERS, operation=replace(ORDERS.operation, usage_plan=None))
    with ThreadPoolExecutor(32) as threads:
        calls = [unlike(call, number) for number in range(32)]
        answers = threads.map(lambda each: list(patient_client.pages(each, settings, QueryActivity("", ""))), calls)
        assert all(len(pages) == 1 for pages in answers)
    assert len(server.logins) == 2


def test_threads_share_the_failure_of_a_sign_in(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings
) -> None:
    gate = threading.Event()

    def login(_: Received) -> Reply:
        gate.wait(10)
        return Reply(401, {"error": "invalid_client", "error_description": "Client authentication failed"})

    server.login = login
    queries = [QueryActivity("", "") for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(patient_client.sign_in, settings, query) for query in queries]
        eventually(lambda: all(future.running() for future in futures) and len(server.logins) == 1)
        gate.set()
        assert all(isinstance(future.exception(), SignInError) for future in futures)


def test_a_thread_that_waits_for_the_sign_in_of_another_can_be_cancelled(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings
) -> None:
    gate = threading.Event()

    def login(_: Received) -> Reply:
        gate.wait(10)
        return grant()

    server.login = login
    waiting = QueryActivity("", "")
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(patient_client.sign_in, settings, QueryActivity("", ""))
        eventually(lambda: len(server.logins) == 1)
        second = threads.submit(patient_client.sign_in, settings, waiting)
        waiting.cancel()
        assert isinstance(second.exception(timeout=5), Cancelled)
        gate.set()
        first.result()


@pytest.mark.parametrize("answer", [EXPIRED, REVOKED])
def test_a_dead_token_is_renewed_once_and_then_access_is_denied(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, answer: Reply
) -> None:
    server.script(answer)
    with pytest.raises(AccessDenied):
        read(client, settings, query)
    assert len(server.calls) == 2
    assert len(server.logins) == 2


def test_a_token_that_dies_between_two_tries_is_renewed_for_each(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    """The waits between tries may be as long as a token lives."""
    server.script(EXPIRED, refusal(429, "QuotaExceeded"), EXPIRED, Reply())
    read(client, settings, query)
    assert [received.access_token for received in server.calls] == [f"Atza|access-{n}" for n in (1, 2, 2, 3)]


def test_another_denial_renews_nothing(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.script(refusal(403, "Unauthorized", "Access to requested resource is denied."))
    with pytest.raises(AccessDenied, match=r"getOrders.*role.*Unauthorized: Access to requested resource is denied"):
        read(client, settings, query)
    assert len(server.logins) == 1
    assert len(server.calls) == 1


def test_the_token_is_renewed_if_it_expired_while_waiting_for_quota(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.login = lambda _: grant(len(server.logins), expires_in=60)
    call = replace(ORDERS, operation=replace(ORDERS.operation, usage_plan=UsagePlan(0.01, 1)))
    list(client.pages(call, settings, query))
    list(client.pages(call, settings, query))
    assert [received.access_token for received in server.calls][-1] == f"Atza|access-{len(server.logins)}"
    assert len(server.logins) > 1


@pytest.mark.parametrize(
    ("parameter", "changes"),
    [
        ("ClientId", {"client_id": ""}),
        ("ClientSecret", {"client_secret": Secret()}),
        ("RefreshToken", {"refresh_token": Secret()}),
    ],
)
def test_what_is_missing_is_named_before_any_call(
    server: BrokenServer,
    client: SellingPartnerClient,
    settings: Settings,
    query: FakeQuery,
    parameter: str,
    changes: dict[str, str],
) -> None:
    with pytest.raises(SignInError, match=f"^{parameter} missing"):
        read(client, replace(settings, **changes), query)  # type: ignore[arg-type]
    assert server.logins == server.calls == []


@pytest.mark.parametrize(
    ("status", "error", "advice"),
    [
        (401, "invalid_client", "180 days"),
        (400, "invalid_grant", "RefreshToken"),
        (400, "unauthorized_client", "ClientId"),
        (400, "unheard_of", "ClientId, ClientSecret, RefreshToken"),
    ],
)
def test_a_refused_sign_in_says_what_to_check_and_is_not_repeated(
    server: BrokenServer,
    client: SellingPartnerClient,
    settings: Settings,
    query: FakeQuery,
    status: int,
    error: str,
    advice: str,
) -> None:
    body = {"error": error, "error_description": f"bad {settings.client_secret.reveal()}", "request_id": "r-1"}
    server.login = lambda _: Reply(status, body)
    with pytest.raises(SignInError) as caught:
        read(client, replace(settings, retry=RetrySettings(mode="RetryAny")), query)
    assert advice in caught.value.message
    assert error in caught.value.message
    assert "r-1" in caught.value.message
    assert caught.value.detail.code == error
    assert settings.client_secret.reveal() not in caught.value.message + str(caught.value.detail)
    assert len(server.logins) == 1
    assert server.calls == []


def test_a_web_page_instead_of_a_token_names_the_token_url(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.login = lambda _: Reply(404, b"<html>not here</html>")
    with pytest.raises(SignInError, match="TokenUrl"):
        client.sign_in(settings, query)
    server.login = lambda _: Reply(200, b"<html>welcome</html>")
    with pytest.raises(UnexpectedAnswer, match="TokenUrl"):
        client.sign_in(settings, query)


@pytest.mark.parametrize(
    ("reply", "error", "tries"),
    [
        (Reply(503, {}), ApiUnavailable, 3),
        (Reply(is_dropped=True), ApiUnavailable, 3),
        (Reply(429, {}), QuotaExhausted, 3),
    ],
)
def test_login_that_is_down_is_tried_again_like_a_read(
    server: BrokenServer,
    client: SellingPartnerClient,
    settings: Settings,
    query: FakeQuery,
    reply: Reply,
    error: type[Error],
    tries: int,
) -> None:
    server.login = lambda _: reply
    retry = RetrySettings(status_codes=frozenset({429, 503}), count_max=tries - 1)
    with pytest.raises(error, match="Login with Amazon"):
        client.sign_in(replace(settings, retry=retry), query)
    assert len(server.logins) == tries


def test_who_does_not_know_the_secret_gets_no_token_of_another_session(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.login = lambda received: (
        grant()
        if received.form["client_secret"] == settings.client_secret.reveal()
        else Reply(401, {"error": "invalid_client"})
    )
    client.sign_in(settings, query)
    with pytest.raises(SignInError):
        client.sign_in(replace(settings, client_secret=Secret("guessed")), query)
