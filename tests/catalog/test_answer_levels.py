"""The levels of every operation's answer lead to the rows of its tables, by the names of the model."""

import pytest

import catalog
from catalog.answer_levels import answer_level
from catalog.table import AnswerLevel, Table

TABLES = [table for table in catalog.load().tables if table.kind == "operation"]


def level_of(table: Table) -> AnswerLevel:
    assert table.operation is not None
    assert table.operation.answer is not None
    return table.operation.answer


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified_name)
def test_the_first_step_to_the_rows_is_known(table: Table) -> None:
    level, path = level_of(table), table.row_path.removeprefix("$")
    first = path.split(".")[0]
    if first == "[]":
        assert level.is_list
    elif not first:
        assert level.rows == level.names
    else:
        name = first.removesuffix("[]")
        assert name in level.rows
        assert level.inner[name].is_list == first.endswith("[]")


@pytest.mark.parametrize("table", [table for table in TABLES if table.request_batch], ids=lambda each: each.name)
def test_each_answer_of_a_batch_has_levels_of_its_own(table: Table) -> None:
    array = table.row_path.partition("[]")[0].removeprefix("$")
    level = level_of(table).inner[array] if array else level_of(table)
    assert level.element is not None
    assert level.element.names == level.names


def test_an_answer_of_which_the_model_says_nothing_may_be_anything() -> None:
    assert answer_level({}, ["$"], is_batch=False) is None


def test_lists_of_rows_are_no_answers() -> None:
    root = answer_level({"a.rows[].x.y": "string", "a.b": "string"}, ["a.rows[].x"], is_batch=False)
    assert root is not None
    assert root.inner["a"].inner["rows"] == AnswerLevel(frozenset({"x"}), is_list=True)
