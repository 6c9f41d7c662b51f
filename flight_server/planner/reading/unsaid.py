"""Arguments that sqlglot reads, but leaves out without a word when it writes the engine's SQL: an error, here.

Which they are is no matter of opinion: a test builds every function of sqlglot's with each of its arguments and looks
what is left of it (`tests/planner/reading/test_functions.py`). Knows no table.
"""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from flight_server.errors import Unsupported
from flight_server.planner.reading.nodes import Nodes

UNSAID: Mapping[type[exp.Expr], tuple[str, ...]] = {
    exp.Base64DecodeBinary: ("alphabet",),
    exp.Base64DecodeString: ("alphabet",),
    exp.Base64Encode: ("alphabet", "max_line_length"),
    exp.ConvertTimezone: ("options",),
    exp.DateDiff: ("zone",),
    exp.DateTrunc: ("zone",),
    exp.DatetimeTrunc: ("zone",),
    exp.GroupConcat: ("on_overflow",),
    exp.JSONExtract: ("option", "quote", "on_condition", "emits"),
    exp.Length: ("encoding",),
    exp.MonthsBetween: ("roundoff",),
    exp.ParseDatetime: ("zone",),
    exp.ParseJSON: ("expression",),
    exp.Posexplode: ("expressions",),
    exp.Rand: ("lower", "upper"),
    exp.RegexpILike: ("flag",),
    exp.RegexpInstr: ("group",),
    exp.Split: ("limit",),
    exp.StrToDate: ("nlsparam",),
    exp.StrToTime: ("nlsparam", "target_type", "zone"),
    exp.TimeSlice: ("kind",),
    exp.TimeStrToTime: ("zone",),
    exp.TimeToStr: ("culture", "zone"),
    exp.TimestampTrunc: ("zone",),
    exp.ToChar: ("nlsparam",),
    exp.Trim: ("collation",),
    exp.UnixToTime: ("format", "hours", "minutes", "target_type", "zone"),
    exp.Uuid: ("name",),
}
"""Class of function → the arguments that would not reach the engine."""

_KNOWN_DIGEST = "256"


def refuse_unsaid(nodes: Nodes) -> None:
    """Raise Unsupported for a function with an argument that would be left out."""
    for kind, names in UNSAID.items():
        for node in nodes.of(kind):
            if given := [name for name in names if isinstance(node.args.get(name), exp.Expr)]:
                raise Unsupported(_told(node, given))
    for node in (*nodes.of(exp.SHA2), *nodes.of(exp.SHA2Digest)):
        length = node.args.get("length")
        if isinstance(length, exp.Expr) and length.name not in ("", "0", _KNOWN_DIGEST):
            raise Unsupported("the engine knows SHA2 with 256 bits only; write SHA2(x, 256)")


def _told(node: exp.Expr, names: Iterable[str]) -> str:
    function = node.sql_name() if isinstance(node, exp.Func) else node.key.upper()
    return f"the engine has nothing like the {' and '.join(names)} of {function}; write it with the functions of DuckDB"
