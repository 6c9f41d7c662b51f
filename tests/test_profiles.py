"""Profiles out of a TOML file, and their secrets."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flight_server.connection.profiles import hashed_secret, read_profiles
from flight_server.connection.settings import connection_parameters
from flight_server.errors import SettingError

EXAMPLES = {
    "ClientId": "abc",
    "ClientSecret": "abc",
    "RefreshToken": "abc",
    "Endpoint": "https://sellingpartnerapi-eu.amazon.com",
    "Marketplaces": "US",
    "Timestamps": "plain",
    "ReportEncoding": "cp932",
}
"""Values of parameters whose default is none that could be written."""


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def kebab(name: str) -> str:
    return snake(name).replace("_", "-")


def written(folder: Path, text: str) -> Path:
    path = folder / "server.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_profile_holds_parameters_in_their_proper_names(tmp_path: Path) -> None:
    path = written(tmp_path, '[profiles.shop]\nclientid = "abc"\nRetryCountMax = 3\nSandbox = true\n')
    assert read_profiles(path)["shop"].values == {"ClientId": "abc", "RetryCountMax": "3", "Sandbox": "True"}


def test_a_list_is_written_as_a_list(tmp_path: Path) -> None:
    path = written(tmp_path, "[profiles.shop]\nRetryStatusCodeList = [429, 503]\n")
    assert read_profiles(path)["shop"].values == {"RetryStatusCodeList": "429,503"}


@pytest.mark.parametrize("stored", ["geheim", hashed_secret("geheim")], ids=["plain", "hashed"])
def test_a_secret_opens_the_profile(tmp_path: Path, stored: str) -> None:
    profile = read_profiles(written(tmp_path, f'[profiles.shop]\nSecret = "{stored}"\n'))["shop"]
    assert profile.is_opened_by("geheim")
    assert not profile.is_opened_by("Geheim")
    assert not profile.is_opened_by("")
    assert not profile.is_opened_by(stored) or stored == "geheim"


def test_a_profile_without_a_secret_is_open(tmp_path: Path) -> None:
    assert read_profiles(written(tmp_path, "[profiles.shop]\n"))["shop"].is_opened_by("whatever")


def test_a_profile_prints_no_secret(tmp_path: Path) -> None:
    path = written(tmp_path, '[profiles.shop]\nSecret = "geheim"\nClientSecret = "geheim"\nRefreshToken = "geheim"\n')
    assert "geheim" not in repr(read_profiles(path))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[profiles.shop]\nClientSecert = "geheim"\n', "profiles.shop: .* did you mean ClientSecret"),
        ('[profiles.shop]\nRegion = "geheim"\n', "profiles.shop: Region must be one of NA, EU, FE"),
        ('[profiles.shop]\nEndpoint = "https://geheim.example"\n', "profiles.shop: Endpoint must be https"),
        ('[profiles.shop]\nProfile = "geheim"\n', "profiles.shop"),
        ("[profiles.shop]\nQueryTimeout = 1.5\n", "profiles.shop.QueryTimeout must be a text"),
        ('[profiles.shop]\nSecret = ""\n', "must not be empty"),
        ('[profiles.shop]\nSecret = "scrypt:geheim"\n', "scrypt:SALT:DIGEST"),
        ('[profiles]\nshop = "geheim"\n', "must be tables"),
        ('[profile.shop]\nClientSecret = "geheim"\n', r"'profile' is not known here.*\[profiles.NAME\]"),
        ('ClientSecret = "geheim"\n', "'ClientSecret' is not known here"),
        ('[profiles.shop]\nRegion = "EU"\nregion = "NA"\n', "profiles.shop: region is given twice"),
        ('[profiles.shop]\nClientSecret = "geheim\n', r"not valid TOML \(at line 2"),
    ],
)
def test_a_bad_file_tells_the_place_and_no_value(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence) as raised:
        read_profiles(written(tmp_path, text))
    assert "geheim" not in raised.value.message
    assert raised.value.message.startswith(str(tmp_path / "server.toml"))


def test_a_file_that_ends_too_early_or_is_no_text_tells_no_value(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"not valid TOML \(at end of document\)"):
        read_profiles(written(tmp_path, '[profiles.shop]\nMarketplaces = ["US",'))
    (tmp_path / "server.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="not valid TOML"):
        read_profiles(tmp_path / "server.toml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        read_profiles(tmp_path / "none.toml")


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, snake, kebab], ids=["as is", "lower", "UPPER", "_", "-"])
def test_every_key_is_read_in_every_spelling(tmp_path: Path, spell: Callable[[str], str]) -> None:
    for row in (row for row in connection_parameters() if row.name != "Profile"):
        text = row.default if row.default and not row.default_text else EXAMPLES.get(row.name, row.apis and row.default)
        path = written(tmp_path, f'[profiles.shop]\n{spell(row.name)} = "{text}"\n{spell("Secret")} = "x"\n')
        profile = read_profiles(path)["shop"]
        assert profile.values == {row.name: text}
        assert profile.is_opened_by("x")


@pytest.mark.parametrize("keys", [("client_id", "ClientId"), ("client-id", "client_id"), ("Admin", "admin")])
def test_a_key_twice_in_two_spellings_is_refused(tmp_path: Path, keys: tuple[str, str]) -> None:
    text = "[profiles.shop]\n" + "".join(f'{key} = "x"\n' for key in keys)
    with pytest.raises(SettingError, match="is given twice, in different spellings"):
        read_profiles(written(tmp_path, text))


def test_values_are_kept_in_files_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("Atzr|geheim\n", encoding="utf-8")
    monkeypatch.setenv("SHOP_SECRET", "geheim")
    text = '[profiles.shop]\nRefreshToken = { file = "token" }\nclient_secret = { env = "SHOP_SECRET" }\n'
    profile = read_profiles(written(tmp_path, text + 'Secret = { env = "SHOP_SECRET" }\n'))["shop"]
    assert profile.values == {"RefreshToken": "Atzr|geheim", "ClientSecret": "geheim"}
    assert profile.is_opened_by("geheim")


def test_values_are_kept_in_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring", reason="the package keyring is not installed")
    monkeypatch.setattr(
        keyring, "get_password", lambda *entry: {("spapi-flight", "shop/ClientSecret"): "geheim"}.get(entry)
    )
    path = written(tmp_path, '[profiles.shop]\nClientSecret = { keyring = "shop/ClientSecret" }\n')
    assert read_profiles(path)["shop"].values == {"ClientSecret": "geheim"}
    path = written(tmp_path, '[profiles.shop]\nClientSecret = { keyring = "other" }\n')
    with pytest.raises(SettingError, match="the keyring has no entry other of service spapi-flight"):
        read_profiles(path)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('{ file = "none" }', "profiles.shop.ClientSecret: the file none cannot be read: No such file"),
        ('{ env = "NOT_SET_ANYWHERE" }', "profiles.shop.ClientSecret: the variable NOT_SET_ANYWHERE is not set"),
        ('{ file = "empty" }', "profiles.shop.ClientSecret is kept in file empty, which is empty"),
        ('{ vault = "geheim" }', r'must be a text, or say where it is kept: \{ file = "…" \}, .* or'),
        ('{ file = "a", env = "geheim" }', "say where it is kept"),
        ("{ file = 1 }", "say where it is kept"),
    ],
)
def test_a_value_that_is_not_where_it_should_be_is_told(tmp_path: Path, value: str, sentence: str) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SettingError, match=sentence) as raised:
        read_profiles(written(tmp_path, f"[profiles.shop]\nClientSecret = {value}\n"))
    assert "geheim" not in raised.value.message
