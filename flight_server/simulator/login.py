"""Login with Amazon and the tokens it gave: who calls, with which roles, for which restricted resources.

Goes from a login form to an access token, and from an access token to a Grant; knows no operation. Errors are those
of the fact table of behaviours, section 1. The demo credentials are public by design; they open nothing but this.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from flight_server.simulator.answers import Answer, json_bytes, unauthorized

TOKEN_PATH = "/auth/o2/token"
CLAIMED_SECONDS = 3600
_SCOPES = ("sellingpartnerapi::notifications", "sellingpartnerapi::migration")


@dataclass(frozen=True)
class App:
    """An application known to the simulator."""

    client_id: str
    client_secret: str
    refresh_token: str
    roles: frozenset[str]

    def owns(self, refresh_token: str) -> bool:
        """Whether a seller gave this refresh token to this application; -<anything> names further sellers."""
        return refresh_token == self.refresh_token or refresh_token.startswith(f"{self.refresh_token}-")


APPS = (
    App(
        "amzn1.application-oa2-client.demo",
        "demo-secret",
        "Atzr|demo",
        frozenset({"selling", "inventory", "restricted"}),
    ),
    App("amzn1.application-oa2-client.norole", "demo-secret", "Atzr|norole", frozenset({"selling"})),
)


@dataclass(frozen=True)
class Resource:
    """A restricted resource that a restricted data token opens."""

    method: str
    path: str
    data_elements: frozenset[str]


@dataclass(frozen=True)
class Grant:
    """What an access token stands for."""

    account: str
    roles: frozenset[str]
    expires_at: float
    resources: tuple[Resource, ...] | None = None  # of a restricted data token

    @property
    def is_restricted(self) -> bool:
        """Whether this is a restricted data token."""
        return self.resources is not None


class Login:
    """Gives out tokens and knows them again; may be used from any thread."""

    def __init__(self, seed: int, token_seconds: float) -> None:
        self._seed = seed
        self._token_seconds = token_seconds
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def exchange(self, form: Mapping[str, str], seconds: float) -> tuple[Answer, str]:
        """The answer of the token endpoint, and the account it was given to (empty if refused)."""
        kind = form.get("grant_type")
        if kind not in {"refresh_token", "client_credentials"}:
            return _refusal(400, "unsupported_grant_type", "grant type is not supported"), ""
        app = _authenticated(form)
        if app is None:
            return _refusal(401, "invalid_client", "Client authentication failed"), ""
        if kind == "client_credentials":
            return self._grantless(app, form, seconds)
        refresh_token = form.get("refresh_token", "")
        if not refresh_token:
            return _refusal(400, "invalid_request", "missing parameter : refresh_token"), ""
        if not app.owns(refresh_token):
            return _refusal(400, "invalid_grant", "invalid grant parameter : refresh_token"), ""
        account = refresh_token.partition("|")[2]
        told = self._told(self._issue("Atza|", Grant(account, app.roles, seconds + self._token_seconds)))
        return Answer(200, json_bytes({**told, "refresh_token": refresh_token})), account

    def _grantless(self, app: App, form: Mapping[str, str], seconds: float) -> tuple[Answer, str]:
        scopes = form.get("scope", "").split()
        if not scopes or any(scope not in _SCOPES for scope in scopes):
            return _refusal(400, "invalid_scope", "the scope is missing or unknown"), ""
        grant = Grant(app.client_id, frozenset(scopes), seconds + self._token_seconds)
        return Answer(200, json_bytes(self._told(self._issue("Atza|", grant)))), app.client_id

    def issue_restricted(self, grant: Grant, resources: tuple[Resource, ...], seconds: float) -> str:
        """A restricted data token for these resources, in the name of a grant."""
        restricted = Grant(grant.account, grant.roles, seconds + self._token_seconds, resources)
        return self._issue("Atz.sprdt|", restricted)

    def grant(self, access_token: str | None, seconds: float) -> Grant:
        """What an access token stands for; Refused if it is missing, unknown or expired."""
        if not access_token:
            raise unauthorized("Access token is missing in the request header.")
        with self._lock:
            grant = self._grants.get(access_token)
        if grant is None:
            raise unauthorized("The access token you provided is revoked, malformed or invalid.")
        if seconds >= grant.expires_at:
            raise unauthorized("The access token you provided has expired.")
        return grant

    def account(self, access_token: str | None) -> str:
        """Whose token this is, expired or not; empty if it is unknown."""
        with self._lock:
            grant = self._grants.get(access_token or "")
        return grant.account if grant else ""

    def expire_all(self) -> None:
        """Let every token given so far be expired, from now on."""
        with self._lock:
            self._grants = {
                token: Grant(grant.account, grant.roles, float("-inf"), grant.resources)
                for token, grant in self._grants.items()
            }

    def _issue(self, prefix: str, grant: Grant) -> str:
        with self._lock:
            content = f"{self._seed}/{len(self._grants)}/{grant.account}".encode()
            token = prefix + hashlib.blake2b(content, digest_size=32).hexdigest()
            self._grants[token] = grant
        return token

    def _told(self, access_token: str) -> dict[str, object]:
        return {"access_token": access_token, "token_type": "bearer", "expires_in": CLAIMED_SECONDS}


def _authenticated(form: Mapping[str, str]) -> App | None:
    for app in APPS:
        if (app.client_id, app.client_secret) == (form.get("client_id"), form.get("client_secret")):
            return app
    return None


def _refusal(status: int, error: str, description: str) -> Answer:
    return Answer(status, json_bytes({"error": error, "error_description": description}))
