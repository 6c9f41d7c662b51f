"""SQL Server's functions that sqlglot passes on as they are: what each is here, or what to write instead."""

from flight_server.planner.reading.dialects.rewriting import Forms

# fmt: off
ONLY_THERE = frozenset({
    "TOP", "DATEADD", "GETDATE", "GETUTCDATE", "SYSDATETIME", "SYSUTCDATETIME", "SYSDATETIMEOFFSET", "ISNULL",
    "DATENAME", "EOMONTH", "DATEFROMPARTS", "DATETIMEFROMPARTS", "DATEDIFF_BIG", "COUNT_BIG", "PATINDEX",
    "QUOTENAME", "TRY_CONVERT", "ISNUMERIC", "DATALENGTH", "STUFF", "STDEV", "STDEVP", "VARP", "NEWID", "CHOOSE",
    "REPLICATE", "SPACE", "ISDATE",
})
# fmt: on
"""Names that the engine does not know."""

WITH_UNITS = frozenset({"DATEPART", "DATETRUNC"})
"""Names that the engine knows, but not with a unit that is no text."""

_CHOICES = {
    f"CHOOSE/{count + 1}": "LIST_EXTRACT([" + ", ".join(f"${place}" for place in range(2, count + 2)) + "], $1)"
    for count in range(1, 10)
}

FORMS: Forms = {
    "GETUTCDATE/0": "NOW()",
    "SYSUTCDATETIME/0": "NOW()",
    "QUOTENAME/1": "'[' || REPLACE($1, ']', ']]') || ']'",
    "NCHAR/1": "CHR($1)",
    "STDEVP/1": "STDDEV_POP($1)",
    "VAR/1": "VAR_SAMP($1)",
    "VARP/1": "VAR_POP($1)",
    "SQUARE/1": "POWER($1, 2)",
    "ISDATE/1": "CASE WHEN TRY_CAST($1 AS TIMESTAMP) IS NULL THEN 0 ELSE 1 END",
    "DATETIMEFROMPARTS/7": "MAKE_TIMESTAMP($1, $2, $3, $4, $5, $6 + $7 / 1000.0)",
    "ISNUMERIC": "!write TRY_CAST(x AS FLOAT) IS NOT NULL",
    "DATALENGTH": "!write LEN(x) for the number of characters",
    "STR": "!write CAST(x AS DECIMAL(18, 0)) or FORMAT(x, 'N2')",
    "CHECKSUM": "!write HASHBYTES('MD5', x)",
    "BINARY_CHECKSUM": "!write HASHBYTES('MD5', x)",
    "SOUNDEX": "!compare with LOWER(x) or LIKE",
    "DIFFERENCE": "!compare with LOWER(x) or LIKE",
    "DATE_BUCKET": "!write DATETRUNC(unit, x)",
    "SWITCHOFFSET": "!write x AT TIME ZONE 'UTC'",
    "TODATETIMEOFFSET": "!write x AT TIME ZONE 'UTC'",
    "PARSE": "!write CAST(x AS type)",
    "TRY_PARSE": "!write TRY_CAST(x AS type)",
    **_CHOICES,
}
