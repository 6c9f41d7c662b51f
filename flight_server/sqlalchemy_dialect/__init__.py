"""The server as a database of SQLAlchemy 1.4 and 2, over ADBC: what pandas, Superset, dlt and their like connect with.

A client: it speaks to a server by its URL and imports nothing else of this project. One way: `address` (URL → ADBC's
options), `column_types` (SQL's names → SQLAlchemy's types), `compiling` (expressions → SQL), `reflecting` (the catalog,
asked by SQL), `dialect` (all of it, for SQLAlchemy). `superset_engine` tells Superset what the dialect does not,
`time_grains` how times are truncated.
"""
