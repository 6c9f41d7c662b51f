"""Fixtures and settings that several rooms' tests share."""

from hypothesis import settings

from tests.server_fixtures import keeping_stack, stack

__all__ = ["keeping_stack", "stack"]

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")
