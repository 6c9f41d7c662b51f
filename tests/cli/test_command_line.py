"""Rules that hold for every command: help, errors, secrets, signals."""

import json
import signal
from pathlib import Path

import click
import pytest
import requests

from flight_server.cli import COMMANDS, spapi_flight
from flight_server.cli.parameters import option_name
from flight_server.connection.settings import connection_parameters
from tests.cli.running import CommandLine, line_with, started
from tests.simulator.caller import Caller


def parameters(command: str) -> list[click.Parameter]:
    """The options and arguments of a command."""
    found = spapi_flight.get_command(click.Context(spapi_flight), command)
    assert found is not None
    return found.params


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, cli: CommandLine) -> None:
    outcome = cli(command, "--help")
    assert outcome.code == 0
    assert outcome.text.startswith(f"Usage: spapi-flight {command}")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_shows_a_command_s_own_options_first_and_parameters_once_and_apart(
    command: str, cli: CommandLine
) -> None:
    own, *shared = cli(command, "--help").text.split("\nConnection parameters:\n")
    assert len(shared) <= 1
    for row in connection_parameters():
        option = f"\n  {option_name(row.name)}{'-file' if row.is_secret else ''} "
        assert option not in own
        assert "".join(shared).count(option) <= 1
    if shared:
        assert "\n  -h, --help " in own
        assert command == "init" or "\n  --config " in own.partition("\nServer:")[2]


@pytest.mark.parametrize("command", ["query", "explain", "tables", "describe", "check"])
def test_every_connection_parameter_is_an_option(command: str) -> None:
    options = {name for parameter in parameters(command) for name in parameter.opts}
    for row in connection_parameters():
        assert option_name(row.name) + ("-file" if row.is_secret else "") in options


@pytest.mark.parametrize("arguments", [["nope"], ["query"], ["serve", "--port", "x"], ["query", "SELECT 1", "--nope"]])
def test_a_wrong_command_line_is_one_sentence_and_exit_code_1(arguments: list[str], cli: CommandLine) -> None:
    outcome = cli(*arguments)
    assert outcome.code == 1
    assert outcome.err.startswith("spapi-flight: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--client-secret", "--refresh-token"])
def test_a_secret_is_not_taken_as_an_argument(option: str, cli: CommandLine) -> None:
    outcome = cli("check", option, "hush")
    assert outcome.code == 1
    assert "SPAPI_FLIGHT_" in outcome.err
    assert "hush" not in outcome.err


@pytest.mark.parametrize("command", COMMANDS)
def test_no_help_shows_a_secret_of_the_environment(
    command: str, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPAPI_FLIGHT_CLIENT_SECRET", "hush")
    assert "hush" not in cli(command, "--help").text


def test_every_option_has_its_variable() -> None:
    for command in COMMANDS:
        for parameter in parameters(command):
            hidden = isinstance(parameter, click.Option) and parameter.hidden
            if isinstance(parameter, click.Option) and not hidden and parameter.name != "allowed_hosts":
                is_parameter = (parameter.name or "").startswith("parameter_")  # read from the environment as a whole
                assert is_parameter or str(parameter.envvar).startswith("SPAPI_FLIGHT_"), parameter.opts


def test_the_simulator_logs_its_calls_and_ends_with_0(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    with started("simulator", "--port", "0", "--orders", "50", "--no-limits", "--log", str(log)) as simulator:
        url = line_with(simulator, "simulating").split()[-1]
        allowed = url.removeprefix("http://")
        environment = {"SPAPI_FLIGHT_CLIENT_SECRET": "demo-secret", "SPAPI_FLIGHT_REFRESH_TOKEN": "Atzr|demo"}
        environment |= {"SPAPI_FLIGHT_CLIENT_ID": "amzn1.application-oa2-client.demo"}
        addresses = ("--endpoint", url, "--token-url", f"{url}/auth/o2/token", "--allow-host", allowed)
        with started("check", *addresses, environment=environment) as check:
            _, err = check.communicate(timeout=60)
        assert check.returncode == 0, err
        simulator.send_signal(signal.SIGTERM)
        assert simulator.wait(60) == 0
    operations = [json.loads(line)["operation"] for line in log.read_text().splitlines()]
    assert operations[:2] == ["lwaToken", "getMarketplaceParticipations"]


def test_the_simulator_can_live_from_an_instant_on() -> None:
    told = ("--orders", "500", "--no-limits", "--lives", "--pace", "60", "--at", "2026-03-18T15:30:00Z")
    with started("simulator", "--port", "0", *told) as simulator:
        caller = Caller(line_with(simulator, "simulating").split()[-1])
        [latest] = {order["PurchaseDate"][:7] for order in caller.orders(CreatedAfter="2026-03-01T00:00:00Z")}
        caller.close()
        simulator.send_signal(signal.SIGTERM)
        assert simulator.wait(60) == 0
    assert latest == "2026-03"


@pytest.mark.parametrize(
    "told",
    [("--at", "2026-03-18T15:30:00"), ("--at", "now"), ("--pace", "2"), ("--lives", "--moving")],
    ids=" ".join,
)
def test_what_the_simulator_cannot_do_with_time_is_refused(told: tuple[str, ...], cli: CommandLine) -> None:
    assert cli("simulator", "--port", "0", *told).code == 1


def test_the_simulator_can_be_strict_and_odd() -> None:
    with started("simulator", "--port", "0", "--orders", "10", "--no-limits", "--strict", "--odd") as simulator:
        url = line_with(simulator, "simulating").split()[-1]
        form = {"grant_type": "refresh_token", "refresh_token": "Atzr|demo", "client_secret": "demo-secret"}
        form["client_id"] = "amzn1.application-oa2-client.demo"
        token = requests.post(f"{url}/auth/o2/token", data=form, timeout=10).json()["access_token"]
        listed, refused = (
            requests.get(
                f"{url}/sellers/v1/marketplaceParticipations",
                params=query,
                headers={"x-amz-access-token": token},
                timeout=10,
            )
            for query in ({}, {"Nonsense": "1"})
        )
        assert "Non-Amazon US" in {one["marketplace"]["name"] for one in listed.json()}
        assert refused.status_code == 400
        assert "Nonsense" in refused.json()["errors"][0]["details"]
        simulator.send_signal(signal.SIGTERM)
        assert simulator.wait(60) == 0
