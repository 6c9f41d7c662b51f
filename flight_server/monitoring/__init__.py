"""What whoever watches a server is told: whether it lives, whether it takes queries, and what it has done, in numbers.

Over HTTP, on a port of its own that asks for no sign-in: it tells no row, no SQL and no secret. Knows the journal, the
quotas and the jobs; no Flight and no SQL.
"""

from flight_server.monitoring.endpoint import HealthEndpoint
from flight_server.monitoring.metrics import Sources

__all__ = ["HealthEndpoint", "Sources"]
