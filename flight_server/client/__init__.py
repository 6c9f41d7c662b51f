"""SP-API over HTTP: a `Call` in, its `Page`s out, with login, quota and retries.

Knows no SQL and no Arrow. One client serves every thread and account of a server; its state is what they share:
connections, tokens (`token_cache`) and buckets (`usage_plans`).

::

    pages(call) ── shared_pages ── paging ── send ─┬─ access_token, restricted_token   who asks
                                                    ├─ usage_plans, token_bucket        when it may
                                                    ├─ http_request, transport          what goes over the wire
                                                    ├─ arrival, envelope, answer_text   what an answer is
                                                    └─ failure, retry                   what if it fails
    open_document(link) ── document_stream ── transport                                 bytes, without a token
"""

from collections.abc import Generator, Hashable
from contextlib import closing
from dataclasses import replace

from catalog.table import Operation
from flight_server.activity import Journal, QueryActivity, RateLimit
from flight_server.client.answers.arrival import warnings_of
from flight_server.client.clock import Clock, real
from flight_server.client.pages.shared_pages import SharedPages
from flight_server.client.quota.usage_plans import UsagePlans
from flight_server.client.send import Sender, TokenSource
from flight_server.client.tokens.access_token import AccessTokens
from flight_server.client.tokens.restricted_token import RestrictedTokens
from flight_server.client.tokens.token_cache import TokenCache
from flight_server.client.wire.document_stream import DocumentStream, DocumentStreams
from flight_server.client.wire.transport import Answer, Transport
from flight_server.connection.settings import Settings
from flight_server.plan import Call, Page

__all__ = ["Clock", "SellingPartnerClient", "real"]


class SellingPartnerClient:
    """The one way to Amazon; thread-safe."""

    def __init__(self, journal: Journal, *, clock: Clock = real) -> None:
        self._transport = Transport(clock)
        self._usage_plans = UsagePlans(clock)
        self._sender = Sender(self._transport, self._usage_plans, journal, clock)
        self._shared_pages = SharedPages()
        self._document_streams = DocumentStreams(self._transport, journal, clock)
        self._access_tokens = AccessTokens(self._sender, TokenCache(clock))
        self._restricted_tokens = RestrictedTokens(self._sender, TokenCache(clock), self._access_tokens)

    def pages(self, call: Call, settings: Settings, query: QueryActivity) -> Generator[Page, None, None]:
        """The pages of a call, each fetched when it is asked for."""
        later_page = replace(call, empty_statuses=())  # "no rows" can only be the answer to the first page

        def send_page(page_token: str) -> Answer:
            if settings.max_calls:
                query.take_call(settings.max_calls)
            tokens = self._tokens(call, settings, query)
            return self._sender.send(later_page if page_token else call, page_token, settings, query, tokens)

        with closing(self._shared_pages.pages(_question(call, settings), call, send_page, query)) as pages:
            for page in pages:
                for warning in warnings_of(page.body):
                    query.warn(f"Amazon warns in an answer of {call.operation.operation_id}: {warning}")
                yield page

    def open_document(
        self, link: str, first_byte: int, entity_tag: str, allowed_hosts: frozenset[str], query: QueryActivity
    ) -> DocumentStream:
        """Begin to fetch what a link of Amazon's leads to, from that byte on; raises what `document_stream` says."""
        return self._document_streams.open(link, first_byte, entity_tag, allowed_hosts, query)

    def sign_in(self, settings: Settings, query: QueryActivity) -> None:
        """Get an access token, or find that there is one."""
        self._access_tokens.source(settings, query).get()

    def rate_limits(self) -> list[RateLimit]:
        """The state of every bucket."""
        return self._usage_plans.rate_limits()

    def pace(self, operation: Operation, settings: Settings) -> str:
        """An operation with the rate at which this account may call it, where that is known: `getOrders 1 a minute`."""
        return self._usage_plans.pace(settings, operation)

    def seconds_until(self, operation: Operation, settings: Settings) -> float:
        """How long this account must wait before it may call an operation, as far as is known now."""
        return self._usage_plans.seconds_until(settings, operation)

    def close(self) -> None:
        """Close all connections and let go of all pages."""
        self._shared_pages.close()
        self._transport.close()

    def _tokens(self, call: Call, settings: Settings, query: QueryActivity) -> TokenSource:
        if call.needs_restricted_token:
            return self._restricted_tokens.source(call, settings, query)
        return self._access_tokens.source(settings, query, call.operation.grantless_scope)


def _question(call: Call, settings: Settings) -> Hashable:
    """Who asks what: all that decides on the answers, or on how hard it is tried to get them."""
    if not call.is_shared:
        return object()
    operation, paging = call.operation, call.paging
    return (
        (settings.client_id, settings.client_secret, settings.refresh_token, settings.endpoint, settings.token_url),
        settings.retry,
        (operation.method, operation.api, operation.api_version, operation.operation_id),
        *(
            tuple(sorted(parameters.items()))
            for parameters in (call.path_parameters, call.url_parameters, call.header_parameters)
        ),
        repr(call.body),
        (paging.token, paging.next, paging.offset) if paging is not None else (),
        call.page_size,
        (call.needs_restricted_token, call.restricted_elements, call.restricted_path),
        (call.empty_statuses, call.item_errors, call.errors_are_data),
    )
