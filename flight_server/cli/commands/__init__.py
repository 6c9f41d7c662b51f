"""The commands, one module each; `demo_queries` is what one of them shows."""
