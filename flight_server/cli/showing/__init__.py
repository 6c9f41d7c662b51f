"""Rows, progress and streams as a person or a file wants them. Knows no command and no server."""
