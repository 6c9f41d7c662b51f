"""SQL text → a statement whose tables and columns are known: dialects, escapes, refusals, names. Knows no Amazon."""
