"""`query --plot`: what a person sees, and what is refused rather than drawn wrongly."""

import re

import pytest

from tests.cli.running import CommandLine

DAYS = "SELECT DATE '2026-01-01' + CAST(i AS INT) AS day, CAST(i - 2 AS DECIMAL(9, 2)) AS sales FROM range(5) t(i)"


def test_bars_are_as_long_as_their_values_which_stand_behind(cli: CommandLine) -> None:
    outcome = cli(
        "query", "SELECT * FROM (VALUES ('日本', 10), ('US', 5), ('x', 0)) t(country, orders)", "--plot", "bar"
    )
    first, second, third = outcome.text.splitlines()
    assert first.count("▇") // 2 == second.count("▇") > 40
    assert (first[:6], second[:6], third) == ("日本 │▇▇", "  US │"[:6], "   x │ 0")
    assert [line.rsplit(" ", 1)[1] for line in (first, second)] == ["10", "5"]


def test_bars_of_negative_values_go_to_the_left(cli: CommandLine) -> None:
    lines = cli("query", DAYS, "--plot", "bar").text.splitlines()
    assert [line[:10] for line in lines] == [f"2026-01-0{day}" for day in range(1, 6)]
    middle = lines[2].index(" 0.00")
    assert lines[0].rindex("▇") < middle <= lines[4].index("▇")


def test_a_line_goes_by_the_first_column_whatever_the_order_of_rows(cli: CommandLine) -> None:
    forward, backward = (cli("query", f"{DAYS} ORDER BY day {way}", "--plot", "line").text for way in ("ASC", "DESC"))
    assert forward == backward
    assert "sales by day" in forward
    assert "2026-01-01" in forward.splitlines()[-1]
    assert re.search(r"^ 2\.00┤.*[⠁-⣿]", forward, re.MULTILINE)


@pytest.mark.parametrize("kind", ["bar", "line"])
def test_a_drawing_in_a_pipe_steers_no_terminal(cli: CommandLine, kind: str) -> None:
    outcome = cli("query", "SELECT 'a' || chr(27) || '[2J' || i AS x, i FROM range(3) t(i)", "--plot", kind)
    assert outcome.code == 0
    assert "\x1b" not in outcome.text


def test_rows_without_a_value_are_told_not_drawn_as_nought(cli: CommandLine) -> None:
    outcome = cli("query", "SELECT * FROM (VALUES ('a', 1), ('b', NULL)) t(x, y)", "--plot", "bar")
    assert len(outcome.text.splitlines()) == 1
    assert outcome.err == "not drawn, since they hold no value: 1 of 2 rows\n"
    assert cli("query", "SELECT 'a' AS x, 1 AS y LIMIT 0", "--plot", "bar").err.startswith("there is nothing to draw")


@pytest.mark.parametrize("columns", ["1 AS x", "1 AS x, 'a' AS y", "1 AS x, 2 AS y, 3 AS z", "1 AS x, now() AS y"])
def test_what_is_no_two_columns_with_a_number_is_refused(cli: CommandLine, columns: str) -> None:
    outcome = cli("query", f"SELECT {columns}", "--plot", "line")
    assert (outcome.code, outcome.out) == (1, b"")
    assert "two columns, of which the second is a number" in outcome.err


def test_more_bars_than_can_be_seen_are_refused(cli: CommandLine) -> None:
    outcome = cli("query", "SELECT i, i FROM range(101) t(i)", "--plot", "bar")
    assert outcome.err == "spapi-flight: --plot bar draws at most 100 rows: add LIMIT, or group further\n"


def test_a_drawing_goes_into_no_file(cli: CommandLine) -> None:
    assert "--plot draws in the terminal" in cli("query", "SELECT 1, 2", "--plot", "bar", "--output", "x.txt").err
    assert "--plot draws in the terminal" in cli("query", "SELECT 1, 2", "--plot", "bar", "--format", "csv").err
