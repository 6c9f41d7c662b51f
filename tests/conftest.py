"""Fixtures that several rooms' tests share."""

from tests.server_fixtures import stack

__all__ = ["stack"]
