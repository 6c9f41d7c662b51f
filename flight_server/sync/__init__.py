"""Fills the mirror and keeps it fresh: by queries, the same as a user's with MaxAge, one after the other.

The door of the room; the command `sync` and the server itself come in by it. A round goes over the tables, parents
before their children. What has a period is filled from its newest part back, each part kept before the next is asked
for, and goes on where it was: parts that are there cost no call. Knows no HTTP, no Delta and no Flight.

::

    again (on a thread) ── rounds ── targets    table -> SQL
                                  ── windows    period -> parts
                                  ── progress   how far it is
"""

from flight_server.sync.again import kept_fresh
from flight_server.sync.progress import Progress
from flight_server.sync.rounds import Filler, Stopping
from flight_server.sync.targets import Target

__all__ = ["Filler", "Progress", "Stopping", "Target", "kept_fresh"]
