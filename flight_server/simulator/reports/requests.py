"""What a call asks for, and which of it is refused at once.

Goes from the body of createReport or createReportSchedule to an Asked, or to a Refused. What Amazon takes and only
finds wrong later is not this room's affair. Sources: model of reports 2021-06-30, fact tables of behaviours (sections
3, 4, 8), of report types, and of report documents (the options of vendor sales, and who takes the option of language).
"""

from collections.abc import Mapping
from datetime import datetime

from flight_server.simulator.answers import Refused, invalid, throttled, unauthorized
from flight_server.simulator.operations import OperationCall
from flight_server.simulator.parameters import instant
from flight_server.simulator.reports.places import Place, place
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.types import ReportType, report_types

PERIODS = (
    "PT5M", "PT15M", "PT30M", "PT1H", "PT2H", "PT4H", "PT8H", "PT12H", "P1D", "P2D", "P3D", "PT84H", "P7D", "P14D",
    "P15D", "P18D", "P30D", "P1M",
)  # fmt: skip
_MOST_MARKETPLACES = 25
_REPORT = frozenset({"reportType", "marketplaceIds", "dataStartTime", "dataEndTime", "reportOptions"})
_SCHEDULE = frozenset({"reportType", "marketplaceIds", "period", "nextReportCreationTime", "reportOptions"})
# What an application has that has not every role.
_COMMON_ROLES = frozenset({"Product Listing", "Pricing", "Inventory and Order Tracking", "Selling Partner Insights"})
_FORBIDDEN = "Access to the resource is forbidden"


def asked_report(call: OperationCall) -> Asked:
    """What a createReport asks for."""
    body = _body(call, _REPORT)
    report_type = _type(call, body)
    if report_type.auto_generated and report_type.category == "settlement":
        raise throttled()
    if not report_type.requestable:
        raise invalid(f"{report_type.name} cannot be requested.")
    start, end = _moment(body, "dataStartTime", call.now), _moment(body, "dataEndTime", call.now)
    if start > end:
        raise invalid("dataStartTime lies after dataEndTime.")
    return Asked(report_type, _places(body), start, end, _options(report_type, body, strict=call.strict))


def asked_schedule(call: OperationCall) -> tuple[Asked, str, datetime]:
    """What a createReportSchedule asks for: the report, how often, and when first."""
    body = _body(call, _SCHEDULE)
    report_type = _type(call, body)
    if not report_type.schedulable:
        raise invalid(f"{report_type.name} cannot be scheduled.")
    period = body.get("period")
    if not isinstance(period, str) or period not in PERIODS:
        raise invalid(f"Invalid period: {period!r}; there are {', '.join(PERIODS)}.")
    first = body.get("nextReportCreationTime")
    when = _instant(first, "nextReportCreationTime") if first is not None else call.now
    options = _options(report_type, body, strict=call.strict)
    return Asked(report_type, _places(body), call.now, call.now, options), period, max(when, call.now)


def check_role(call: OperationCall, report_type: ReportType) -> None:
    """Refuse a type for which the application has no role."""
    held_all = "inventory" in call.grant.roles
    if not held_all and report_type.roles and not _COMMON_ROLES & set(report_type.roles):
        raise unauthorized(message=_FORBIDDEN, reason=f"{report_type.name} needs one of {report_type.roles}.")


def known_type(name: str, now: datetime) -> ReportType:
    """The type of that name; Refused if Amazon has none, or has it no more."""
    found = report_types().get(name)
    if found is None or (found.removed_on and found.removed_on <= f"{now:%Y-%m-%d}"):
        raise invalid(f"Invalid reportType: {name}.")
    return found


def _body(call: OperationCall, known: frozenset[str]) -> Mapping[str, object]:
    body = call.body
    if not isinstance(body, dict):
        raise Refused(400, "InvalidInput", "Request body is missing or no object.")
    unknown = body.keys() - known
    if call.strict and unknown:
        raise invalid(f"Unknown members: {', '.join(sorted(unknown))}.")
    return body


def _type(call: OperationCall, body: Mapping[str, object]) -> ReportType:
    name = body.get("reportType")
    if not isinstance(name, str) or not name:
        raise invalid("Missing reportType.")
    found = known_type(name, call.now)
    check_role(call, found)
    return found


def _places(body: Mapping[str, object]) -> tuple[Place, ...]:
    ids = body.get("marketplaceIds")
    if not isinstance(ids, list) or not 1 <= len(ids) <= _MOST_MARKETPLACES:
        raise invalid(f"marketplaceIds must be a list of 1 to {_MOST_MARKETPLACES} ids.")
    return tuple(place(str(one)) for one in dict.fromkeys(ids))


def _moment(body: Mapping[str, object], name: str, now: datetime) -> datetime:
    """A bound of the period: now where it is not told, and never later."""
    if body.get(name) is None:
        return now
    when = _instant(body[name], name)
    if when > now:
        raise invalid(f"Invalid {name}: {body[name]} lies in the future.")
    return when


def _instant(told: object, name: str) -> datetime:
    if not isinstance(told, str):
        raise invalid(f"Invalid {name}: {told!r} is no text.")
    return instant(told, name)


def _options(report_type: ReportType, body: Mapping[str, object], *, strict: bool) -> Mapping[str, str]:
    told = body.get("reportOptions")
    told = {} if told is None else told
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise invalid("reportOptions must map names to texts.")
    declared = report_type.options
    unknown = sorted(told.keys() - declared.keys())
    # Other names are passed over; this one is refused by all types but those whose header has a language.
    if unknown and (strict or "preferredReportDocumentLocale" in unknown):
        raise invalid(f"Invalid reportOptions: {report_type.name} has no {unknown[0]}.")
    for option in declared.values():
        if option.required and not told.get(option.name) and not _is_other_form(option.name, told):
            raise invalid(f"Missing reportOptions: {report_type.name} needs {option.name}.")
        if option.name in told and option.allowed and told[option.name] not in option.allowed:
            raise invalid(f"Invalid reportOptions: {option.name} cannot be {told[option.name]!r}.")
    return {name: value for name, value in told.items() if name in declared}


def _is_other_form(name: str, told: Mapping[str, str]) -> bool:
    """Whether an option belongs to the vendors' form of the coupon report, and the sellers' was sent, or vice versa."""
    other = {"coupon": "campaign", "campaign": "coupon"}.get(name.partition("StartDate")[0], "")
    return bool(other) and f"{other}StartDateFrom" in told and f"{other}StartDateTo" in told
