"""A variable that is read by nobody because of one letter."""

import pytest

from flight_server.cli import COMMANDS
from flight_server.cli.parameters import option_name
from flight_server.connection.settings import connection_parameters
from tests.cli.running import CommandLine, started


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["query", "SELECT 1"], ["check"], ["tables"]])
def test_a_near_miss_is_told_before_anything_is_done(command: list[str]) -> None:
    with started(*command, environment={"SPAPI_FLIGHT_REGOIN": "EU"}) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err == "spapi-flight: there is no variable SPAPI_FLIGHT_REGOIN; did you mean SPAPI_FLIGHT_REGION?\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("CLIENT_SECERT", "CLIENT_SECRET"),
        ("REFRESH_TOKEN_FIEL", "REFRESH_TOKEN_FILE"),
        ("TLSCERT", "TLS_CERT"),
        ("ALLOW_HOST", "ALLOW_HOSTS"),
        ("PASWORD", "PASSWORD"),
        ("OUTPT", "OUTPUT"),
    ],
)
def test_options_files_and_secrets_are_known_too(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    monkeypatch.setenv(f"SPAPI_FLIGHT_{written}", "hush")
    outcome = cli("query", "SELECT 1")
    assert outcome.code == 1
    assert outcome.err.endswith(f"did you mean SPAPI_FLIGHT_{meant}?\n")
    assert "hush" not in outcome.err


def test_every_parameter_that_lacks_a_letter_is_told(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for row in connection_parameters():
        name = "SPAPI_FLIGHT_" + option_name(row.name)[2:].replace("-", "_").upper()[:-1]
        monkeypatch.setenv(name, "x")
        assert f"there is no variable {name}; did you mean SPAPI_FLIGHT_" in cli("tables").err
        monkeypatch.delenv(name)


@pytest.mark.parametrize("name", ["CLIENTID", "PORT", "TLS_CA", "PASSWORD", "SOMETHING_OF_OTHERS"])
def test_what_is_read_and_what_resembles_nothing_is_passed_over(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"SPAPI_FLIGHT_{name}", "")
    assert cli("query", "SELECT 1 AS one", "--format", "json").text == '{"one":1}\n'


def test_every_command_still_starts_with_the_variables_of_another(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPAPI_FLIGHT_REPORT_SECONDS", "1")
    for command in COMMANDS:
        assert cli(command, "--help").code == 0
