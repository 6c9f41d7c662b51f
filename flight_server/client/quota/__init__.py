"""Which call may go out when. Knows no HTTP."""
