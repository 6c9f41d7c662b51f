"""SQL text → a statement whose tables are known: dialects, escapes, refusals, names. Knows nothing of Amazon."""
