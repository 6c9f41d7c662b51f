"""Files → tables: `models/*.json` say what the API is, `tables/*.toml` what the tables are.

Every error names the file, the table and the key. Knows neither versions that were chosen nor names that users write.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from catalog.answer_levels import answer_level
from catalog.apis import Api, read_apis
from catalog.declaration import TableWords, Word
from catalog.errors import BadDeclaration
from catalog.kiosk.tables import dataset_faults, dataset_tables
from catalog.kiosk.words import QueryFieldWords
from catalog.lint import table_faults
from catalog.lint.mirror import mirror_faults
from catalog.model import Model, OperationModel, read_model
from catalog.names import schema_name
from catalog.reports.tables import report_faults, report_tables
from catalog.reports.words import ReportWords
from catalog.resolve import resolve_tables
from catalog.system_tables import SYSTEM_SCHEMAS, system_tables
from catalog.table import Operation, Parameter, Table, UsagePlan
from catalog.usage_plans import unstated_plan

Words = TypeVar("Words", bound=Word)


@cache
def load_tables() -> tuple[Table, ...]:
    """All tables of all versions, each in the schema `<api>_<version>`, and the system tables."""
    root = resources.files("catalog")
    tables = [
        table
        for api in read_apis()
        for version in api.versions
        if version not in api.without_tables
        for table in _tables_of(root, api, version)
    ]
    tables += (*_report_tables(root), *_dataset_tables(root))
    for db_schema in SYSTEM_SCHEMAS:
        tables += system_tables(db_schema, read_toml(root, f"tables/{db_schema}.toml"))
    faults = "; ".join((*table_faults(tables), *report_faults(tables), *mirror_faults(tables)))
    if faults:
        raise BadDeclaration(f"tables/*.toml: {faults}")
    return tuple(tables)


def _tables_of(root: Traversable, api: Api, version: str) -> Iterator[Table]:
    name = schema_name(api.name, version)
    file = f"tables/{name}.toml"
    stanzas = read_stanzas(file, read_toml(root, file), TableWords)
    yield from resolve_tables(name, stanzas, operations(_model(root, f"models/{name}.json")), file)


def _report_tables(root: Traversable) -> Iterator[Table]:
    create_report, _ = operations(_model(root, "models/reports_2021_06_30.json"))["createReport"]
    for path in sorted((root / "tables/report").iterdir(), key=lambda each: each.name):
        file = f"tables/report/{path.name}"
        stanzas = read_stanzas(file, read_toml(root, file), ReportWords)
        yield from report_tables(path.name.removesuffix(".toml"), stanzas, create_report)


def _dataset_tables(root: Traversable) -> Iterator[Table]:
    create_query, _ = operations(_model(root, "models/data_kiosk_2023_11_15.json"))["createQuery"]
    for path in sorted((root / "tables/data_kiosk").iterdir(), key=lambda each: each.name):
        file, dataset = f"tables/data_kiosk/{path.name}", path.name.removesuffix(".toml")
        stanzas = read_stanzas(file, read_toml(root, file), QueryFieldWords)
        if faults := [f"{file}: {fault}" for fault in dataset_faults(dataset, stanzas)]:
            raise BadDeclaration("; ".join(faults))
        yield from dataset_tables(dataset, stanzas, create_query)


def read_toml(root: Traversable, file: str) -> Mapping[str, Any]:
    """Read one file of ours; raise BadDeclaration that names it, and the line at fault."""
    try:
        return tomllib.loads((root / file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadDeclaration(f"{file}: there is no such file, though apis.toml names this version") from None
    except tomllib.TOMLDecodeError as error:
        raise BadDeclaration(f"{file}: {error}") from None


def _model(root: Traversable, file: str) -> Model:
    try:
        return read_model((root / file).read_bytes())
    except FileNotFoundError:
        raise BadDeclaration(f"{file}: there is no such file; compile it from Amazon's models") from None
    except msgspec.DecodeError as error:
        raise BadDeclaration(f"{file}: {error}; compile it again from Amazon's models") from None


def read_stanzas(file: str, stanzas: Mapping[str, Any], vocabulary: type[Words]) -> dict[str, Words]:
    """Read one file's stanzas; raise BadDeclaration with every fault of the file."""
    faults: list[str] = []
    read: dict[str, Words] = {}
    for table, stanza in stanzas.items():
        try:
            read[table] = msgspec.convert(stanza, vocabulary)
        except msgspec.ValidationError as error:
            faults.append(f"{file}: {table}: {_place(stanza, error)}")
    if faults:
        raise BadDeclaration("; ".join(faults))
    return read


def _place(stanza: Mapping[str, Any], error: msgspec.ValidationError) -> str:
    """Say which key column or column is at fault: msgspec writes `[...]` for keys of maps."""
    for part in ("key_columns", "columns"):
        for key, words in stanza.get(part, {}).items():
            try:
                msgspec.convert({"description": "", part: {key: words}}, TableWords)
            except msgspec.ValidationError as inner:
                return f"{part}.{key}: {inner}"
    return str(error)


def operations(model: Model) -> dict[str, tuple[Operation, Mapping[str, str]]]:
    """operationId → the operation and its answer's members."""
    return {operation.operation_id: (_operation(model, operation), operation.members) for operation in model.operations}


@cache
def known_operation(name: str, operation_id: str, row_path: str = "$") -> Operation:
    """One operation of the model of that name (`reports_2021_06_30`), for calls that are no scan of a table."""
    found, members = operations(_model(resources.files("catalog"), f"models/{name}.json"))[operation_id]
    return replace(found, answer=answer_level(members, [row_path], is_batch=False))


def _operation(model: Model, operation: OperationModel) -> Operation:
    if operation.rate is not None and operation.burst is not None:
        plan: UsagePlan | None = UsagePlan(operation.rate, operation.burst)
    else:
        plan = unstated_plan(schema_name(model.api, model.version), operation.operation_id)
    parameters = [msgspec.convert(msgspec.structs.asdict(parameter), Parameter) for parameter in operation.parameters]
    return Operation(
        operation_id=operation.operation_id,
        api=model.api,
        api_version=model.version,
        method=operation.method,
        path=operation.path,
        parameters=tuple(parameters),
        usage_plan=plan,
        deprecated=operation.deprecated,
        body_objects=operation.body_objects,
    )
