"""Login with Amazon: a refresh token or a scope in, an access token out, one refresh for all threads of an account.

Knows no operation of SP-API. Grants are never logged: they live in the cache and in the request that sends them.
State: the cached tokens; any thread may ask. Facts: developer guide, "connecting to SP-API" (grant, lifetime, errors).
"""

from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from flight_server.activity import QueryActivity
from flight_server.client.answers.answer_text import Unreadable, read_json, utf8_of
from flight_server.client.answers.failure import Failure, amazon_error, sentence
from flight_server.client.answers.scrub import scrub
from flight_server.client.retry import persist, retry_after_seconds
from flight_server.client.send import Sender, TokenSource
from flight_server.client.tokens.token_cache import Grant, TokenCache
from flight_server.client.wire.http_request import USER_AGENT, HttpRequest
from flight_server.client.wire.transport import Answer, ConnectionFault
from flight_server.connection.settings import Settings
from flight_server.errors import AmazonDetail, AmazonError, SignInError, UnexpectedAnswer, enumerated

T = TypeVar("T")

LOGIN = "Login with Amazon"
OPERATION_ID = "getAccessToken"
"""How the journal calls the login; Amazon has no operation id for it."""

_RENEWED_BEFORE_SECONDS = 60.0

_ADVICE = {
    "invalid_client": "check ClientId and ClientSecret; a client secret expires after 180 days and must be rotated",
    "invalid_grant": "check RefreshToken; if it is of this app, the seller has revoked it: authorise the app again",
    "unauthorized_client": "check that ClientId is the app that the seller authorised",
    "invalid_request": "check ClientId, ClientSecret and RefreshToken",
    "unsupported_grant_type": "check that TokenUrl is Amazon's token endpoint",
    "invalid_scope": "check that the app may use this grantless operation",
}


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float = 3600


class _Refused(msgspec.Struct):
    error: str = ""
    error_description: str = ""
    request_id: str = ""


_GRANTED = msgspec.json.Decoder(_Granted, strict=False)
_REFUSED = msgspec.json.Decoder(_Refused)


@dataclass(frozen=True)
class AccessTokens:
    """The access tokens of all accounts."""

    sender: Sender
    cache: TokenCache

    def source(self, settings: Settings, query: QueryActivity, scope: str = "") -> TokenSource:
        """Where the calls of this account get their token; with a scope, those of grantless operations."""
        # The secret belongs to the key: who does not know it must not use a token that another session got with it.
        key = (settings.client_id, settings.client_secret, settings.refresh_token, settings.token_url, scope)
        return TokenSource(
            get=lambda: self.cache.token(key, query, lambda: self._sign_in(settings, query, scope)),
            drop=lambda token: self.cache.drop(key, token),
        )

    def _sign_in(self, settings: Settings, query: QueryActivity, scope: str) -> Grant:
        _check_complete(settings)
        request = _grant_request(settings, scope)
        request_count = 0

        def once() -> Answer:
            nonlocal request_count
            request_count += 1
            try:
                answer = self.sender.exchange(request, OPERATION_ID, query, request_count, is_api=False)
            except ConnectionFault as fault:
                raise _failure(fault, settings) from None
            return self._judged(answer, settings)

        try:
            answer = persist(settings.retry, query.wait, once)
        except Failure as failure:
            raise amazon_error(failure) from None
        return self._grant(answer, settings)

    def _judged(self, answer: Answer, settings: Settings) -> Answer:
        if answer.http_status == 200:
            return answer
        if 400 <= answer.http_status < 500 and answer.http_status != 429:
            raise _refusal(answer, settings)
        wait_seconds = retry_after_seconds(answer.headers.get("retry-after", ""), self.sender.clock)
        raise _failure(answer, settings, wait_seconds)

    def _grant(self, answer: Answer, settings: Settings) -> Grant:
        granted = _read(answer, _GRANTED, _Granted(""))
        if not granted.access_token or not granted.access_token.isprintable() or not granted.access_token.isascii():
            detail = AmazonDetail(LOGIN, answer.http_status)
            raise UnexpectedAnswer(f"{LOGIN} answered without an access token: check TokenUrl", detail)
        now = self.sender.clock.monotonic()
        renewed_before = min(_RENEWED_BEFORE_SECONDS, granted.expires_in / 10)
        return Grant(granted.access_token, now + granted.expires_in - renewed_before, now + granted.expires_in)


def _check_complete(settings: Settings) -> None:
    given = {
        "ClientId": settings.client_id,
        "ClientSecret": settings.client_secret.reveal(),
        "RefreshToken": settings.refresh_token.reveal(),
    }
    if missing := [name for name, value in given.items() if not value]:
        them, places = ("them", "connection parameters") if missing[1:] else ("it", "a connection parameter")
        raise SignInError(
            f"{enumerated(missing)} missing: {LOGIN} needs {them}; give {them} as {places}, or name a Profile"
        )


def _grant_request(settings: Settings, scope: str) -> HttpRequest:
    form = {"client_id": settings.client_id, "client_secret": settings.client_secret.reveal()}
    if scope:
        form |= {"grant_type": "client_credentials", "scope": scope}
    else:
        form |= {"grant_type": "refresh_token", "refresh_token": settings.refresh_token.reveal()}
    headers = {
        "user-agent": USER_AGENT,
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    }
    path = urlsplit(settings.token_url).path or "/"
    return HttpRequest("POST", settings.token_url, path, headers, urlencode(form).encode())


def _refusal(answer: Answer, settings: Settings) -> AmazonError:
    refused = _read(answer, _REFUSED, _Refused())
    secrets = _secrets(settings)
    code, description = scrub(refused.error, *secrets), scrub(refused.error_description, *secrets)
    request_id = scrub(refused.request_id or answer.request_id, *secrets)
    advice = _ADVICE.get(refused.error, "check ClientId, ClientSecret, RefreshToken and TokenUrl")
    quoted = ": ".join(part for part in (code, description) if part)
    words = f"{LOGIN} refused to sign in (HTTP {answer.http_status}): {advice}"
    detail = AmazonDetail(LOGIN, answer.http_status, code[:200], description[:2000], request_id)
    return SignInError(sentence(words, quoted, request_id), detail)


def _read(answer: Answer, decoder: "msgspec.json.Decoder[T]", otherwise: T) -> T:
    try:
        return read_json(utf8_of(answer.body, answer.content_type), decoder)[1]
    except Unreadable:
        return otherwise


def _failure(answer: Answer | ConnectionFault, settings: Settings, wait_seconds: float = 0) -> Failure:
    return Failure(LOGIN, answer, _secrets(settings), wait_seconds, address_parameter="TokenUrl")


def _secrets(settings: Settings) -> tuple[str, ...]:
    return (settings.client_secret.reveal(), settings.refresh_token.reveal())
