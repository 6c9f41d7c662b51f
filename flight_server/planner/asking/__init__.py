"""What becomes of it: keys, parameters, periods, bodies, calls. Knows what Amazon takes, and no SQL text."""
