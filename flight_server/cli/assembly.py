"""Options → a whole server: journal, client, engine, catalog, queries, sessions, Flight. One place puts them together.

Used by every command that needs a server, and by the tests. Prints nothing.
"""

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import catalog
from catalog import Catalog
from flight_server.activity import Journal
from flight_server.cli.open_door import refuse_open_doors
from flight_server.client import Clock, SellingPartnerClient, real
from flight_server.connection.hosts import checked_allowed_host
from flight_server.connection.mirror_words import MirrorWords, read_mirror_words
from flight_server.connection.profiles import read_profiles
from flight_server.connection.session import Sessions
from flight_server.connection.setting_values import BadValue
from flight_server.connection.settings import from_environment, parse
from flight_server.connection.view_file import read_views
from flight_server.engine import Engine
from flight_server.errors import SettingError
from flight_server.events import note
from flight_server.jobs import DEFAULT_BYTES, PACE, Jobs, Pace, open_jobs
from flight_server.mirror import Mirror, MirrorFault, open_mirror
from flight_server.monitoring import HealthEndpoint, Sources
from flight_server.protocol import FlightSqlServer, Tls
from flight_server.query import Queries
from flight_server.scan.mirrored.scopes import mirror_name
from flight_server.sync import Filler, Progress, Stopping, Target, kept_fresh
from flight_server.views import with_views

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerOptions:
    """All choices of one server."""

    host: str = "127.0.0.1"
    port: int = 0  # 0: any free port
    allowed_hosts: tuple[str, ...] = ()
    config: Path | None = None
    tls: Tls | None = None
    anyone_may_read: bool = False  # the operator wants a server beyond loopback without TLS or authentication
    memory_limit: str = "4GB"  # what the engine may keep
    data: Path | None = None  # where reports and their documents outlive the server; None: nowhere
    forget_after: timedelta | None = None  # personal data that are kept; None: never
    documents_limit: int = DEFAULT_BYTES  # of reports' documents that are kept
    health_port: int | None = None  # where whoever watches the server asks; None: nowhere
    pace: Pace = PACE  # how long reports and queries are waited for between two looks
    is_alone: bool = False  # the process does nothing else, and its memory may be bound as a whole
    clock: Clock = real
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


@dataclass(frozen=True)
class Rooms:
    """Everything of a server but its port."""

    catalog: Catalog
    journal: Journal
    client: SellingPartnerClient
    jobs: Jobs
    queries: Queries
    sessions: Sessions
    mirror: Mirror | None  # None: nothing is kept
    utc: Callable[[], datetime]


@contextmanager
def open_rooms(options: ServerOptions) -> Iterator[Rooms]:
    """Put the rooms together; the environment's connection parameters become the defaults of every session."""
    allowed_hosts = frozenset(map(_checked_host, options.allowed_hosts))
    defaults = from_environment(options.environment)
    settings = parse(defaults, allowed_hosts)  # a bad default shall stop the start, not the first query
    profiles = read_profiles(options.config, allowed_hosts) if options.config is not None else {}
    views = read_views(options.config) if options.config is not None else ()
    if not options.anyone_may_read:
        refuse_open_doors(options.host, options.tls, defaults, profiles)
    journal = Journal()
    directory = None if options.data is None else options.data / "mirror"
    engine = Engine(options.memory_limit, is_alone=options.is_alone, directory=directory)
    client = SellingPartnerClient(journal, clock=options.clock)
    try:
        tables = with_views(catalog.load(), views, engine, settings)
        sessions = Sessions(defaults, profiles, allowed_hosts)
        with (
            open_jobs(
                options.data,
                client,
                clock=options.clock,
                allowed_hosts=allowed_hosts,
                most_bytes=options.documents_limit,
                pace=options.pace,
            ) as jobs,
            open_mirror(options.data, options.clock.utc, options.forget_after) as mirror,
        ):
            queries = Queries(tables, engine, client, jobs, journal, options.clock, mirror)
            yield Rooms(tables, journal, client, jobs, queries, sessions, mirror, options.clock.utc)
    finally:
        client.close()
        engine.close()


def filler(
    rooms: Rooms,
    words: MirrorWords,
    stop: Stopping,
    tell: Callable[[Progress], None],
    say: Callable[[str, str], None],
    parameters: Mapping[str, str] = MappingProxyType({}),
) -> Filler:
    """What fills the mirror of these rooms for the account that the words, or the parameters, name.

    `say` is told the table that could not be brought up to date, and why; `system.mirror` tells it, too.
    """
    mirror = rooms.mirror
    if mirror is None:
        raise SettingError("data", "the tables of [mirror] need a directory where they are kept: give --data DIR")
    caller = rooms.sessions.own_caller(words.profile, parameters)
    account = rooms.jobs.account_digest(caller.settings)

    def failed(target: Target, why: str) -> None:
        with suppress(MirrorFault):
            mirror.notes.note(account, mirror_name(target.table, is_restricted=False), 0, why)
        say(target.table.qualified_name, why)

    return Filler(
        rooms.queries,
        rooms.catalog.for_versions(caller.settings.api_versions),
        caller,
        rooms.utc,
        rooms.client.rate_limits,
        stop,
        tell,
        failed,
    )


@contextmanager
def running_server(options: ServerOptions) -> Iterator[FlightSqlServer]:
    """A server that listens as long as the block runs; what runs when the block ends is stopped."""
    with open_rooms(options) as rooms, _kept_fresh(rooms, options.config):
        server = FlightSqlServer(options.host, options.port, rooms.queries, rooms.catalog, rooms.sessions, options.tls)
        server.start()
        health = _health(options, rooms, server)
        gc.freeze()  # what is here now stays: to look through it again and again takes a tenth of a query's time
        try:
            yield server
        finally:
            gc.unfreeze()
            server.shutdown(0)
            if health is not None:
                health.close()


def _health(options: ServerOptions, rooms: Rooms, server: FlightSqlServer) -> HealthEndpoint | None:
    if options.health_port is None:
        return None
    sources = Sources(rooms.journal, rooms.client, rooms.jobs)
    try:
        health = HealthEndpoint(options.host, options.health_port, sources, lambda: server.takes_queries)
    except SettingError:
        server.shutdown(0)
        raise
    note(logging.INFO, "health and metrics", port=health.port)
    return health


def _kept_fresh(rooms: Rooms, config: Path | None) -> AbstractContextManager[None]:
    """Brings the tables that the configuration file names up to date, as often as it says."""
    words = read_mirror_words(config)
    if words is None or not words.every_seconds:
        return nullcontext()

    def say(table: str, why: str) -> None:
        _log.warning("%s could not be brought up to date: %s", table, why)

    return kept_fresh(filler(rooms, words, threading.Event(), lambda progress: None, say), words)


def _checked_host(text: str) -> str:
    try:
        return checked_allowed_host(text)
    except BadValue as error:
        raise SettingError("allow-host", f"--allow-host {error}") from None
