"""A broken server, a client on fake time, and settings that lead to the server."""

from collections.abc import Iterator

import pytest

from flight_server.activity import Journal
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import RetrySettings, Secret, Settings
from tests.client.broken_server import BrokenServer
from tests.client.fake_time import FakeQuery, FakeTime, fake_query


@pytest.fixture
def server() -> Iterator[BrokenServer]:
    server = BrokenServer()
    yield server
    server.close()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def client(server: BrokenServer, journal: Journal, time: FakeTime) -> Iterator[SellingPartnerClient]:
    client = SellingPartnerClient(journal, clock=time.clock)
    yield client
    client.close()


@pytest.fixture
def patient_client(server: BrokenServer, journal: Journal) -> Iterator[SellingPartnerClient]:
    """A client on real time, for tests with threads."""
    client = SellingPartnerClient(journal)
    yield client
    client.close()


@pytest.fixture
def query(time: FakeTime) -> FakeQuery:
    return fake_query(time)


@pytest.fixture
def settings(server: BrokenServer) -> Settings:
    return Settings(
        client_id="amzn1.application-oa2-client.test",
        client_secret=Secret("secret-of-the-client"),
        refresh_token=Secret("Atzr|refresh of the seller/+="),
        token_url=f"{server.url}/auth/o2/token",
        endpoint=server.url,
        retry=RetrySettings(count_max=3),
    )
