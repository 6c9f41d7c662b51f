"""Sessions: who is found by what, which parameter wins, what is kept for how long."""

from typing import Any

import pytest

from flight_server.connection.profiles import Profile
from flight_server.connection.session import CLIENT_IDLE_SECONDS, IDLE_SECONDS, Sender, Sessions, parameters_in
from flight_server.connection.settings import Secret
from flight_server.errors import SettingError, SignInError
from flight_server.shelf import Shelf

PROFILES = {
    "open": Profile("open", {"ClientId": "of the open profile", "Region": "EU"}),
    "shop": Profile("shop", {"ClientId": "of the shop", "RefreshToken": "token of the shop"}, Secret("geheim")),
}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def client_id(sessions: Sessions, sender: Sender) -> str:
    return sessions.caller(sender).settings.client_id


def test_headers_win_over_options_over_password_over_profile_over_server_defaults() -> None:
    sessions = Sessions({"ClientId": "default", "Profile": "open", "Region": "NA"}, PROFILES)
    assert client_id(Sessions({"ClientId": "default"}), Sender()) == "default"
    assert client_id(sessions, Sender()) == "of the open profile"
    assert sessions.caller(Sender()).settings.region == "EU"
    sender = Sender(peer="p")
    sessions.set_option(sender, "clientid", "of the session")
    assert client_id(sessions, sender) == "of the session"
    assert client_id(sessions, Sender(peer="p", parameters={"ClientId": "of the header"})) == "of the header"
    assert client_id(sessions, Sender(peer="p", parameters={"ClientId": " "})) == "of the session"


def test_user_and_password_are_client_id_and_secret_where_there_are_no_profiles() -> None:
    sessions = Sessions({"ClientId": "default"})
    bearer = sessions.sign_in("user", "password")
    settings = sessions.caller(Sender(bearer)).settings
    assert (settings.client_id, settings.client_secret.reveal()) == ("user", "password")
    assert client_id(sessions, Sender(bearer, parameters={"ClientId": "header"})) == "header"


def test_user_and_password_open_a_profile_where_there_are_profiles() -> None:
    sessions = Sessions({}, PROFILES)
    settings = sessions.caller(Sender(sessions.sign_in("shop", "geheim"))).settings
    assert (settings.client_id, settings.profile) == ("of the shop", "shop")
    assert settings.client_secret.reveal() == ""


@pytest.mark.parametrize(("user", "password"), [("shop", "wrong"), ("shop", ""), ("nobody", "geheim")])
def test_a_wrong_name_or_secret_is_refused_in_the_same_words(user: str, password: str) -> None:
    with pytest.raises(SignInError, match="must be those of a profile"):
        Sessions({}, PROFILES).sign_in(user, password)


def test_a_profile_with_a_secret_is_not_had_by_its_name_alone() -> None:
    sessions = Sessions({}, PROFILES)
    with pytest.raises(SignInError, match="has a secret"):
        sessions.caller(Sender(parameters={"Profile": "shop"}))
    with pytest.raises(SignInError, match="has a secret"):
        sessions.caller(Sender(sessions.sign_in("open", ""), parameters={"Profile": "shop"}))
    assert client_id(sessions, Sender(parameters={"Profile": "open"})) == "of the open profile"


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(SettingError, match="no profile of this server"):
        Sessions().caller(Sender(parameters={"Profile": "shop"}))


def test_each_sign_in_is_a_session_of_its_own() -> None:
    sessions = Sessions()
    first, second = (Sender(sessions.sign_in("user", "password")) for _ in range(2))
    sessions.set_option(first, "Region", "EU")
    assert sessions.caller(first).settings.region == "EU"
    assert sessions.caller(second).settings.region == "NA"
    assert sessions.caller(first).session_id != sessions.caller(second).session_id
    assert first.bearer not in sessions.caller(first).session_id


def test_a_bearer_of_the_users_own_is_no_key_to_anything() -> None:
    sessions = Sessions()
    sessions.set_option(Sender("tok", peer="one"), "Region", "EU")
    assert sessions.caller(Sender("tok", peer="one")).settings.region == "EU"
    assert sessions.caller(Sender("tok", peer="two")).settings.region == "NA"


def test_a_session_is_found_by_its_cookie_from_another_connection() -> None:
    sessions = Sessions()
    sessions.set_option(Sender(cookie="c", peer="one"), "Region", "EU")
    assert sessions.caller(Sender(cookie="c", peer="two")).settings.region == "EU"
    assert sessions.caller(Sender(cookie="d", peer="two")).settings.region == "NA"


def test_a_used_session_lives_on_and_an_idle_one_expires() -> None:
    clock = Clock()
    sessions = Sessions(clock=clock)
    sender = Sender(sessions.sign_in("user", "password"))
    for _ in range(3):
        clock.now += IDLE_SECONDS - 1
        assert client_id(sessions, sender) == "user"
    clock.now += IDLE_SECONDS + 1
    with pytest.raises(SignInError, match="connect again"):
        sessions.caller(sender)


def test_options_of_a_mere_connection_expire_sooner() -> None:
    clock = Clock()
    sessions = Sessions(clock=clock)
    sessions.set_option(Sender(peer="p"), "Region", "EU")
    clock.now += CLIENT_IDLE_SECONDS + 1
    assert sessions.caller(Sender(peer="p")).settings.region == "NA"


def test_a_closed_session_is_gone() -> None:
    sessions = Sessions()
    sender = Sender(sessions.sign_in())
    sessions.close(sender)
    with pytest.raises(SignInError, match="closed"):
        sessions.caller(sender)
    sessions.set_option(Sender(cookie="c", peer="p"), "Region", "EU")
    sessions.close(Sender(peer="p"))
    assert sessions.caller(Sender(cookie="c")).settings.region == "NA"


def test_options_show_catalog_and_schema_and_mask_secrets() -> None:
    sessions = Sessions()
    sender = Sender(peer="p")
    assert sessions.options(sender) == {"catalog": "spapi", "schema": ""}
    sessions.set_option(sender, "refreshtoken", "geheim")
    sessions.set_option(sender, "Marketplaces", ("US", "CA"))
    sessions.set_option(sender, "schema", "orders")
    expected = {"catalog": "spapi", "schema": "orders", "RefreshToken": "***", "Marketplaces": ("US", "CA")}
    assert sessions.options(sender) == expected
    assert sessions.caller(sender).settings.db_schema == "orders"


def test_an_option_can_be_forgotten() -> None:
    sessions = Sessions()
    sender = Sender(peer="p")
    sessions.set_option(sender, "Region", "EU")
    sessions.set_option(sender, "region", None)
    assert sessions.caller(sender).settings.region == "NA"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ClintId", "x", "did you mean ClientId"),
        ("Region", "US", "NA, EU, FE"),
        ("catalog", "main", "catalog must be spapi"),
        ("Endpoint", "http://127.0.0.1", "Endpoint must be"),
        ("RetryCountMax", True, "whole number"),
    ],
)
def test_a_bad_option_is_refused_and_not_kept(name: str, value: Any, sentence: str) -> None:
    sessions = Sessions()
    with pytest.raises(SettingError, match=sentence):
        sessions.set_option(Sender(peer="p"), name, value)
    assert sessions.options(Sender(peer="p")) == {"catalog": "spapi", "schema": ""}


@pytest.mark.parametrize("value", [True, 1, "yes"])
def test_options_keep_their_type(value: Any) -> None:
    sessions = Sessions()
    sessions.set_option(Sender(peer="p"), "Sandbox", value)
    assert sessions.options(Sender(peer="p"))["Sandbox"] is value
    assert sessions.caller(Sender(peer="p")).settings.sandbox is True


def test_parameters_are_taken_out_of_headers() -> None:
    headers: dict[str, list[str | bytes]] = {
        "clientid": ["first", "last"],
        "ordersapiversion": ["v0"],
        "region-bin": [b"EU"],
        "x-clientid": ["no"],
        "user-agent": ["grpc"],
        "empty": [],
    }
    assert parameters_in(headers) == {"ClientId": "last", "OrdersApiVersion": "v0"}
    with pytest.raises(SettingError, match="did you mean ClientId"):
        parameters_in({"client_id": ["x"]})


@pytest.mark.parametrize("name", ["client", "client-ip", "client-cert", "client-user-agent", "api-version", "x-regoin"])
def test_headers_of_proxies_are_no_misspelt_parameters(name: str) -> None:
    assert parameters_in({name: ["x"]}) == {}


def test_settings_are_parsed_again_only_when_something_changed() -> None:
    sessions = Sessions()
    sender = Sender(sessions.sign_in("user", "password"), parameters={"Region": "EU"})
    first = sessions.caller(sender).settings
    assert sessions.caller(sender).settings is first
    sessions.set_option(sender, "RetryCountMax", 3)
    assert sessions.caller(sender).settings.retry.count_max == 3
    with pytest.raises(SettingError, match="NA, EU, FE"):
        sessions.caller(Sender(sender.bearer, parameters={"Region": "US"}))
    assert sessions.caller(sender).settings.region == "EU"


def test_nothing_of_a_sender_or_session_prints_secrets() -> None:
    sessions = Sessions()
    sender = Sender(sessions.sign_in("user", "geheim"), parameters={"ClientSecret": "geheim"})
    assert "geheim" not in f"{sender!r} {sessions.caller(sender)!r} {sessions._find(sender)!r}"
    assert "geheim" not in repr(vars(sessions))


def test_a_shelf_drops_what_was_unused_longest() -> None:
    shelf: Shelf[str] = Shelf(100, maximum=2)
    first, second = shelf.put("first"), shelf.put("second")
    assert shelf.get(first) == "first"
    shelf.put("third")
    assert (shelf.get(first), shelf.get(second), len(shelf)) == ("first", None, 2)


def test_one_owner_cannot_push_out_the_things_of_others() -> None:
    shelf: Shelf[int] = Shelf(100, maximum=100, owner_maximum=3)
    kept = shelf.put(0, "quiet")
    greedy = [shelf.put(number, "greedy") for number in range(10)]
    assert shelf.get(kept) == 0
    assert [shelf.get(key) for key in greedy] == [None] * 7 + [7, 8, 9]
