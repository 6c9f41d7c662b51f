"""What a stanza says against its model is found when the catalog is loaded, with the key that says it."""

import re
from typing import Any

import pytest

from catalog.declaration import TableWords
from catalog.errors import BadDeclaration
from catalog.lint import table_faults
from catalog.load import read_stanzas, read_toml
from catalog.resolve import resolve_tables
from catalog.table import Column, KeyColumn, Operation, Parameter, ParentColumn, Table

GET = Operation(
    "getThings",
    "things",
    "v1",
    "GET",
    "/things",
    (
        Parameter("Ids", "query", is_list=True, max_items=20),
        Parameter("Kind", "query", enum=("Big", "Small")),
        Parameter("Since", "query", format="date-time"),
        Parameter("Token", "query"),
        Parameter("Shop", "query", required=True),
    ),
)
MEMBERS = {
    "things[].id": "string",
    "things[].made.at": "string",
    "things[].parts[].name": "string",
    "next": "string",
    "shop": "string",
}
SHOP = {"shop": {"eq": "Shop", "required": True}}
BATCH = {"list": "requests[]", "max": 20}
PAGING = {"token": "Token", "next": "next"}


def faults(**words: Any) -> str:
    keys = {**SHOP, **words.pop("key_columns", {})}
    stanza = {
        "description": "Things.",
        "operation_id": "getThings",
        "row_path": "things[]",
        "key_columns": keys,
        **words,
    }
    read = read_stanzas("f", {"things": stanza}, TableWords)
    try:
        list(resolve_tables("things_v1", read, {"getThings": (GET, MEMBERS)}, "f"))
    except BadDeclaration as error:
        return str(error)
    return ""


def test_a_sound_stanza_has_no_faults() -> None:
    assert (
        faults(
            primary_key=["id"],
            paging=PAGING,
            timestamps=["made_at"],
            key_columns={"id": {"in": "Ids", "batch_max": 20}, "since": {"eq": "Since"}, "kind": {"eq": "Kind"}},
            restricted={"secret": ["made", "parts"]},
            switches={"Kind": {"Big": ["parts"]}},
            owners={"everyone": ["Big"]},
        )
        == ""
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"row_path": "thing[]"}, "row_path: the answer has no member thing[]"),
        (
            {"mirror": {"kind": "child", "parent_changed": "at"}},
            "mirror.parent_changed: at is neither table.column nor schema.table.column",
        ),
        ({"paging": {**PAGING, "next": "Next"}}, "paging.next: the answer has no member Next"),
        ({"paging": {**PAGING, "token": "Tokn"}}, "paging: getThings has no parameter Tokn"),
        ({"constants": {"Sort": "Up"}}, "constants: getThings has no parameter Sort"),
        ({"constants": {"Kind": "Huge"}}, "constants: Kind cannot be Huge; the model lists Big, Small"),
        ({"switches": {"Kind": {"Big": ["prts"]}}}, "switches.Kind.Big: the row has no member prts"),
        ({"switches": {"Kind": {"Huge": ["parts"]}}}, "switches.Kind: Kind cannot be Huge"),
        ({"restricted": {"secret": ["mad"]}}, "restricted.secret: the row has no member mad"),
        ({"as_json": ["mad"]}, "as_json: the row has no member mad"),
        ({"columns": {"shop_name": {"member": "shp"}}}, "columns.shop_name: the answer has no member shp"),
        ({"columns": {"idd": "int64"}}, "columns.idd: the row has no such member and no key column echoes it"),
        ({"columns": {"id": {"part": 1}}}, "columns.id: part: nothing says what the text is split by"),
        ({"timestamps": ["made"]}, "timestamps: there is no column made"),
        ({"requires_one_of": [["id", "kind"]]}, "requires_one_of: id is no key column"),
        ({"key_repeats": True}, "key_repeats: there is no primary_key"),
        ({"carried": ["made"]}, "carried: there is no column made"),
        ({"window": {"column": "made_at"}}, "window.column: made_at is no key column with a lower bound"),
        ({"request_batch": {**BATCH, "repeats": {"i": "shop"}}}, "request_batch.repeats: i is no key column"),
        ({"request_batch": {**BATCH, "repeats": {"shop": "x"}}}, "request_batch: the answer has no member x"),
        ({"request_batch": {**BATCH, "number": "No"}}, "request_batch.number: getThings has no parameter No"),
        ({"request_batch": {**BATCH, "number_repeated": "no"}}, "request_batch: the answer has no member no"),
    ],
)
def test_what_is_not_in_the_model_is_told_with_its_key(words: dict[str, Any], message: str) -> None:
    assert f"f: things: {message}" in faults(**words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"in": "Kind"}, "in: Kind takes one value; say eq"),
        ({"in": "Ids", "batch_max": 21}, "batch_max: Ids takes at most 20"),
        ({"eq": "Kind", "batch_max": 2}, "batch_max: only a list parameter (in) has one"),
        ({"required": True}, "no parameter is bound"),
        ({"eq": "Kind", "values": ["Big", "Huge"]}, "Kind cannot be Huge"),
        ({"in": "Ids", "values": ["a"], "together": [["a", "b"]]}, "b is none of values"),
        ({"eq": "Kind", "sets": {"Knd": "x"}}, "getThings has no parameter Knd"),
        ({"eq": "Kind", "excludes": ["idd"]}, "idd is no key column"),
        ({"eq": "Kind", "pattern": "(["}, "pattern: ([ is no regular expression"),
        ({"eq": "Kind", "needs": ["idd"]}, "idd is no key column"),
        ({"eq": "Kind", "needs_when": {"Big": ["idd"]}}, "idd is no key column"),
        ({"eq": "Kind", "needs_when": {"([": ["shop"]}}, "([ is no regular expression"),
        ({"eq": "Kind", "needs": ["shop"], "excludes": ["shop"]}, "needs: shop is excluded, too"),
        ({"ge": "Since", "needs_when": {"1": ["shop"]}}, "needs_when, excludes_when: only a value has a form"),
        ({"le": "Since", "latest": "now"}, "latest: there is no parameter (eq) to send it as"),
        ({"eq": "Kind", "brings": ["all"]}, "brings: all is no value of switches"),
        ({"eq": "Kind", "parent": "things"}, "parent: things is neither table.column nor schema.table.column"),
        ({"le": "Since", "earliest": "2020-01-01T00:00:00Z"}, "earliest: there is no lower bound to send it as"),
        ({"ge": "Since", "earliest": "2020-01-01"}, "earliest: 2020-01-01 is no time of ISO 8601 with its zone"),
        ({"ge": "Since", "lt": "Kind", "joined": "--"}, "joined: both ends must name the same parameter"),
        ({"ge": "Since", "earliest_unless": ["shop"]}, "earliest_unless: there is no earliest"),
        ({"eq": "Kind", "moves": True}, "moves: only what has pages and a primary key that never repeats"),
        ({"in": "Ids", "alone": "Id"}, "getThings has no parameter Id"),
        ({"eq": "Kind", "alone": "Shop"}, "alone: Shop must take one value, beside a list (in)"),
        ({"in": "Ids", "alone": "Ids"}, "alone: Ids must take one value, beside a list (in)"),
        ({"ge": "Since", "zone_from": "shop"}, "zone_from: only a range sent as one parameter (joined) is written in"),
        ({"ge": "Since", "lt": "Since", "joined": "--", "zone_from": "zone"}, "zone is no key column"),
    ],
)
def test_a_key_column_that_cannot_be_bound_is_told(words: dict[str, Any], message: str) -> None:
    assert f"key_columns.id: {message}" in faults(key_columns={"id": words}).replace("sets: ", "")


def test_a_bound_without_a_member_needs_something_to_echo() -> None:
    assert "key_columns.since: the answer has no such member" in faults(key_columns={"since": {"ge": "Since"}})


def test_a_required_parameter_that_nothing_gives_is_told() -> None:
    optional = {"shop": {"eq": "Shop"}}
    assert "nothing gives the required parameter Shop" in faults(key_columns=optional)
    assert faults(key_columns={"shop": {"eq": "Shop", "default_from": "Shops"}}) == ""
    assert faults(key_columns={**optional, "id": {"in": "Ids"}}, requires_one_of=[["shop"]]) == ""


def test_a_member_that_an_object_of_the_body_must_have_and_nothing_can_give_is_told() -> None:
    parameters = (Parameter("sort.key", "body"), Parameter("sort.order", "body"), Parameter("shop", "body"))
    post = Operation(
        "getThings", "things", "v1", "POST", "/things", parameters, body_objects={"sort": ("key", "order")}
    )
    keys = {"shop": {"eq": "shop"}, "sort_key": {"eq": "sort.key"}}
    stanza = {"description": "Things.", "operation_id": "getThings", "row_path": "things[]", "key_columns": keys}
    operations = {"getThings": (post, MEMBERS)}
    with pytest.raises(BadDeclaration, match=r"nothing can give sort\.order, which the model requires in sort"):
        list(resolve_tables("things_v1", read_stanzas("f", {"things": stanza}, TableWords), operations, "f"))
    whole = {**stanza, "key_columns": {**keys, "sort_order": {"eq": "sort.order"}}}
    assert list(resolve_tables("things_v1", read_stanzas("f", {"things": whole}, TableWords), operations, "f"))
    unsorted = {**stanza, "key_columns": {"shop": {"eq": "shop"}}}
    assert list(resolve_tables("things_v1", read_stanzas("f", {"things": unsorted}, TableWords), operations, "f"))


def test_all_faults_of_all_stanzas_of_a_file_are_told_at_once() -> None:
    message = faults(row_path="thing[]", constants={"Sort": "Up"}, timestamps=["made"])
    assert message.count("f: things: ") == 3


def test_members_that_would_share_a_column_are_told() -> None:
    stanza = {"description": "", "operation_id": "getThings", "row_path": "a"}
    operation = Operation("getThings", "things", "v1", "GET", "/things")
    members = {"a.fooBar.baz": "string", "a.foo.barBaz": "string"}
    with pytest.raises(BadDeclaration, match="2 members would all become the column foo_bar_baz"):
        list(
            resolve_tables("s", read_stanzas("f", {"t": stanza}, TableWords), {"getThings": (operation, members)}, "f")
        )


def table(name: str, parent: str = "") -> Table:
    key = KeyColumn("id", eq="id", parent=ParentColumn("s", parent, "id") if parent else None)
    return Table("s", name, "operation", (Column("id", "string", "id"),), key_columns=(key,))


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([table("a", "b")], "s.a: key_columns.id: parent: there is no s.b.id"),
        ([table("a", "b"), table("b", "a")], "s.a: key_columns.id: parent: s.a is its own ancestor"),
        ([table("a"), table("a")], "s.a: there are 2 tables of this name"),
        ([Table("s", "a", "child", (Column("x", "string"), Column("x", "json")))], "s.a: there are 2 columns x"),
    ],
)
def test_faults_between_tables_are_told(tables: list[Table], message: str) -> None:
    assert message in list(table_faults(tables))


def test_parents_in_a_row_are_no_fault() -> None:
    assert list(table_faults([table("a"), table("b", "a"), table("c", "b")])) == []


def test_two_keys_may_come_from_one_parent_whose_keys_have_a_parent_too() -> None:
    keys = tuple(KeyColumn(name, eq=name, parent=ParentColumn("s", "b", "id")) for name in ("id", "other"))
    columns = (Column("id", "string", "id"), Column("other", "string", "other"))
    both = Table("s", "c", "operation", columns, key_columns=keys)
    grand_child = Table(
        "s",
        "d",
        "operation",
        columns,
        key_columns=tuple(KeyColumn(name, eq=name, parent=ParentColumn("s", "c", name)) for name in ("id", "other")),
    )
    assert list(table_faults([table("a"), table("b", "a"), both, grand_child])) == []


def test_a_file_that_is_no_toml_is_named_with_its_line(tmp_path: Any) -> None:
    (tmp_path / "broken.toml").write_text("[orders\n")
    with pytest.raises(BadDeclaration, match=r"broken\.toml: .*line 1"):
        read_toml(tmp_path, "broken.toml")
    with pytest.raises(BadDeclaration, match=r"absent\.toml: there is no such file"):
        read_toml(tmp_path, "absent.toml")


@pytest.mark.parametrize(
    ("owners", "message"),
    [
        ({}, "owners: say who may have Big, or everyone; .*owners: say who may have Small"),
        ({"vendor": ["Big", "Huge"], "everyone": ["Small"]}, "owners: no switch has the value Huge"),
        ({"vendor": ["Big"], "everyone": ["Big", "Small"]}, "owners: Big is said 2 times"),
    ],
)
def test_of_every_value_of_a_switch_it_is_said_whose_it_is(owners: dict[str, list[str]], message: str) -> None:
    switches = {"Kind": {"Big": ["made"], "Small": ["parts"]}}
    assert re.search(message, faults(switches=switches, owners=owners))


def test_where_an_operation_is_offered_is_told_by_countries_and_narrows_a_default() -> None:
    shop = {"eq": "Shop", "default_from": "Marketplaces"}
    assert "offered_in: XX is no country" in faults(key_columns={"shop": {**shop, "offered_in": ["US", "XX"]}})
    assert "say offered_in, too" in faults(key_columns={"shop": {**shop, "offered_to_vendors_in": ["US"]}})
    assert "there is none" in faults(key_columns={"shop": {**SHOP["shop"], "offered_in": ["US"]}})
