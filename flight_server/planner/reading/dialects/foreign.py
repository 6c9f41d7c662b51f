"""Functions of other systems that a tool writes in whatever dialect: what they are here, or what to write instead.

None of them is the engine's; sqlglot passes them on as they are.
"""

from sqlglot import exp

from flight_server.planner.reading.dialects import common, mysql
from flight_server.planner.reading.dialects.rewriting import Forms, Rules, by_name

FORMS: Forms = {
    **mysql.MACROS,
    "CURDATE/0": "CURRENT_DATE",
    "SYSDATE/0": "NOW()",
    "CLOCK_TIMESTAMP/0": "NOW()",
    "STATEMENT_TIMESTAMP/0": "NOW()",
    "IFF/3": "CASE WHEN $1 THEN $2 ELSE $3 END",
    "ZEROIFNULL/1": "COALESCE($1, 0)",
    "NULLIFZERO/1": "NULLIF($1, 0)",
    "DATE_FORMAT": "!write strftime(x, '%Y-%m-%d'), or say SqlDialect=mysql",
    "FORMAT_DATE": "!write strftime(x, '%Y-%m-%d'), or say SqlDialect=bigquery",
    "FORMAT_TIMESTAMP": "!write strftime(x, '%Y-%m-%d'), or say SqlDialect=bigquery",
    "TO_DATE": "!write CAST(strptime(x, '%Y-%m-%d') AS DATE), or say SqlDialect=postgres",
    "PARSE_DATE": "!write CAST(strptime(x, '%Y-%m-%d') AS DATE), or say SqlDialect=bigquery",
    "DATE_PARSE": "!write strptime(x, '%Y-%m-%d'), or say SqlDialect=trino",
    "TIMESTAMPADD": "!write x + INTERVAL 1 MONTH",
    "TRY_TO_NUMBER": "!write TRY_CAST(x AS DECIMAL(38, 6))",
    "JULIANDAY": "!write date_diff('day', a, b)",
}

RULES: Rules = {**common.RULES, exp.SubstringIndex: mysql.up_to, exp.Anonymous: by_name(FORMS, "another dialect")}
