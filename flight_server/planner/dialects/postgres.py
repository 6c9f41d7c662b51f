"""PostgreSQL's operators and functions."""

from flight_server.planner.dialects.rewriting import Rules

RULES: Rules = {}
