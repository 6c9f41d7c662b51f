"""Who may reach a server from another machine, and what it must have before it lets them."""

from pathlib import Path

import pytest

from flight_server.cli.open_door import is_loopback, open_doors
from flight_server.connection.profiles import Profile, read_profiles
from flight_server.connection.settings import Secret
from flight_server.protocol import Tls
from tests.cli.running import CommandLine, line_with, started
from tests.server_fixtures import CREDENTIALS as CREDENTIALS_OF_THE_SIMULATOR

DOCKER = Path(__file__).parents[2] / "docker"

TLS = Tls(b"certificate", b"key")
MUTUAL = Tls(b"certificate", b"key", b"authority")
CREDENTIALS = {"ClientId": "a", "ClientSecret": "b", "RefreshToken": "c"}
OPEN, CLOSED = Profile("shop", CREDENTIALS), Profile("shop", CREDENTIALS, Secret("s"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.9", "::1", "[::1]", "localhost"])
def test_only_this_machine_reaches_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "reports.example", ""])
def test_others_reach_any_other_address(host: str) -> None:
    assert not is_loopback(host)


def test_tls_and_connections_that_bring_their_credentials_are_enough() -> None:
    assert open_doors(TLS, {"Region": "EU"}, {}) == []


def test_profiles_with_a_secret_are_enough() -> None:
    assert open_doors(TLS, {}, {"shop": CLOSED}) == []


def test_client_certificates_are_enough() -> None:
    assert open_doors(MUTUAL, CREDENTIALS, {"shop": OPEN}) == []


def test_credentials_in_the_environment_are_anyone_s() -> None:
    (lack,) = open_doors(TLS, CREDENTIALS, {"shop": CLOSED})
    assert lack.startswith("authentication is missing, so anyone could read with the credentials of the environment:")


def test_a_profile_without_a_secret_is_anyone_s() -> None:
    (lack,) = open_doors(TLS, {}, {"shop": OPEN})
    assert "the credentials of profile shop" in lack


def test_both_are_told_where_both_are_missing() -> None:
    assert [lack.split(",")[0] for lack in open_doors(None, CREDENTIALS, {})] == [
        "TLS is missing",
        "authentication is missing",
    ]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the server's environment."""
    monkeypatch.setenv("SPAPI_FLIGHT_CLIENT_SECRET", "demo-secret")
    monkeypatch.setenv("SPAPI_FLIGHT_REFRESH_TOKEN", "Atzr|demo")


@pytest.mark.usefixtures("held")
def test_a_server_that_anyone_could_read_does_not_start(cli: CommandLine) -> None:
    outcome = cli("serve", "--host", "0.0.0.0", "--port", "0")
    assert outcome.code == 1
    assert outcome.err.startswith("spapi-flight: --host 0.0.0.0 can be reached from other machines. TLS is missing")
    assert "authentication is missing" in outcome.err
    assert "--insecure-anyone-may-read" in outcome.err
    assert "demo-secret" not in outcome.err


def test_the_way_round_is_loud() -> None:
    with started("serve", "--host", "0.0.0.0", "--port", "0", "--insecure-anyone-may-read") as server:
        assert "WARNING: 0.0.0.0 can be reached from other machines" in line_with(server, "WARNING")
        assert "listening on" in line_with(server, "listening on ")


@pytest.mark.usefixtures("held")
def test_a_profile_that_is_open_to_all_does_not_start_either(cli: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text('[profiles.shop]\nClientSecret = "x"\nRefreshToken = "y"\n')
    outcome = cli("serve", "--host", "0.0.0.0", "--port", "0", "--config", str(config))
    assert outcome.code == 1
    assert "the environment and profile shop" in outcome.err


def test_the_containers_show_the_safe_way() -> None:
    profiles = read_profiles(DOCKER / "server.toml", frozenset({"simulator:8099"}))
    assert open_doors(TLS, {}, profiles) == []
    assert profiles["demo"].values["RefreshToken"] == CREDENTIALS_OF_THE_SIMULATOR["RefreshToken"]
    compose = (DOCKER / "compose.yaml").read_text()
    assert "serve --config /config/server.toml --tls-cert /tls/certificate.pem --tls-key /tls/key.pem" in compose
    assert "SECRET" not in compose
