"""What the server counts → OpenMetrics, read anew for each scrape; nothing is counted here."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from flight_server import __version__
from flight_server.activity import Journal
from flight_server.client import SellingPartnerClient
from flight_server.jobs import Jobs

PREFIX = "spapi_flight_"


@dataclass(frozen=True)
class Sources:
    """Whose numbers they are."""

    journal: Journal
    client: SellingPartnerClient
    jobs: Jobs


def open_metrics(sources: Sources) -> bytes:
    """All of them, as OpenMetrics 1.0 has it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Reading(sources))
    return bytes(generate_latest(registry))  # type: ignore[no-untyped-call]  # the package annotates half of itself


class _Reading(Collector):
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(f"{PREFIX}build", "The version that runs.", {"version": __version__})
        yield from _of_queries(self._sources.journal)
        yield from _of_calls(self._sources.journal)
        yield from _of_quotas(self._sources.client)
        jobs = Counter(("query" if job.query else "report", job.status) for job in self._sources.jobs.records())
        help_text = "Reports and Data Kiosk queries that are known, by what has become of them."
        yield _gauge("jobs", help_text, ("kind", "state"), jobs)


def _of_queries(journal: Journal) -> Iterator[Metric]:
    totals = journal.totals()
    states = Counter({(state,): count for state, count in totals.queries.items()})
    for state in ("finished", "failed", "cancelled"):
        states.setdefault((state,), 0)
    yield _counter("queries", "Queries that have ended, by how.", ("state",), states)
    yield _counter("query_seconds", "Time that ended queries took.", (), {(): totals.query_seconds})
    yield _counter("rows", "Rows that ended queries have sent.", (), {(): totals.rows})
    hits = {(what,): totals.cache_hits[what] for what in sorted({"pages", "documents", *totals.cache_hits})}
    yield _counter("cache_hits", "What ended queries found here instead of asking Amazon.", ("what",), hits)
    running = Counter((query.state,) for query in journal.queries() if query.elapsed_ms is None)
    yield _gauge("queries_under_way", "Queries that have not ended, by what they do.", ("state",), running)


def _of_calls(journal: Journal) -> Iterator[Metric]:
    totals = journal.totals()
    calls = {(operation, str(status)): count for (operation, status), count in totals.calls.items()}
    by_operation = ("operation",)
    yield _counter("calls", "Calls of Amazon, 0 where no answer came.", ("operation", "status"), calls)
    for name, help_text, values in (
        ("retries", "Calls that were further tries.", totals.retries),
        ("quota_wait_seconds", "Time that calls waited for quota.", totals.waited_seconds),
        ("call_seconds", "Time from request to answer.", totals.call_seconds),
        ("received_bytes", "Bytes in the bodies of answers.", totals.received_bytes),
    ):
        yield _counter(name, help_text, by_operation, {(operation,): value for operation, value in values.items()})


def _of_quotas(client: SellingPartnerClient) -> Iterator[Metric]:
    limits = {(limit.account, limit.operation_id): limit for limit in client.rate_limits()}
    labels = ("account", "operation")
    for name, help_text, member in (
        ("quota_available", "Calls that may be made now.", "available"),
        ("quota_burst", "Calls that may be made at once, at most.", "burst"),
        ("quota_rate", "Calls a second.", "rate"),
        ("quota_waiting", "Queries that wait for quota.", "waiting"),
    ):
        yield _gauge(name, help_text, labels, {key: getattr(limit, member) for key, limit in limits.items()})


def _counter(name: str, help_text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, help_text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _gauge(name: str, help_text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, help_text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family
