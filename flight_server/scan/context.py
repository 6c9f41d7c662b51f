"""What a scan needs of the query and the server it runs in."""

from dataclasses import dataclass
from datetime import datetime

from catalog.catalog import Catalog
from flight_server.activity import Journal, QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import Settings
from flight_server.jobs import Jobs
from flight_server.mirror import Mirror
from flight_server.scan.known_marketplaces import KnownMarketplaces
from flight_server.scan.refusals import Refusals


@dataclass(frozen=True)
class ScanContext:
    """One query's surroundings; shared by all its scans."""

    client: SellingPartnerClient
    jobs: Jobs
    catalog: Catalog
    journal: Journal
    known_marketplaces: KnownMarketplaces
    refusals: Refusals
    settings: Settings
    query: QueryActivity
    now: datetime
    mirror: Mirror | None = None  # rows that were read before; None: none are kept
