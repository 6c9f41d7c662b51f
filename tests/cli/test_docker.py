"""The files for containers: each command in them runs as it is written, outside of one."""

import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from flight_server.cli.connection import connected, rows_of
from flight_server.connection.profiles import hashed_secret
from tests.cli.running import clean_environment, line_with, simulator_environment, started
from tests.server_fixtures import CREDENTIALS, Stack

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

FOLDER = Path(__file__).parents[2] / "docker"
DOCKERFILE = (FOLDER / "Dockerfile").read_text("utf-8")
PASSWORD = "geheim"


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((FOLDER / name).read_text("utf-8")))


def container() -> dict[str, Any]:
    (deployment,) = [each for each in documents("kubernetes.yaml") if each["kind"] == "Deployment"]
    found: dict[str, Any] = deployment["spec"]["template"]["spec"]["containers"][0]
    return found


def compose_command(file: str, service: str) -> list[str]:
    return shlex.split(documents(file)[0]["services"][service]["command"])


@pytest.fixture(scope="module")
def mounted(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the containers find mounted: /config, /run/secrets, /tls, /data."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so there is no certificate to serve with")
    root = tmp_path_factory.mktemp("mounted")
    for name in ("config", "run/secrets", "data", "tls"):
        (root / name).mkdir(parents=True)
    secrets = root / "run/secrets"
    texts = dict(zip(("client-id", "client-secret", "refresh-token"), CREDENTIALS.values(), strict=True))
    for name, text in {**texts, "password": hashed_secret(PASSWORD)}.items():
        (secrets / name).write_text(text + "\n")
    (certificate,) = documents("compose.yaml")[0]["services"]["certificate"]["command"]
    script = certificate.replace("/tls/", f"{root}/tls/").replace("chown spapi", "test -s")
    subprocess.run(["/bin/sh", "-c", script], check=True, capture_output=True)
    shutil.copy(root / "tls/certificate.pem", secrets / "certificate.pem")
    shutil.copy(root / "tls/key.pem", secrets / "key.pem")
    account = (FOLDER / "account.toml").read_text("utf-8").replace('"/run/secrets/', f'"{secrets}/')
    addresses = "".join(f"{name} = {json.dumps(url)}\n" for name, url in stack.addresses().items())
    (root / "config/account.toml").write_text(account.replace('Region = "EU"\n', addresses))
    server = (FOLDER / "server.toml").read_text("utf-8").replace("http://simulator:8099", stack.simulator.url)
    (root / "config/server.toml").write_text(server)
    return root


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def outside(command: list[str], root: Path, health_port: int) -> list[str]:
    moved = [re.sub(r"(^|=)(/(?:config|run|tls|data)\b)", rf"\g<1>{root}\2", part) for part in command]
    return [part.replace("8090", str(health_port)) for part in moved]


COMMANDS = {
    "compose.yaml": (compose_command("compose.yaml", "server"), "demo", "change-me"),
    "compose.account.yaml": (compose_command("compose.account.yaml", "server"), "shop", PASSWORD),
    "kubernetes.yaml": (container()["args"], "shop", PASSWORD),
}


@pytest.mark.parametrize("file", COMMANDS)
def test_the_server_s_command_runs_as_it_is_written(file: str, stack: Stack, mounted: Path) -> None:
    command, user, password = COMMANDS[file]
    health_port = free_port()
    variables = dict(re.findall(r"(SPAPI_FLIGHT_\w+)=(\S+)", DOCKERFILE)) | {"SPAPI_FLIGHT_PORT": "0"}
    variables["SPAPI_FLIGHT_ALLOW_HOSTS"] = simulator_environment(stack)["SPAPI_FLIGHT_ALLOW_HOSTS"]
    with started(*outside(command, mounted, health_port), environment=variables) as server:
        found = re.search(r"grpc\+tls://0\.0\.0\.0:(\d+)", line_with(server, "listening on "))
        assert found is not None
        location, certificate = f"grpc+tls://localhost:{found[1]}", mounted / "tls/certificate.pem"
        with connected(location, {}, sign_in=(user, password), tls_ca=certificate) as connection:
            assert rows_of(connection, "SELECT count(*) AS n FROM sellers.account") == [{"n": 1}]
        if any("--health-port" in part for part in command):
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                path = container()[probe]["httpGet"]["path"]
                with urllib.request.urlopen(f"http://127.0.0.1:{health_port}{path}", timeout=10) as answer:
                    assert answer.status == 200
        (check,) = re.findall(r"^HEALTHCHECK.*\\\n\s+CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
        program = [sys.executable, *json.loads(check)[1:]]
        environment = clean_environment() | {"SPAPI_FLIGHT_PORT": found[1]}
        subprocess.run(program, env=environment, check=True, timeout=30)
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0


def test_the_simulator_s_command_runs_as_it_is_written() -> None:
    command = compose_command("compose.yaml", "simulator")
    with started(*command, environment={"SPAPI_FLIGHT_PORT": "0"}) as simulator:
        assert line_with(simulator, "http://")
        simulator.send_signal(signal.SIGTERM)
        assert simulator.wait(60) == 0


def test_the_image_runs_as_a_number_and_keeps_nothing_that_it_was_built_from() -> None:
    _, final = DOCKERFILE.rsplit("\nFROM ", 1)
    assert re.search(r"^USER \d+:\d+$", final, re.MULTILINE)
    assert "COPY" not in final
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.12-slim-bookworm"] * 2


def test_every_secret_that_is_mounted_is_declared_and_read() -> None:
    (compose,) = documents("compose.account.yaml")
    assert set(compose["services"]["server"]["secrets"]) == set(compose["secrets"])
    read = re.findall(r"/run/secrets/([\w.-]+)", (FOLDER / "account.toml").read_text("utf-8"))
    read += re.findall(r"/run/secrets/([\w.-]+)", compose["services"]["server"]["command"])
    assert set(read) == set(compose["secrets"])
