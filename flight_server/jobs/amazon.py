"""The way to Amazon that the jobs of one query take. Knows neither reports nor queries: those are in `asking`."""

from dataclasses import dataclass, replace

from flight_server.activity import QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import Settings
from flight_server.errors import AmazonDetail, ApiUnavailable
from flight_server.plan import Call


@dataclass(frozen=True)
class Amazon:
    """The calls of one query."""

    client: SellingPartnerClient
    settings: Settings
    query: QueryActivity

    def bodies(self, call: Call) -> list[bytes]:
        """The pages of a call that is made until it tells what is waited for: no limit of a query counts it."""
        settings = replace(self.settings, max_calls=0)
        return [page.body for page in self.client.pages(call, settings, self.query)]

    def only_body(self, call: Call, settings: Settings | None = None) -> bytes:
        """The answer to a call that has one; other settings than the connection's say how hard it is tried."""
        for page in self.client.pages(call, settings or self.settings, self.query):
            return page.body
        operation_id = call.operation.operation_id
        raise ApiUnavailable(f"Amazon gave no answer to {operation_id}", AmazonDetail(operation_id))
