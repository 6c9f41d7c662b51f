"""Rounds on a thread of their own, for a server that keeps tables fresh by itself: its end is theirs."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flight_server.connection.mirror_words import MirrorWords
from flight_server.sync.rounds import Filler

_PATIENCE_SECONDS = 10.0
_log = logging.getLogger(__name__)


@contextmanager
def kept_fresh(filler: Filler, words: MirrorWords) -> Iterator[None]:
    """While the block runs, the tables are brought up to date again and again; raise at once for wrong names."""
    targets = filler.targets(words.tables)

    def go_round() -> None:
        try:
            filler.rounds(targets, words.since, words.every_seconds)
        except Exception:  # else nobody would know why rows grow old
            _log.exception("the tables of [mirror] are no longer brought up to date; start the server again")

    thread = threading.Thread(target=go_round, name="sync", daemon=True)
    thread.start()
    try:
        yield
    finally:
        filler.stop.set()
        thread.join(_PATIENCE_SECONDS)
