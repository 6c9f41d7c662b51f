"""Where events go: one line each on stderr, as text or as JSON, by a thread of its own.

Nothing waits for the log: whoever does not read our stderr holds up no query; what finds no room is counted, and the
count is told. Texts of others pass the scrubber, and no line holds a line end, whatever a client sends.
"""

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from flight_server.client.answers.scrub import scrub
from flight_server.events import LOGGER

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")

MOST_WAITING = 10_000
"""Lines that wait to be written."""

LONGEST_LINE = 20_000
"""Characters of an event's words, or of one of its facts."""

_SECONDS_TO_WRITE = 2.0

_BREAKS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029])
_ESCAPES = str.maketrans({code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" for code in _BREAKS})


@contextmanager
def logging_to(stream: TextIO, log_format: str, level: str) -> Iterator[None]:
    """Within the block, write events of at least this level; those of libraries only where something is wrong."""
    root, formatted = logging.getLogger(), _AS[log_format]
    handler = _Handler(stream, formatted)
    before = LOGGER.level, root.level, logging.getLogger("urllib3").level
    LOGGER.setLevel(level.upper())
    root.setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns with whole addresses, signatures of links included
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
        for name, number in zip(("flight_server", None, "urllib3"), before, strict=True):
            logging.getLogger(name).setLevel(number)


def say(words: str, **facts: object) -> None:
    """Tell whoever has started us; written whatever the level, as text just so."""
    record = LOGGER.makeRecord(
        LOGGER.name, logging.INFO, "", 0, words, (), None, extra={"facts": facts, "is_said": True}
    )
    LOGGER.handle(record)


class _Handler(logging.Handler):
    """Formats in the thread of the event, writes in its own."""

    def __init__(self, stream: TextIO, formatted: Callable[[logging.LogRecord], str]) -> None:
        super().__init__()
        self._stream = stream
        self._formatted = formatted
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._lost = 0
        self._writer = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put_nowait(self._formatted(record))
        except queue.Full:
            self._lost += 1
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Write what waits, as far as somebody reads it."""
        deadline = time.monotonic() + _SECONDS_TO_WRITE
        try:
            self._lines.put(None, timeout=_SECONDS_TO_WRITE)
        except queue.Full:
            return
        finally:
            super().close()
        self._writer.join(max(0.0, deadline - time.monotonic()))

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            lost, self._lost = self._lost, 0
            if lost:
                line = f"{self._formatted(_lost(lost))}\n{line}"
            try:
                self._stream.write(line + "\n")
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                return  # nobody reads it any more


def _lost(count: int) -> logging.LogRecord:
    record = logging.LogRecord(LOGGER.name, logging.WARNING, "", 0, "events lost: the log was not read", (), None)
    record.facts = {"count": count}
    return record


def _as_text(record: logging.LogRecord) -> str:
    words, facts = _told(record)
    if getattr(record, "is_said", False):
        return words
    parts = [_time(record), record.levelname, words, *(f"{name}={_quoted(fact)}" for name, fact in facts.items())]
    return " ".join(parts)


def _as_json(record: logging.LogRecord) -> str:
    words, facts = _told(record)
    own = {"time": _time(record), "level": record.levelname.lower(), "event": words}
    return json.dumps(own | {name: fact for name, fact in facts.items() if name not in own}, ensure_ascii=False)


_AS: Mapping[str, Callable[[logging.LogRecord], str]] = {"text": _as_text, "json": _as_json}


def _told(record: logging.LogRecord) -> tuple[str, dict[str, object]]:
    """The event's words and its facts, with what a library or a fault adds; every text fit for a line."""
    facts: dict[str, object] = dict(getattr(record, "facts", {}))
    if record.name != LOGGER.name:
        facts["logger"] = record.name
    if record.exc_info:
        facts["traceback"] = logging.Formatter().formatException(record.exc_info)
    return _fit(record.getMessage()), {name: _fact(fact) for name, fact in facts.items()}


def _fact(fact: object) -> object:
    if isinstance(fact, float):
        return round(fact, 3)
    return fact if isinstance(fact, int | bool) else _fit(fact.isoformat() if isinstance(fact, datetime) else str(fact))


def _fit(text: str) -> str:
    return scrub(text)[:LONGEST_LINE].encode("utf-8", "backslashreplace").decode().translate(_ESCAPES)


def _quoted(fact: object) -> str:
    text = str(fact)
    return text if text and not set(text) & set(' "=\\') else json.dumps(text, ensure_ascii=False)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
