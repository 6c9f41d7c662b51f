"""What is worth a line in the log: an event in a few words, and its facts by name.

Every room may note events; whether and how they are written is the command line's choice. No fact is ever a secret: no
parameter of a connection, no header, no query string of an address.
"""

import logging

LOGGER = logging.getLogger("flight_server")
"""Above the loggers of all our modules."""


def note(level: int, event: str, **facts: object) -> None:
    """Note an event; facts that are empty or None are left out.

    >>> note(logging.DEBUG, "query began", query_id="4f2a", rows=None)
    """
    if LOGGER.isEnabledFor(level):
        told = {name: fact for name, fact in facts.items() if fact is not None and fact != ""}
        LOGGER.log(level, "%s", event, extra={"facts": told})
