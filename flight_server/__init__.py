"""SQL over Amazon's Selling Partner API, served as Arrow Flight SQL.

Six nouns, six functions; each line is one room, and data flows downwards::

    plan(sql, catalog, settings)       -> Plan                     planner/    text in, data out: no clock, no network
    calls(scan, keys, now)             -> Iterator[Call]           planner/    windows, IN lists, batches cut to size
    pages(call)                        -> Iterator[Page]           client/     quota, retries, every way of paging
    record_batches(page, columns)      -> Iterator[RecordBatch]    decode/     bytes to Arrow
    run(plan, open_scan)               -> RecordBatchReader        engine/     DuckDB pulls scans, answers the residual
    stream(reader)                     -> Flight stream            protocol/   what Flight SQL clients see
"""

__version__ = "0.1.0"
