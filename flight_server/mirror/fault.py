"""What goes wrong in the mirror itself, as a full disk: a query goes on without it, and is told."""

from flight_server.errors import Error


class MirrorFault(Error):
    """The mirror cannot be read or written."""
