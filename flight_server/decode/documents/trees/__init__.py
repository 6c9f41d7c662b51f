"""Documents whose rows are elements of a tree, JSON and XML, streamed. Knows no delimited text."""
