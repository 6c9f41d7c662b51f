from collections.abc import Iterator

import pytest

from flight_server.simulator import SimulatorOptions
from tests.cli.running import CommandLine, simulator_environment
from tests.server_fixtures import Stack, running_stack


@pytest.fixture(scope="module")
def stack_of_today() -> Iterator[Stack]:
    """The command asks for this week's orders by the clock of this machine."""
    with running_stack(SimulatorOptions(port=0, orders=50, limits=False)) as running:
        yield running


@pytest.fixture(autouse=True)
def credentials(stack_of_today: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator's credentials are in the environment."""
    for name, value in simulator_environment(stack_of_today).items():
        monkeypatch.setenv(name, value)


def test_good_credentials_pass_every_step(cli: CommandLine) -> None:
    outcome = cli("check")
    assert outcome.code == 0, outcome.err
    assert [line.split("  ")[0] for line in outcome.text.splitlines()] == [
        "token",
        "region",
        "marketplaces",
        "one call",
    ]
    assert "DE A1PA6795UKMFR9" in outcome.text


@pytest.mark.parametrize("variable", ["CLIENT_SECRET", "REFRESH_TOKEN"])
def test_bad_credentials_fail_at_the_token_and_are_not_shown(
    cli: CommandLine, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SPAPI_FLIGHT_{variable}", "not-the-right-one")
    outcome = cli("check")
    assert outcome.code == 1
    assert outcome.text.splitlines() == ["token         failed"]
    assert outcome.err.startswith("spapi-flight: Login with Amazon refused to sign in")
    assert outcome.err.count("\n") == 1
    assert "not-the-right-one" not in outcome.err


def test_a_marketplace_where_the_seller_does_not_sell_is_named(cli: CommandLine) -> None:
    outcome = cli("check", "--marketplaces", "A2Q3Y263D00KWC")
    assert outcome.code == 1
    assert outcome.text.splitlines()[-1] == "marketplaces  failed"
    assert "does not take part in A2Q3Y263D00KWC" in outcome.err


def test_the_marketplaces_are_those_of_the_region_that_is_asked(cli: CommandLine) -> None:
    outcome = cli("check", "--region", "EU")
    assert outcome.code == 0, outcome.err
    (line,) = [line for line in outcome.text.splitlines() if line.startswith("marketplaces")]
    assert "DE A1PA6795UKMFR9" in line
    assert "ATVPDKIKX0DER" not in line


def test_a_host_that_the_operator_has_not_allowed_is_refused(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPAPI_FLIGHT_ALLOW_HOSTS")
    outcome = cli("check")
    assert outcome.code == 1
    assert "--allow-host" in outcome.err


def test_a_secret_can_come_from_a_file(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.delenv("SPAPI_FLIGHT_CLIENT_SECRET")
    file = tmp_path_factory.mktemp("secrets") / "client-secret"
    file.write_text("demo-secret\n")
    assert cli("check", "--client-secret-file", str(file)).code == 0
