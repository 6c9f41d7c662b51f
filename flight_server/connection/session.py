"""Who asks: a session with its sign-in and options, and the settings that each call of it comes to.

Comes in: what a call's headers say of its sender. Goes out: a `Caller`. Knows no Flight. A session is found by the
bearer that its sign-in returned, else by its cookie, else by its connection; one that keeps nothing is not stored.
Settings: server defaults < profile < user and password < session options < headers. Any thread may call.
"""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from catalog.catalog import CATALOG_NAME
from flight_server.connection.profiles import Profile
from flight_server.connection.settings import Secret, Settings, named, near_miss, parse, read_value, unknown_parameter
from flight_server.errors import SettingError, SignInError
from flight_server.events import note
from flight_server.shelf import Shelf

OptionValue = str | bool | int | float | tuple[str, ...]

CATALOG_OPTION = "catalog"
SCHEMA_OPTION = "schema"

BEARER_PREFIX = "session."
"""Tells bearers that we gave out from tokens that a user put into the driver's dialog."""

IDLE_SECONDS = 24 * 3600.0
"""Long, and counted from the last call: ODBC drivers never sign in again."""

CLIENT_IDLE_SECONDS = 3600.0
"""Shorter where only the connection tells who asks: its port may be given to someone else one day."""

_READS_NO_ZONES = ("JDBC Flight SQL Driver", "grpc-java")
"""In the user agent of Arrow's JDBC driver (18.x only names its gRPC): since 18.3 times with a zone have a type there
that it cannot give as objects and that few tools know."""

_FOREIGN_PREFIXES = ("x-", "grpc-", ":", "sec-", "arrow-")
"""Headers of gRPC, proxies and tracing; never a misspelt parameter."""

_FOREIGN_NAMES = frozenset({"api-version", "client", "client-cert", "client-ip", "client-user-agent"})
"""Headers of proxies and gateways (RFC 9440 among them) that resemble a parameter by chance."""


@dataclass(frozen=True)
class Caller:
    """Who makes one call, and with which settings."""

    session_id: str
    settings: Settings
    fills_mirror: bool = False  # nobody reads the rows: they are asked for to be kept


@dataclass(frozen=True)
class Sender:
    """What a call's headers say of who sends it. `parameters` are the connection parameters among them."""

    bearer: str = ""
    cookie: str = ""
    peer: str = ""
    agent: str = ""  # what the client calls itself
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    db_schema: str = ""  # where its unqualified names are looked for first, unless the session chose another


@dataclass
class Session:
    """One session's sign-in and options; `options` is replaced as a whole, never changed."""

    session_id: str
    profile: str = ""
    client_id: str = ""
    client_secret: Secret = field(default_factory=Secret)
    options: Mapping[str, OptionValue] = field(default_factory=dict, repr=False)


def parameters_in(headers: Mapping[str, Sequence[str | bytes]]) -> dict[str, str]:
    """The connection parameters among headers, by their proper names; raise SettingError for a misspelt one.

    >>> parameters_in({"clientid": ["abc"], "trace": ["No"], "user-agent": ["grpc"]})
    {'ClientId': 'abc'}
    """
    found: dict[str, str] = {}
    for name, texts in headers.items():
        if not texts or not isinstance(texts[-1], str) or name.startswith(_FOREIGN_PREFIXES):
            continue
        row = named(name)
        if row is not None:
            found[row.name] = texts[-1]
        elif name not in _FOREIGN_NAMES and near_miss(name):
            raise unknown_parameter(name)
    return found


class Sessions:
    """All sessions of a server."""

    def __init__(
        self,
        server_defaults: Mapping[str, str] = MappingProxyType({}),
        profiles: Mapping[str, Profile] = MappingProxyType({}),
        allowed_hosts: frozenset[str] = frozenset(),
        maximum: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server_defaults = server_defaults
        self._profiles = profiles
        self._allowed_hosts = allowed_hosts
        self._lock = threading.Lock()
        self._by_bearer: Shelf[Session] = Shelf(IDLE_SECONDS, maximum, clock=clock)
        self._by_client: Shelf[Session] = Shelf(CLIENT_IDLE_SECONDS, maximum, clock=clock)
        self._settled: Shelf[Settings] = Shelf(CLIENT_IDLE_SECONDS, maximum, clock=clock)

    def sign_in(self, user: str = "", password: str = "") -> str:
        """Open a session and give its bearer. Amazon is not asked; only a profile's secret is checked."""
        session = Session(secrets.token_hex(6))
        if self._profiles and user:
            profile = self._profiles.get(user)
            if profile is None or not profile.is_opened_by(password):
                note(
                    logging.WARNING, "sign-in refused"
                )  # who has mixed up the fields has written the secret for a user
                raise SignInError("user name and password must be those of a profile on this server, and they are not")
            session.profile = user
        else:
            session.client_id, session.client_secret = user.strip(), Secret(password.strip())
        note(logging.INFO, "signed in", session=session.session_id, profile=session.profile)
        return self._by_bearer.put(session, session.session_id, BEARER_PREFIX + secrets.token_urlsafe(32))

    def caller(self, sender: Sender) -> Caller:
        """Who sends this call; raise SettingError for bad parameters, SignInError for an expired session."""
        session = self._find(sender)
        settings = self._settings({"Timestamps": _timestamps_for(sender), **self._merged(session, sender.parameters)})
        db_schema = str(session.options.get(SCHEMA_OPTION, sender.db_schema))
        is_admin = session.profile != "" and self._profiles[session.profile].is_admin
        if db_schema or is_admin:
            settings = replace(settings, db_schema=db_schema, is_admin=is_admin)
        return Caller(session.session_id, settings)

    def own_caller(self, profile: str = "", parameters: Mapping[str, str] = MappingProxyType({})) -> Caller:
        """Who asks for what the operator wants kept: with a profile, whose secret the operator need not tell."""
        given = {**parameters, **({"Profile": profile} if profile else {})}
        wanted = given.get("Profile") or self._server_defaults.get("Profile", "")
        settings = self._settings(self._merged(Session("sync", profile=wanted.strip()), given))
        unbound = replace(settings, query_timeout_seconds=0.0, max_calls=0, max_rows=0, nested_types="json")
        return Caller("sync", unbound, fills_mirror=True)

    def set_option(self, sender: Sender, name: str, value: OptionValue | None) -> None:
        """Keep one option, None to forget it; raise SettingError for an unknown name or a bad value.

        Only the value itself is judged here: what it must agree with may be set by the next message.
        """
        known = self._checked_option(name, value)
        with self._lock:
            session = self._find(sender)
            others = {key: each for key, each in session.options.items() if key != known}
            session.options = MappingProxyType(others if value is None else {**others, known: value})
            self._keep(session, sender)

    def options(self, sender: Sender) -> Mapping[str, OptionValue]:
        """The options of the session, secrets masked; the catalog and the schema always."""
        session = self._find(sender)
        shown = {name: "***" if _is_secret(name) else value for name, value in session.options.items()}
        return {CATALOG_OPTION: CATALOG_NAME, SCHEMA_OPTION: sender.db_schema, **shown}

    def close(self, sender: Sender) -> str:
        """Forget the session; give its id."""
        session = self._find(sender)
        self._by_bearer.remove_owned(session.session_id)
        self._by_client.remove_owned(session.session_id)
        return session.session_id

    def _find(self, sender: Sender) -> Session:
        if sender.bearer.startswith(BEARER_PREFIX):
            found = self._by_bearer.get(sender.bearer)
            if found is None:
                raise SignInError("the session has expired or was closed: connect again")
            return found
        for key in (sender.cookie, sender.peer):
            if key and (found := self._by_client.get(key)) is not None:
                return found
        return Session(sender.peer or "unknown")

    def _keep(self, session: Session, sender: Sender) -> None:
        if not sender.bearer.startswith(BEARER_PREFIX):
            for key in filter(None, (sender.cookie, sender.peer)):
                self._by_client.put(session, session.session_id, key)

    def _merged(self, session: Session, parameters: Mapping[str, str]) -> dict[str, str]:
        options = {name: _text(value) for name, value in session.options.items() if named(name) is not None}
        explicit = options | _given(parameters)
        wanted = explicit.get("Profile") or session.profile or self._server_defaults.get("Profile", "")
        profile = self._profile(wanted.strip(), session)
        signed_in = {"ClientId": session.client_id, "ClientSecret": session.client_secret.reveal()}
        merged = {**self._server_defaults, **profile.values, **_given(signed_in), **explicit}
        return merged | ({"Profile": profile.name} if profile.name else {})

    def _settings(self, values: Mapping[str, str]) -> Settings:
        """Parse; most calls bring the values of one before, which is known by their digest, for values are secret."""
        key = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()
        settings = self._settled.get(key)
        if settings is None:
            settings = parse(values, self._allowed_hosts)
            self._settled.put(settings, key=key)
        return settings

    def _profile(self, name: str, session: Session) -> Profile:
        if not name:
            return Profile("")
        profile = self._profiles.get(name)
        if profile is None:
            raise SettingError("Profile", "Profile names no profile of this server; ask its operator for the name")
        if profile.secret and session.profile != name:
            raise SignInError(
                f"profile {name} has a secret: connect with {name} as user name and the secret as password"
            )
        return profile

    def _checked_option(self, name: str, value: OptionValue | None) -> str:
        lower = name.strip().lower()
        if lower == CATALOG_OPTION:
            if value is not None and _text(value).lower() not in ("", CATALOG_NAME):
                raise SettingError(CATALOG_OPTION, f"catalog must be {CATALOG_NAME}, the only one")
            return CATALOG_OPTION
        if lower == SCHEMA_OPTION:
            return SCHEMA_OPTION
        row = named(name)
        if row is None:
            raise unknown_parameter(name)
        if value is not None and _text(value).strip():
            read_value(row, _text(value), self._allowed_hosts)
        return row.name


def _timestamps_for(sender: Sender) -> str:
    return "plain" if any(word in sender.agent for word in _READS_NO_ZONES) else "utc"


def is_option(name: str) -> bool:
    """Whether a session can have an option of that name."""
    return name.strip().lower() in (CATALOG_OPTION, SCHEMA_OPTION) or named(name) is not None


def _text(value: OptionValue) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _given(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text.strip()}


def _is_secret(name: str) -> bool:
    row = named(name)
    return row is not None and row.is_secret
