import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DEMO, Caller, refusal
from tests.simulator.conftest import Tick

ACCOUNT = "/sellers/v1/account"


def test_a_refresh_token_becomes_an_access_token(caller: Caller) -> None:
    told = caller.login(DEMO).json()
    assert told["access_token"].startswith("Atza|")
    assert {name: told[name] for name in ("token_type", "expires_in", "refresh_token")} == {
        "token_type": "bearer",
        "expires_in": 3600,
        "refresh_token": "Atzr|demo",
    }


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"refresh_token": "Atzr|other"}, 400, "invalid_grant"),
        ({"refresh_token": "Atzr|norole"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "invalid_scope"),
    ],
)
def test_wrong_credentials_are_told_apart(caller: Caller, change: dict[str, str], status: int, error: str) -> None:
    answer = caller.login({**DEMO, **change})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_a_login_sent_as_json_is_understood_unless_the_simulator_is_strict(
    caller: Caller, strict_caller: Caller
) -> None:
    answer = caller.http.post(f"{caller.url}/auth/o2/token", json=DEMO, timeout=10)
    assert (answer.status_code, answer.json()["refresh_token"]) == (200, "Atzr|demo")
    for body in (b"no JSON", b"[]"):
        headers = {"content-type": "application/json"}
        broken = caller.http.post(f"{caller.url}/auth/o2/token", data=body, headers=headers, timeout=10)
        assert (broken.status_code, broken.json()["error"]) == (400, "unsupported_grant_type")
    refused = strict_caller.http.post(f"{strict_caller.url}/auth/o2/token", json=DEMO, timeout=10)
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")


def test_a_grantless_token_opens_no_seller_operation(caller: Caller) -> None:
    form = {**DEMO, "grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
    token = caller.login(form).json()["access_token"]
    assert refusal(caller.get(ACCOUNT, token)) == (403, "Unauthorized")


def test_missing_and_invented_tokens_are_refused(caller: Caller) -> None:
    invented = caller.get(ACCOUNT, "Atza|invented")
    assert refusal(invented) == (403, "Unauthorized")
    assert "malformed" in invented.json()["errors"][0]["details"]
    missing = caller.http.get(f"{caller.url}{ACCOUNT}", timeout=10)
    assert refusal(missing) == (403, "Unauthorized")
    assert "x-amzn-RateLimit-Limit" not in missing.headers
    assert missing.headers["x-amzn-RequestId"]


def test_tokens_expire_after_an_hour(timed_caller: Caller, tick: Tick) -> None:
    tick.seconds = 3599
    assert timed_caller.get(ACCOUNT).status_code == 200
    tick.seconds = 3600
    answer = timed_caller.get(ACCOUNT)
    assert refusal(answer) == (403, "Unauthorized")
    assert answer.json()["errors"][0]["details"] == "The access token you provided has expired."


def test_tokens_can_be_made_to_expire(timed: Simulator, timed_caller: Caller) -> None:
    timed.expire_tokens()
    assert "expired" in timed_caller.get(ACCOUNT).text
    timed_caller.access_token = timed_caller.login(DEMO).json()["access_token"]
    assert timed_caller.get(ACCOUNT).status_code == 200
