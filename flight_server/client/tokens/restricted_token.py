"""Restricted data tokens: what a call wants to read in, the token that opens it out.

Knows Login with Amazon only as the source of the token that its own call needs. State: the cached tokens; any thread
may ask. Facts: Tokens API model 2021-03-01 and its use case guide (resources, roles, lifetime of an hour).
"""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

import msgspec

from catalog.table import AnswerLevel, Operation, UsagePlan
from flight_server.activity import QueryActivity
from flight_server.client.answers.failure import sentence
from flight_server.client.send import Sender, TokenSource
from flight_server.client.tokens.access_token import AccessTokens
from flight_server.client.tokens.token_cache import Grant, TokenCache
from flight_server.client.wire.http_request import request_path
from flight_server.client.wire.transport import Answer
from flight_server.connection.settings import Settings
from flight_server.errors import AccessDenied, ApiError, UnexpectedAnswer, enumerated
from flight_server.plan import Call

CREATE_TOKEN = Operation(
    operation_id="createRestrictedDataToken",
    api="tokens",
    api_version="2021-03-01",
    method="POST",
    path="/tokens/2021-03-01/restrictedDataToken",
    usage_plan=UsagePlan(rate=1, burst=10),
    answer=AnswerLevel(frozenset({"restrictedDataToken", "expiresIn"}), frozenset({"restrictedDataToken"})),
)

ROLES = {
    "buyerInfo": ("Tax Remittance (Restricted)", "Tax Invoicing (Restricted)"),
    "shippingAddress": ("Direct to Consumer Shipping (Restricted)",),
}
"""Data element -> roles of which the app needs one."""

_RENEWED_AFTER = 50 / 60  # of the lifetime, which is an hour


class _Granted(msgspec.Struct, rename="camel"):
    restricted_data_token: str
    expires_in: float = 3600


@dataclass(frozen=True)
class RestrictedTokens:
    """The restricted data tokens of all accounts."""

    sender: Sender
    cache: TokenCache
    access_tokens: AccessTokens

    def source(self, call: Call, settings: Settings, query: QueryActivity) -> TokenSource:
        """Where this call gets its token: good for its path and elements, whatever the page."""
        path, elements = call.restricted_path or request_path(call), tuple(sorted(call.restricted_elements))
        account = (settings.client_id, settings.client_secret, settings.refresh_token, settings.endpoint)
        key = (*account, call.operation.method, path, elements)
        return TokenSource(
            get=lambda: self.cache.token(key, query, lambda: self._create(call, path, elements, settings, query)),
            drop=lambda token: self.cache.drop(key, token),
        )

    def _create(
        self, call: Call, path: str, elements: tuple[str, ...], settings: Settings, query: QueryActivity
    ) -> Grant:
        resource: dict[str, object] = {"method": call.operation.method.upper(), "path": path}
        if elements:
            resource["dataElements"] = list(elements)
        settings = in_production(settings)
        creation = Call(CREATE_TOKEN, body={"restrictedResources": [resource]})
        try:
            answer = self.sender.send(creation, "", settings, query, self.access_tokens.source(settings, query))
        except (AccessDenied, ApiError) as error:
            if isinstance(error, ApiError) and "access" not in error.detail.message.casefold():
                raise
            raise _refusal(call, elements, error) from None
        return self._grant(answer)

    def _grant(self, answer: Answer) -> Grant:
        try:
            granted = msgspec.json.decode(answer.body, type=_Granted, strict=False)
        except msgspec.DecodeError:
            request_id = f" (request id {answer.request_id})" if answer.request_id else ""
            raise UnexpectedAnswer(f"{CREATE_TOKEN.operation_id} answered without a token{request_id}") from None
        now = self.sender.clock.monotonic()
        token = granted.restricted_data_token
        return Grant(token, now + granted.expires_in * _RENEWED_AFTER, now + granted.expires_in)


def in_production(settings: Settings) -> Settings:
    """The settings without the sandbox."""
    # Sandbox calls accept only tokens of the production endpoint (Tokens API use case guide).
    parts = urlsplit(settings.endpoint)
    if not settings.sandbox or not parts.netloc.startswith("sandbox."):
        return settings
    endpoint = urlunsplit(parts._replace(netloc=parts.netloc.removeprefix("sandbox.")))
    return replace(settings, endpoint=endpoint, sandbox=False)


def _refusal(call: Call, elements: tuple[str, ...], error: AccessDenied | ApiError) -> AccessDenied:
    needed = [f"{element} (role {' or '.join(ROLES[element])})" for element in elements if element in ROLES]
    wanted = enumerated(needed) or "personal data"
    advice = "ask for the role in the developer profile and let the seller authorise the app again"
    otherwise = "or leave out the restricted columns, or set RestrictedData=Never"
    words = f"Amazon gives no restricted data token to read {wanted} by {call.operation.operation_id}: {advice}"
    quoted = ": ".join(part for part in (error.detail.code, error.detail.message) if part)
    return AccessDenied(sentence(f"{words}, {otherwise}", quoted, error.detail.request_id), error.detail)
