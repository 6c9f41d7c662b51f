"""The command line as a fixture, with and without a simulator behind it."""

import pytest

from tests.cli.running import CommandLine, clean_environment, simulator_environment
from tests.server_fixtures import Stack


@pytest.fixture(autouse=True)
def no_parameters_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the person who runs the tests shall not decide them."""
    import os

    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)


@pytest.fixture
def cli(capfdbinary: pytest.CaptureFixture[bytes]) -> CommandLine:
    """Runs commands; credentials only where a test gives them."""
    return CommandLine(capfdbinary)


@pytest.fixture
def signed_in_cli(cli: CommandLine, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Runs commands with the simulator's credentials in the environment; the shared server answers."""
    for name, value in simulator_environment(stack).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPAPI_FLIGHT_URL", stack.server.location)
    return cli
