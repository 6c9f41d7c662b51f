"""Running the command line, in this process or as one of its own.

`cli` runs a command here, where it is quick; `started` starts a process, for commands that go on until a signal.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from flight_server.cli import run
from tests.server_fixtures import CREDENTIALS, Stack

PROGRAM = "from flight_server.cli import main; main()"


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """stdout as text."""
        return self.out.decode()


class CommandLine:
    """Runs commands in this process."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> Outcome:
        """Run one command."""
        self._capture.readouterr()
        code = run(list(arguments))
        out, err = self._capture.readouterr()
        return Outcome(code, out, err.decode())


def simulator_environment(stack: Stack) -> dict[str, str]:
    """The variables that lead a command to the simulator."""
    parameters = {**CREDENTIALS, **stack.addresses()}
    names = {"ClientId": "CLIENT_ID", "ClientSecret": "CLIENT_SECRET", "RefreshToken": "REFRESH_TOKEN"}
    names |= {"TokenUrl": "TOKEN_URL", "Endpoint": "ENDPOINT"}
    allowed = {"SPAPI_FLIGHT_ALLOW_HOSTS": stack.simulator.url.removeprefix("http://")}
    return allowed | {f"SPAPI_FLIGHT_{names[name]}": value for name, value in parameters.items()}


def started(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> AbstractContextManager[subprocess.Popen[str]]:
    """A running command; killed at the end if it still lives."""
    return running_python(PROGRAM, *arguments, environment=environment)


@contextmanager
def running_python(
    code: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own with some code; killed at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean_environment(), **(environment or {})},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def clean_environment() -> dict[str, str]:
    """This process's variables without ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SPAPI_FLIGHT_")}


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """Read stderr until a line holds the words."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"the process ended without saying {words!r}")
