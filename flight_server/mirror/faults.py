"""What is wrong with the mirror itself: whoever meets it can still ask Amazon."""

from flight_server.errors import Error


class MirrorFault(Error):
    """The mirror cannot be read or written."""


class MirrorRests(MirrorFault):
    """Nothing was tried: it is known that what is asked for could not be kept."""
