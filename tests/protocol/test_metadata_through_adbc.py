"""The metadata answers as the ADBC driver reads them, from a server that can do nothing else."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

import catalog
from flight_server import __version__
from flight_server.protocol.commands import name_of, unpack
from flight_server.protocol.metadata import METADATA_COMMANDS, Metadata, metadata_of, schema_of

dbapi = pytest.importorskip("adbc_driver_flightsql.dbapi", reason="the ADBC Flight SQL driver is not installed")


class _MetadataServer(flight.FlightServerBase):  # type: ignore[misc]
    """Answers the metadata commands, the command being its own ticket."""

    def __init__(self, metadata: Metadata) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self.metadata = metadata

    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        command = unpack(descriptor.command)
        endpoint = flight.FlightEndpoint(descriptor.command, [])
        return flight.FlightInfo(schema_of(name_of(command), command), descriptor, [endpoint], -1, -1)

    def do_get(self, context: Any, ticket: Any) -> Any:
        command = unpack(ticket.ticket)
        return flight.RecordBatchStream(METADATA_COMMANDS[name_of(command)](command, self.metadata))


@pytest.fixture(scope="module")
def metadata() -> Metadata:
    return metadata_of(catalog.load())


@pytest.fixture(scope="module")
def connection(metadata: Metadata) -> Iterator[Any]:
    with (
        _MetadataServer(metadata) as server,
        dbapi.connect(f"grpc://127.0.0.1:{server.port}", autocommit=True) as connected,
    ):
        yield connected


def test_adbc_reads_every_table_and_column(connection: Any, metadata: Metadata) -> None:
    found = connection.adbc_get_objects(depth="all").read_all().to_pylist()
    assert [row["catalog_name"] for row in found] == ["spapi"]
    seen = {
        f"{db_schema['db_schema_name']}.{table['table_name']}": [
            column["column_name"] for column in table["table_columns"]
        ]
        for db_schema in found[0]["catalog_db_schemas"]
        for table in db_schema["db_schema_tables"]
    }
    assert seen == {table.qualified_name: [column.name for column in table.columns] for table in metadata.tables}


def test_adbc_reads_the_type_names_of_columns(connection: Any) -> None:
    found = connection.adbc_get_objects(depth="all", db_schema_filter="orders", table_name_filter="orders").read_all()
    tables = found.to_pylist()[0]["catalog_db_schemas"][0]["db_schema_tables"]
    columns = {column["column_name"]: column for table in tables for column in table["table_columns"]}
    assert columns["amazon_order_id"]["xdbc_type_name"] == "VARCHAR"
    assert columns["purchase_date"]["xdbc_type_name"] == "TIMESTAMP WITH TIME ZONE"


def test_adbc_finds_the_very_table_among_those_that_its_name_matches(connection: Any) -> None:
    arrow_schema = connection.adbc_get_table_schema("order_items", db_schema_filter="orders")
    assert isinstance(arrow_schema, pa.Schema)
    assert "order_item_id" in arrow_schema.names


def test_adbc_reads_the_union_of_facts(connection: Any) -> None:
    info = connection.adbc_get_info()
    told = (info["vendor_name"], info["vendor_version"], info["vendor_arrow_version"])
    assert told == ("spapi-flight", __version__, pa.__version__)


def test_adbc_reads_the_table_types(connection: Any) -> None:
    assert sorted(connection.adbc_get_table_types()) == ["SYSTEM TABLE", "TABLE"]
