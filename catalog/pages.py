"""The catalog as pages for readers: one Markdown page a schema, for reports one a category, and an index.

Every fact comes from the resolved tables, so a page can be written again at any time. Knows no file but the folder that
it is given.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from catalog.apis import read_apis
from catalog.arrow_types import ARROW_TYPES
from catalog.catalog import load
from catalog.kiosk.pages import dataset_line
from catalog.marketplaces import read_marketplaces
from catalog.mirror_pages import mirror_line
from catalog.names import schema_name
from catalog.operators import operators_of, parameters_of, source_of
from catalog.reports.pages import report_line
from catalog.table import Column, KeyColumn, Operation, Table

_NOTE = "Written by `make docs` from the catalog; not edited by hand."


def write_pages(folder: Path) -> list[Path]:
    """Write every page, take away those of schemas that are no more; return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = dict(pages_of(load().tables))
    for old in set(folder.glob("*.md")) - {folder / name for name in pages}:
        old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in sorted(pages)]


def pages_of(tables: Sequence[Table]) -> Iterator[tuple[str, str]]:
    """(file name, text) of every page, the index last. Schemas are named as a connection sees that chooses nothing."""
    lines = []
    for name, of_page in groupby(sorted(tables, key=page_name), key=page_name):
        found = list(of_page)
        yield f"{name}.md", "\n".join(_page(name, found)) + "\n"
        db_schema = found[0].db_schema
        title = db_schema if db_schema == name else f"{db_schema}: {_category(found[0])}"
        lines.append(f"| [{title}]({name}.md) | {_listed(found)} |")
    head = ("# Tables", "", _NOTE, "", "| schema | tables |", "| --- | --- |")
    yield "README.md", "\n".join((*head, *lines)) + "\n"


def page_name(table: Table) -> str:
    """The name of the page that a table is on."""
    return table.db_schema if table.report is None else f"{table.db_schema}_{table.report.category}"


def _category(table: Table) -> str:
    return table.report.category.replace("_", " ") if table.report is not None else ""


def _listed(tables: list[Table]) -> str:
    return ", ".join(f"`{table.name}`" for table in tables if table.kind != "child")


def _page(name: str, tables: list[Table]) -> Iterator[str]:
    yield from (f"# {name}", "", _NOTE)
    if tables[0].dataset is not None:
        yield from ("", f"Tables of the schema `{tables[0].db_schema}`: [how Data Kiosk is asked](../data_kiosk.md).")
    elif tables[0].report is not None:
        yield from ("", f"Tables of the schema `{tables[0].db_schema}`: [how reports are had](../reports.md).")
    else:
        yield from _versions(tables[0].operation)
    for table in tables:
        yield from _child(table) if table.kind == "child" else _table(table)


def _versions(operation: Operation | None) -> Iterator[str]:
    """Which version the page shows, and where the others are."""
    if operation is None:
        return
    (api,) = (each for each in read_apis() if each.name == operation.api)
    note = f"Version {operation.api_version}."
    others = [version for version in api.versions if version != operation.api_version]
    if others:
        names = ", ".join(api.name if each == api.default else schema_name(api.name, each) for each in others)
        note += f" `{api.parameter}` chooses the version behind the schema `{api.name}`; see also: {names}."
    yield from ("", note)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"## {table.name}", "", table.description)
    if table.dataset is not None and table.report is not None:
        yield from ("", dataset_line(table.dataset, table.report))
    elif table.report is not None:
        yield from ("", report_line(table.report))
    elif table.operation is not None:
        yield from ("", f"{_call(table, table.operation)}")
        if table.mirror is not None:
            yield from ("", mirror_line(table.mirror))
    if table.example:
        yield from ("", "```sql", table.example, "```")
    if table.key_columns:
        head = ("", "| condition on | by | becomes | |", "| --- | --- | --- | --- |")
        yield from (*head, *(_key(key, table) for key in table.key_columns))
    yield from ("", "| column | type | member |", "| --- | --- | --- |")
    yield from (_column(column, table) for column in table.columns)


def _call(table: Table, operation: Operation) -> str:
    plan = operation.usage_plan
    quota = "no usage plan published" if plan is None else f"{plan.rate:g} calls a second, burst {plan.burst}"
    parts = [f"`{operation.operation_id}`", f"`{operation.method} {operation.path}`", quota]
    if table.paging is not None and table.paging.size_max:
        parts.append(f"up to {table.paging.size_max} rows a page")
    parts += ["deprecated by Amazon"] if operation.deprecated else []
    return " · ".join(parts)


def _key(key: KeyColumn, table: Table) -> str:
    source = source_of(key)
    is_echo = any(column.name == key.column and column.is_echo for column in table.columns)
    remarks = [
        "required" if key.required and not source else "",
        f"else from `{source}`" if source else "",
        f"{key.batch_max} a call" if key.batch_max and not is_echo else "",
        f"offered in {_countries(key.offered_in)}" if key.offered_in else "",
        f"to vendors also in {_countries(key.offered_to_vendors_in)}" if key.offered_to_vendors_in else "",
        f"not with {_quoted(key.excludes)}" if key.excludes else "",
        *(f"as `{form}` not with {_quoted(others)}" for form, others in key.excludes_when.items()),
        f"only with {_quoted(key.needs)}" if key.needs else "",
        *(f"as `{form}` only with {_quoted(others)}" for form, others in key.needs_when.items()),
    ]
    operators = ", ".join(f"`{operator}`" for operator in operators_of(key))
    parameters = ", ".join(f"`{parameter}`" for parameter in parameters_of(key))
    return f"| `{key.column}` | {operators} | {parameters} | {'; '.join(filter(None, remarks))} |"


def _countries(identifiers: tuple[str, ...]) -> str:
    return ", ".join(each.country for each in read_marketplaces() if each.id in identifiers)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _column(column: Column, table: Table) -> str:
    origin = f"`{column.member}`" if column.member else "the value asked for" if column.is_echo else ""
    key = ", key" if column.name in table.primary_key else ""
    restricted = f"; restricted: {column.restricted}" if column.restricted else ""
    return f"| `{column.name}` | {_type_of(column)}{key} | {origin}{restricted} |"


def _type_of(column: Column) -> str:
    return "JSON text" if column.declared_type == "json" else str(ARROW_TYPES[column.declared_type])


def _child(table: Table) -> Iterator[str]:
    """A child table in one paragraph: its columns are the members of one element."""
    columns = ", ".join(f"`{column.name}`" for column in table.columns)
    yield from ("", f"### {table.name}", "", f"{table.description} Columns: {columns}.")
