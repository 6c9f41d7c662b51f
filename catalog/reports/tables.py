"""Stanzas of report types → tables of the schema `report`: tables of the one operation that asks for a report.

The columns of a delimited document are its headers, those of JSON and XML the paths below a row; beside them stand the
columns that ask: the period, the marketplace, the report's options. Knows no file and no document.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from catalog.columns import child_rows, row_columns, row_prefix
from catalog.columns.order import in_order
from catalog.declaration import TableWords
from catalog.lint import is_zone
from catalog.marketplaces import find_marketplace
from catalog.names import column_name, sql_name
from catalog.reports.report import (
    DATA_END_TIME,
    DATA_START_TIME,
    IS_PARTIAL,
    OTHER_COLUMNS,
    REPORT_CREATED_AT,
    REPORT_ID,
    Grains,
    Report,
    ReportOption,
)
from catalog.reports.words import ReportWords
from catalog.resolve import child_table
from catalog.table import Column, DeclaredType, KeyColumn, Operation, Parameter, Table

SCHEMA = "report"

MARKETPLACE_ID = "marketplace_id"

_START, _END, _MARKETPLACES, _TYPE = "dataStartTime", "dataEndTime", "marketplaceIds", "reportType"
_MOST_MARKETPLACES = 25


def report_tables(category: str, stanzas: Mapping[str, ReportWords], create_report: Operation) -> Iterator[Table]:
    """Every table of one file, each followed by its child tables; `create_report` is as Amazon's model has it."""
    for name, words in stanzas.items():
        table, types = _table(name, words, _report(category, words), create_report)
        yield table
        if types:
            for child in child_rows(_as_table_words(words), types):
                yield child_table(table, child, words.carried)


def header_name(header: str) -> str:
    """What the column of a header is called.

    >>> header_name("sellable-365+-days"), header_name("In Transit (Total)"), header_name("fulfilment-channel")
    ('sellable_365_days', 'in_transit_total', 'fulfillment_channel')
    """
    return re.sub("[^a-z0-9]+", "_", header.lower()).strip("_").replace("fulfilment", "fulfillment")


def _report(category: str, words: ReportWords) -> Report:
    aligned = words.aligned
    return Report(
        report_type=words.report_type,
        category=category,
        format=words.format,
        audience=words.audience,
        offered_in=words.offered_in,
        roles=words.roles,
        is_requestable=words.requestable,
        options=tuple(
            ReportOption(name, sql_name(name), said.values, said.required, said.default, said.example)
            for name, said in words.options.items()
        ),
        one_marketplace=words.one_marketplace,
        ignores_marketplaces=words.ignores_marketplaces,
        period=words.period,
        default_days=words.default_days,
        by=header_name(words.by) if words.format == "delimited" else column_name(words.by),
        max_days=words.max_days,
        lookback_days=words.lookback_days,
        older_in=tuple(_marketplace(country) for country in words.older_in),
        grains=Grains(
            aligned.grain, aligned.option, aligned.zone, aligned.max_spans, aligned.lookbacks, single=aligned.single
        ),
        retention_days=words.retention_days,
        lag_hours=words.lag_hours,
        restated_hours=words.restated_hours,
        cooldown_minutes=words.cooldown_minutes,
        no_data_status=words.no_data_status,
        is_restricted=words.restricted,
    )


def _marketplace(country: str) -> str:
    found = find_marketplace(country)
    return found.id if found is not None else country


def _table(
    name: str, words: ReportWords, report: Report, create_report: Operation
) -> tuple[Table, Mapping[str, DeclaredType]]:
    keys = tuple(_keys(report))
    types = _types(words)
    own = row_columns(_as_table_words(words), types) if types else _headers(words.columns)
    taken = {column.name for column in own}
    asking = [column for column in _asking_columns(report) if column.name not in taken]
    beside = [Column(REPORT_ID, "string"), Column(REPORT_CREATED_AT, "timestamp")]
    beside += [Column(IS_PARTIAL, "bool")] if report.period != "none" else []
    beside += [Column(OTHER_COLUMNS, "json")]
    required = (DATA_START_TIME, *((report.by,) if report.by else ())) if report.period == "required" else ()
    table = Table(
        db_schema=SCHEMA,
        name=name,
        kind="report",
        columns=(*in_order((*asking, *own), (), keys), *beside),
        description=words.description,
        example=words.example or _example(name, report),
        operation=_operation(report, create_report),
        row_path=words.row_path,
        key_columns=keys,
        constants={_TYPE: report.report_type},
        requires_one_of=(required,) if required else (),
        member_types=types,
        report=report,
    )
    return table, types


def _types(words: ReportWords) -> dict[str, DeclaredType]:
    """The type of every member of a JSON or XML document, by its path from the root."""
    if words.format == "delimited":
        return {}
    prefix = row_prefix(words.row_path)
    return {prefix + path: declared for path, declared in words.columns.items()}


def _as_table_words(words: ReportWords) -> TableWords:
    return TableWords(description=words.description, row_path=words.row_path)


def _headers(columns: Mapping[str, DeclaredType]) -> tuple[Column, ...]:
    return tuple(Column(header_name(header), declared, header) for header, declared in columns.items())


def _asking_columns(report: Report) -> Iterator[Column]:
    if report.period != "none":
        yield Column(DATA_START_TIME, "timestamp")
        yield Column(DATA_END_TIME, "timestamp")
    yield Column(MARKETPLACE_ID, "string", is_echo=True)
    for option in report.options:
        yield Column(option.column, "string", is_echo=True)


def _keys(report: Report) -> Iterator[KeyColumn]:
    if report.period != "none":
        yield KeyColumn(DATA_START_TIME, eq=_START, ge=_START, le=_END, lt=_END, is_told_as_sent=True)
        yield KeyColumn(DATA_END_TIME, eq=_END, le=_END, lt=_END)
        if report.by:
            yield KeyColumn(report.by, ge=_START, le=_END, lt=_END)
    yield KeyColumn(
        MARKETPLACE_ID,
        in_=_MARKETPLACES,
        required=True,
        default_from="Marketplaces",
        batch_max=1 if report.one_marketplace else _MOST_MARKETPLACES,
        is_told_if_named=not report.one_marketplace,
    )
    for option in report.options:
        default = (option.default,) if option.default else ()
        yield KeyColumn(
            option.column, eq=_option(option), required=option.is_required, default=default, values=option.values
        )


def _operation(report: Report, create_report: Operation) -> Operation:
    """createReport with a parameter for each of the type's options, which Amazon's model has as one free object."""
    named = [parameter for parameter in create_report.parameters if parameter.name != "reportOptions"]
    if report.period == "none":
        named = [parameter for parameter in named if parameter.name not in (_START, _END)]
    options = (
        Parameter(_option(option), "body", required=option.is_required, enum=option.values) for option in report.options
    )
    typed = (_typed(parameter) for parameter in named)
    return replace(create_report, parameters=(*typed, *options))


def _typed(parameter: Parameter) -> Parameter:
    if parameter.name in (_START, _END):
        return replace(parameter, format="date-time")
    return replace(parameter, max_items=_MOST_MARKETPLACES) if parameter.name == _MARKETPLACES else parameter


def _option(option: ReportOption) -> str:
    return f"reportOptions.{option.name}"


def _example(name: str, report: Report) -> str:
    conditions = [f"{DATA_START_TIME} >= '2026-10-01'", f"{DATA_END_TIME} <= '2026-11-01'"]
    conditions = conditions if report.period == "required" else []
    conditions += [
        f"{option.column} = '{option.values[0] if option.values else option.example}'"
        for option in report.options
        if option.is_required and not option.default
    ]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {SCHEMA}.{name}{where}"


def report_faults(tables: Iterable[Table]) -> Iterator[str]:
    """What is wrong with stanzas of reports: columns that the period, options or formats name but are not there."""
    for table in tables:
        report = table.report
        if report is None or table.kind != "report":
            continue
        if report.by and report.by not in table.columns_by_name:
            yield f"{table.qualified_name}: by: there is no column {report.by}"
        if report.format != "delimited" and not table.row_path:
            yield f"{table.qualified_name}: row_path: {report.format} needs one"
        for word, places in (("older_in", report.older_in), ("offered_in", report.offered_in)):
            for place in places:
                if find_marketplace(place) is None:
                    yield f"{table.qualified_name}: {word}: {place} is no country with a marketplace"
        for option in report.options:
            if option.is_required and not (option.values or option.default or option.example):
                yield f"{table.qualified_name}: options.{option.name}: say an example, since it is required"
        if not is_zone(report.grains.zone):
            yield f"{table.qualified_name}: aligned.zone: there is no time zone {report.grains.zone}"
        named = report.grains.option
        if named and named not in {option.name for option in report.options}:
            yield f"{table.qualified_name}: aligned.option: there is no option {named}"
