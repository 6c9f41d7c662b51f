"""The engine: answers the residual SQL over the scans. DuckDB lives only here."""

from flight_server.engine.connection import Engine
from flight_server.engine.describe import DESCRIPTION_SCHEMA, describe, description
from flight_server.engine.folding import fold
from flight_server.engine.normal_types import normalise
from flight_server.engine.run import OpenScan, Pages, run

__all__ = [
    "DESCRIPTION_SCHEMA",
    "Engine",
    "OpenScan",
    "Pages",
    "describe",
    "description",
    "fold",
    "normalise",
    "run",
]
