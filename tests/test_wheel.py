"""The wheel holds all that the program reads, and says what it is."""

import configparser
import os
import re
import signal
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

import flight_server
from tests.cli.running import clean_environment

ROOT = Path(flight_server.__file__).parents[1]
PACKAGES = ("catalog", "flight_server")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `make wheel` builds it, elsewhere."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip unpacks it; what it depends on is that of this environment."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    done = subprocess.run([*pip, str(wheel)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_string(archive.read(name).decode())


def test_it_holds_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    known = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert held == known
    for data in ("catalog/apis.toml", "catalog/tables/orders_v0.toml", "catalog/models/orders_v0.json"):
        assert data in held
    assert [name for name in held if re.match(r"flight_server/simulator/.*\.(json|toml)$", name)]


def test_it_says_version_licence_and_what_it_needs(wheel: Path) -> None:
    told = metadata(wheel)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert told["Name"] == "spapi-flight"
    assert told["Version"] == flight_server.__version__ == project["version"]
    assert told["License-Expression"] == "Apache-2.0"
    assert told.get_all("License-File") == ["LICENSE"]
    assert set(told.get_all("Classifier") or ()) == set(project["classifiers"])
    assert set(told.get_all("Provides-Extra") or ()) == set(project["optional-dependencies"])
    assert told["Requires-Python"] == ">=3.11"


def test_sqlalchemy_and_superset_find_what_it_brings_by_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt")]
        told = configparser.ConfigParser(delimiters="=")
        told.read_string(archive.read(name).decode())
        held = set(archive.namelist())
    for group, names in (
        ("sqlalchemy.dialects", ["spapi", "spapi.adbc", "spapi.tls"]),
        ("superset.db_engine_specs", ["spapi"]),
    ):
        assert sorted(told[group]) == names
        assert {f"{place.partition(':')[0].replace('.', '/')}.py" for place in told[group].values()} <= held


def test_its_program_simulates_serves_and_answers_away_from_the_sources(installed: Path, tmp_path: Path) -> None:
    program = [sys.executable, str(installed / "bin" / "spapi-flight")]
    environment = {**clean_environment(), "PYTHONPATH": str(installed)}
    where = [sys.executable, "-c", "import flight_server; print(flight_server.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.startswith(str(installed))
    with subprocess.Popen(
        [*program, "simulator", "--port", "0", "--orders", "20"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as simulator:
        assert simulator.stderr is not None
        url = simulator.stderr.readline().split()[-1]
        sql = ("query", "SELECT count(*) AS n FROM sellers.account", "--format", "json")
        addresses = (
            "--endpoint",
            url,
            "--token-url",
            f"{url}/auth/o2/token",
            "--allow-host",
            url.removeprefix("http://"),
        )
        asked = subprocess.run(
            [*program, *sql, *addresses, "--client-id", "amzn1.application-oa2-client.demo"],
            cwd=tmp_path,
            env=environment | {"SPAPI_FLIGHT_CLIENT_SECRET": "demo-secret", "SPAPI_FLIGHT_REFRESH_TOKEN": "Atzr|demo"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        os.kill(simulator.pid, signal.SIGTERM)
        simulator.wait(60)
    assert (asked.returncode, asked.stdout) == (0, '{"n":1}\n'), asked.stderr
