"""`spapi-flight check`: the "Test Connection" button. Each step with its outcome; the first failure ends it.

Works without Flight, so that what fails is Amazon or the credentials and nothing between.
"""

from collections.abc import Callable
from typing import Any

import click
from rich.text import Text

from flight_server.cli.assembly import Rooms, ServerOptions, open_rooms
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, with_parameters
from flight_server.cli.showing.render import console
from flight_server.connection.marketplaces import Participation, taken_part_in
from flight_server.connection.session import Caller, Sender
from flight_server.errors import AccessDenied

_PARTICIPATIONS = """
SELECT marketplace_id, marketplace_name, marketplace_domain_name, marketplace_country_code
FROM sellers.marketplace_participations WHERE participation_is_participating ORDER BY marketplace_country_code
"""
_RECENT_ORDER = """
SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= now() - INTERVAL 7 DAY LIMIT 1
"""


@click.command(cls=SectionedCommand, short_help="Test the connection to Amazon, step by step.")
@with_parameters
def check(target: Target) -> None:
    """Test the connection to Amazon: token, region, marketplaces, one call."""
    options = ServerOptions(allowed_hosts=target.allowed_hosts, config=target.config)
    with open_rooms(options) as rooms:
        sign_in = (
            rooms.sessions.sign_in(target.parameters.get("Profile", ""), target.password) if target.password else ""
        )
        caller = rooms.sessions.caller(Sender(sign_in, parameters={**target.given, "SqlDialect": "duckdb"}))
        report_steps(rooms, caller)


def report_steps(rooms: Rooms, caller: Caller) -> None:
    """Take every step and print its outcome; the first failure is raised."""
    for name, step in _Probe(rooms, caller).steps():
        _report(name, step)


def _report(name: str, step: Callable[[], str]) -> None:
    out = console()
    try:
        outcome = step()
    except Exception:
        out.print(Text.assemble(f"{name:<14}", ("failed", "bold red")))
        raise
    out.print(Text.assemble(f"{name:<14}", ("ok", "green"), f"      {outcome}"))


class _Probe:
    """The steps, in the order in which each needs the one before."""

    def __init__(self, rooms: Rooms, caller: Caller) -> None:
        self._rooms = rooms
        self._caller = caller
        self._countries: dict[str, str] = {}
        self._taken_part_in: tuple[str, ...] = ()

    def steps(self) -> tuple[tuple[str, Callable[[], str]], ...]:
        return (
            ("token", self._token),
            ("region", self._region),
            ("marketplaces", self._marketplaces),
            ("one call", self._one_call),
        )

    def _token(self) -> str:
        query = self._rooms.journal.begin("check: sign in", self._caller.session_id, self._caller.settings.account)
        try:
            self._rooms.client.sign_in(self._caller.settings, query)
        finally:
            query.finish()
        return "Login with Amazon gave an access token"

    def _region(self) -> str:
        settings, rows = self._caller.settings, self._rows(_PARTICIPATIONS)
        self._countries = {row["marketplace_id"]: row["marketplace_country_code"] for row in rows}
        listed = [
            Participation(row["marketplace_id"], row["marketplace_name"], row["marketplace_domain_name"], True)
            for row in rows
        ]
        self._taken_part_in = taken_part_in(listed, settings.region if settings.is_region_asked else None)
        return f"{settings.endpoint} answers"

    def _marketplaces(self) -> str:
        chosen = self._caller.settings.marketplaces or self._taken_part_in
        known = self._countries.keys() | self._countries.values()
        missing = [marketplace for marketplace in chosen if marketplace not in known]
        if missing or not chosen:
            which = ", ".join(missing) or "any marketplace"
            told = ", ".join(f"{country} ({each})" for each, country in self._countries.items()) or "nowhere"
            raise AccessDenied(
                f"the seller does not take part in {which} of this region but in {told}; set Region or Marketplaces"
            )
        return ", ".join(f"{self._countries[each]} {each}" if each in self._countries else each for each in chosen)

    def _one_call(self) -> str:
        found = self._rows(_RECENT_ORDER)
        return f"getOrders answers; the last seven days have {'orders' if found else 'no order'}"

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        prepared = self._rooms.queries.prepare(sql, self._caller)
        batches = self._rooms.queries.run(prepared, None, self._caller)
        return [row for record_batch in batches for row in record_batch.to_pylist()]
