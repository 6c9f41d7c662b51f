"""`init` and `hash-secret`, as a person types and as a script drives them."""

import os
import re
import signal
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from flight_server.cli.profile_file import add_profile
from flight_server.connection.profiles import Profile, read_profiles
from flight_server.connection.settings import Secret
from flight_server.simulator import Simulator, SimulatorOptions
from tests.cli.running import PROGRAM, clean_environment, line_with, running_python, started
from tests.server_fixtures import CREDENTIALS, Stack

TYPED = "".join(f"{CREDENTIALS[name]}\n" for name in ("ClientId", "ClientSecret", "RefreshToken"))
SECRETS = ("demo-secret", "Atzr|demo")


@pytest.fixture
def of_today(stack: Stack) -> Iterator[Stack]:
    """A simulator whose clock is that of the processes."""
    with Simulator(SimulatorOptions(port=0, orders=100, limits=False)) as simulator:
        yield Stack(simulator, stack.server)


def environment(stack: Stack, **further: str) -> dict[str, str]:
    addresses = {"SPAPI_FLIGHT_TOKEN_URL": stack.addresses()["TokenUrl"], "SPAPI_FLIGHT_ENDPOINT": stack.simulator.url}
    return {**addresses, "SPAPI_FLIGHT_ALLOW_HOSTS": stack.simulator.url.removeprefix("http://"), **further}


def ran(folder: Path, variables: dict[str, str], typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        input=typed,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**clean_environment(), **variables},
        timeout=120,
        check=False,
    )


def test_a_profile_is_checked_and_written_for_its_owner_alone_and_its_strings_open_it(
    of_today: Stack, tmp_path: Path
) -> None:
    stack = of_today
    made = ran(tmp_path, environment(stack), TYPED, "init", "--profile", "shop", "--port", "31999")
    assert made.returncode == 0, made.stderr
    assert [line.split()[:2] for line in made.stdout.splitlines()[:2]] == [["token", "ok"], ["region", "ok"]]
    assert not [secret for secret in SECRETS if secret in made.stdout + made.stderr]
    path = tmp_path / "profiles.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert tomllib.loads(path.read_text())["profiles"]["shop"] == CREDENTIALS | stack.addresses()
    for told in (
        "jdbc:arrow-flight-sql://localhost:31999/?useEncryption=false&Profile=shop",
        ";Profile=shop\n",
        "spapi://localhost:31999/?Profile=shop",
    ):
        assert told in made.stdout
    allowed = {"SPAPI_FLIGHT_ALLOW_HOSTS": environment(stack)["SPAPI_FLIGHT_ALLOW_HOSTS"]}
    checked = ran(tmp_path, allowed, "", "check", "--config", "profiles.toml", "--profile", "shop")
    assert checked.returncode == 0, checked.stderr
    with started("serve", "--port", "0", "--config", str(path), environment=allowed) as server:
        location = line_with(server, "listening on ").split()[-1]
        code = made.stdout[made.stdout.index("import adbc") : made.stdout.index("}, autocommit=True)") + 19]
        code = code.replace("grpc://localhost:31999", location)
        asked = (
            "\nc = connection.cursor(); c.execute('SELECT * FROM sellers.account'); print(c.fetchone()[0], flush=True)"
        )
        with running_python(code + asked + "\nc.close(); connection.close()") as client:
            out, err = client.communicate(timeout=60)
        assert (client.returncode, bool(out.strip())) == (0, True), err
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def test_a_person_s_secrets_are_not_echoed(stack: Stack, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    ours, theirs = pty.openpty()
    variables = {**clean_environment(), **environment(stack)}
    command = [sys.executable, "-c", PROGRAM, "init", "--no-check", "--with-secret"]
    shown = b""
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path, env=variables, start_new_session=True
    ) as process:
        os.close(theirs)
        for prompt, answer in zip(
            (b"ClientId:", b"ClientSecret:", b"RefreshToken:", b"Secret of the profile:"),
            (*TYPED.splitlines(), "geheim"),
            strict=True,
        ):
            while prompt not in shown:
                shown += os.read(ours, 4096)
            os.write(ours, answer.encode() + b"\n")
        while chunk := _read(ours):
            shown += chunk
        assert process.wait(60) == 0, shown
    os.close(ours)
    for typed in (*TYPED.splitlines(), "geheim"):
        assert typed.encode() not in shown
    profile = read_profiles(tmp_path / "profiles.toml", frozenset({stack.simulator.url.removeprefix("http://")}))
    assert profile["default"].is_opened_by("geheim")
    assert b"scrypt:" in (tmp_path / "profiles.toml").read_bytes()
    assert b"UID=default;PWD=" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""


def test_a_script_gives_all_by_variables_and_a_profile_more_stays_beside_the_first(
    stack: Stack, tmp_path: Path
) -> None:
    before = '# mine\n[profiles.first]\nregion = "EU"'
    (tmp_path / "profiles.toml").write_text(before)
    names = {"ClientId": "CLIENT_ID", "ClientSecret": "CLIENT_SECRET", "RefreshToken": "REFRESH_TOKEN"}
    credentials = {f"SPAPI_FLIGHT_{names[name]}": value for name, value in CREDENTIALS.items()}
    variables = environment(stack, **credentials, SPAPI_FLIGHT_PROFILE="second", SPAPI_FLIGHT_PASSWORD="geheim")
    made = ran(tmp_path, variables, "", "init", "--no-check", "--max-calls", "100")
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "profiles.toml").read_text()
    assert text.startswith(before + "\n\n[profiles.second]\n")
    second = tomllib.loads(text)["profiles"]["second"]
    assert (second["MaxCalls"], second["Secret"][:7]) == ("100", "scrypt:")
    assert "geheim" not in text + made.stdout + made.stderr
    again = ran(tmp_path, variables, "", "init", "--no-check")
    assert (again.returncode, (tmp_path / "profiles.toml").read_text()) == (1, text)
    assert "has a profile second already" in again.stderr


def test_what_amazon_refuses_is_not_written(stack: Stack, tmp_path: Path) -> None:
    refused = ran(tmp_path, environment(stack), "a\nb\nc\n", "init")
    assert refused.returncode == 1
    assert "Login with Amazon refused" in refused.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        ([], "", "ClientId is missing: type it, set SPAPI_FLIGHT_CLIENT_ID, or send it on stdin"),
        ([], "a\nb\n", "RefreshToken is missing"),
        (["--profile", "my shop"], TYPED, "--profile: a name is of letters"),
        (["--config", "none/x.toml"], TYPED, "--config: none is no folder"),
        (["--region", "XX", "--no-check"], TYPED, "Region must be one of NA, EU, FE"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_written(
    tmp_path: Path, arguments: list[str], typed: str, sentence: str
) -> None:
    outcome = ran(tmp_path, {}, typed, "init", *arguments)
    assert (outcome.returncode, list(tmp_path.iterdir())) == (1, [])
    assert sentence in outcome.stderr
    assert outcome.stderr.count("\n") == 1


def test_secrets_are_kept_in_files_beside_the_profile(tmp_path: Path) -> None:
    made = ran(tmp_path, {}, TYPED, "init", "--no-check", "--secrets", "file", "--profile", "shop")
    assert made.returncode == 0, made.stderr
    path = tmp_path / "profiles.toml"
    assert not [secret for secret in SECRETS if secret in path.read_text()]
    assert read_profiles(path)["shop"].values == CREDENTIALS
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_secrets_are_kept_in_variables_that_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ran(tmp_path, {}, TYPED, "init", "--no-check", "--secrets", "environment", "--profile", "my-shop")
    assert "set MY_SHOP_CLIENT_SECRET and MY_SHOP_REFRESH_TOKEN before you use it" in made.stderr
    monkeypatch.setenv("MY_SHOP_CLIENT_SECRET", "demo-secret")
    monkeypatch.setenv("MY_SHOP_REFRESH_TOKEN", "Atzr|demo")
    assert read_profiles(tmp_path / "profiles.toml")["my-shop"].values == CREDENTIALS


def test_secrets_are_kept_in_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring", reason="the package keyring is not installed")
    kept: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyring, "set_password", lambda service, name, text: kept.update({(service, name): text}))
    monkeypatch.setattr(keyring, "get_password", lambda *entry: kept.get(entry))
    add_profile(tmp_path / "p.toml", "shop", CREDENTIALS, "", "keyring")
    assert kept == {
        ("spapi-flight", "shop/ClientSecret"): "demo-secret",
        ("spapi-flight", "shop/RefreshToken"): "Atzr|demo",
    }
    assert "demo-secret" not in (tmp_path / "p.toml").read_text()
    assert read_profiles(tmp_path / "p.toml")["shop"].values == CREDENTIALS


def test_a_keyring_that_is_locked_is_one_sentence(tmp_path: Path) -> None:
    variables = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    outcome = ran(tmp_path, variables, TYPED, "init", "--no-check", "--secrets", "keyring")
    assert (outcome.returncode, list(tmp_path.iterdir())) == (1, [])
    assert outcome.stderr.startswith("spapi-flight: ClientSecret: the keyring does not take it")


@pytest.mark.parametrize("value", ['a"b\\c', "größe 🎉", "'''", "Atzr|IwEB=="])
def test_every_character_of_a_value_survives_the_file(tmp_path: Path, value: str) -> None:
    add_profile(tmp_path / "p.toml", "shop", {"ClientSecret": value}, "", "value")
    assert read_profiles(tmp_path / "p.toml")["shop"].values == {"ClientSecret": value}


def test_hash_secret_prints_what_opens_the_profile(tmp_path: Path) -> None:
    outcome = ran(tmp_path, {}, "geheim\n", "hash-secret")
    assert outcome.returncode == 0, outcome.stderr
    assert re.fullmatch(r"scrypt:[\w+/=]+:[\w+/=]+\n", outcome.stdout)
    stored = Profile("shop", secret=Secret(outcome.stdout.strip()))
    assert stored.is_opened_by("geheim")
    assert not stored.is_opened_by("other")
    assert ran(tmp_path, {}, "", "hash-secret").returncode == 1
