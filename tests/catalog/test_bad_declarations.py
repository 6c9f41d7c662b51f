"""A stanza that says what cannot be is refused, with file, table and key."""

from typing import Any

import pytest

from catalog.declaration import TableWords
from catalog.errors import BadDeclaration
from catalog.load import read_stanzas
from catalog.resolve import resolve_tables
from catalog.table import Operation, Parameter

GET = Operation("getThings", "things", "v1", "GET", "/things", (Parameter("Ids", "query", is_list=True),))
OPERATIONS = {"getThings": (GET, {"things[].id": "string", "things[].parts[].name": "string"})}


def stanza(**words: Any) -> dict[str, Any]:
    return {"description": "Things.", "operation_id": "getThings", "row_path": "things[]", **words}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"colour": "red"}, "tables/things_v1.toml: things: .*colour"),
        ({"paging": {"token": "T", "size_max": "many"}}, "things: .*size_max"),
        ({"key_columns": {"id": {"batchmax": 3}}}, r"things: key_columns\.id: .*batchmax"),
        ({"columns": {"id": "text"}}, r"things: columns\.id"),
    ],
)
def test_unknown_words_and_wrong_types_name_their_place(words: dict[str, Any], message: str) -> None:
    with pytest.raises(BadDeclaration, match=message):
        read_stanzas("tables/things_v1.toml", {"things": stanza(**words)}, TableWords)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"operation_id": "getNothing"}, "operation_id: the model has no operation 'getNothing'"),
        ({"key_columns": {"id": {"in": "Idz"}}}, r"key_columns\.id: getThings has no parameter Idz"),
        ({"primary_key": ["name"]}, "primary_key: there is no column name"),
    ],
)
def test_what_the_model_does_not_have_names_its_place(words: dict[str, Any], message: str) -> None:
    read = read_stanzas("tables/things_v1.toml", {"things": stanza(**words)}, TableWords)
    with pytest.raises(BadDeclaration, match=f"tables/things_v1.toml: things: {message}"):
        list(resolve_tables("things_v1", read, OPERATIONS, "tables/things_v1.toml"))


def test_all_faults_of_a_file_are_told_at_once() -> None:
    with pytest.raises(BadDeclaration, match=r"one: .*; .*two: "):
        read_stanzas("tables/things_v1.toml", {"one": stanza(a=1), "two": stanza(b=2)}, TableWords)


def test_a_sound_stanza_resolves_with_its_child_table() -> None:
    read = read_stanzas(
        "f", {"things": stanza(primary_key=["id"], key_columns={"id": {"in": "Ids", "batch_max": 5}})}, TableWords
    )
    table, child = resolve_tables("things_v1", read, OPERATIONS, "f")
    assert [column.name for column in table.columns] == ["id", "parts"]
    assert child.name == "things__parts"
    assert [column.name for column in child.columns] == ["id", "index", "name"]
