"""The schemas `system` and `information_schema`: tables about the catalog and the server, declared by columns alone."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from catalog.errors import BadDeclaration
from catalog.table import Column, DeclaredType, Table


class SystemTableWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stanza of `system.toml` or `information_schema.toml`."""

    description: str
    columns: dict[str, DeclaredType]
    primary_key: tuple[str, ...] = ()
    example: str = ""


SYSTEM_SCHEMAS = ("system", "information_schema")


def system_tables(db_schema: str, stanzas: Mapping[str, Any]) -> Iterator[Table]:
    """All tables of one of these schemas; raise BadDeclaration that names the table."""
    for name, stanza in stanzas.items():
        try:
            words = msgspec.convert(stanza, SystemTableWords)
        except msgspec.ValidationError as error:
            raise BadDeclaration(f"tables/{db_schema}.toml: {name}: {error}") from None
        yield Table(
            db_schema=db_schema,
            name=name,
            kind="system",
            columns=tuple(Column(column, declared_type) for column, declared_type in words.columns.items()),
            description=words.description,
            example=words.example or f"SELECT * FROM {db_schema}.{name}",
            primary_key=words.primary_key,
            mirror=None,
        )
