"""Random queries over the first tables, the same for the same seed.

Every query is plain SQL whose answer does not depend on the order in which rows arrive: a LIMIT comes with an ORDER BY
over everything selected.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """A table for the generator: its columns by kind, with values that occur and values that do not."""

    name: str
    texts: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Sequence[str]]
    times: Sequence[str]
    conditions: Sequence[str] = ()  # always there: what the operation cannot do without


@dataclass(frozen=True)
class Join:
    """Two tables and what they are joined on."""

    left: str
    right: str
    on: str


class Generator:
    """Makes one query after the other."""

    def __init__(self, seed: int, domains: Sequence[Domain], joins: Sequence[Join], instants: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._domains = {domain.name: domain for domain in domains}
        self._joins = joins
        self._instants = instants

    def query(self) -> str:
        """One query: a table or a join, conditions, and one of several shapes of SELECT."""
        source, aliases = self._source()
        where = self._where(aliases)
        shape = self._random.choice([self._rows, self._rows, self._aggregate, self._wrapped, self._in_subquery])
        return shape(source, aliases, where)

    def _source(self) -> tuple[str, dict[str, Domain]]:
        if self._random.random() < 0.45:
            domain = self._random.choice(list(self._domains.values()))
            return f"{domain.name} AS a", {"a": domain}
        join = self._random.choice(self._joins)
        kind = self._random.choice(["JOIN", "JOIN", "LEFT JOIN"])
        extra = f" AND {self._comparison('b', self._domains[join.right])}" if self._random.random() < 0.2 else ""
        left = join.left
        if self._random.random() < 0.2:
            conditions = [condition.format(alias="x") for condition in self._domains[join.left].conditions]
            inner = " AND ".join([*conditions, self._comparison("x", self._domains[join.left])])
            left = f"(SELECT * FROM {join.left} AS x WHERE {inner})"
        aliases = {"a": self._domains[join.left], "b": self._domains[join.right]}
        return f"{left} AS a {kind} {join.right} AS b ON {join.on}{extra}", aliases

    def _where(self, aliases: dict[str, Domain]) -> str:
        parts = [condition.format(alias=alias) for alias, domain in aliases.items() for condition in domain.conditions]
        parts += [self._condition(aliases) for _ in range(self._random.choice([0, 1, 1, 2, 3]))]
        return " WHERE " + " AND ".join(parts) if parts else ""

    def _condition(self, aliases: dict[str, Domain], depth: int = 0) -> str:
        draw = self._random.random()
        if depth < 2 and draw < 0.12:
            return f"({self._condition(aliases, depth + 1)} OR {self._condition(aliases, depth + 1)})"
        if depth < 2 and draw < 0.18:
            return f"({self._condition(aliases, depth + 1)} AND {self._condition(aliases, depth + 1)})"
        if draw < 0.24:
            return f"NOT ({self._condition(aliases, depth + 1)})"
        alias = self._random.choice(list(aliases))
        return self._comparison(alias, aliases[alias])

    def _comparison(self, alias: str, domain: Domain) -> str:
        kinds = ["text"] * 3 + (["number"] if domain.numbers else []) + (["time"] * 3 if domain.times else [])
        kind = self._random.choice(kinds)
        return {"text": self._of_text, "number": self._of_number, "time": self._of_time}[kind](alias, domain)

    def _of_text(self, alias: str, domain: Domain) -> str:
        column = self._random.choice(list(domain.texts))
        values = domain.texts[column]
        one, two, three = (self._quoted(self._random.choice(values)) for _ in range(3))
        name = f"{alias}.{column}"
        other = self._random.choice(list(domain.texts))
        beside = [self._random.choice(["NULL", *map(self._quoted, domain.texts[other])]) for _ in range(2)]
        return self._random.choice(
            [
                f"{name} = {one}",
                f"{one} = {name}",
                f"({name}, {alias}.{other}) IN (({one}, {beside[0]}), ({two}, {beside[1]}))",
                f"list_contains([{one}, {self._random.choice(['NULL', two])}], {name})",
                f"{name} = ANY([{one}, {two}])",
                f"{name} IN ({one}, {two}, {three})",
                f"{name} <> {one}",
                f"{name} LIKE '{self._random.choice(values)[:3].replace(chr(39), '')}%'",
                f"{name} IS NULL",
                f"{name} IS NOT NULL",
                f"lower({name}) = lower({two})",
                f"{name} >= {one}",
                f"({name} = {one} OR {name} = {two})",
                f"{name} IS NOT DISTINCT FROM {one}",
                f"coalesce({name}, 'none') <> {three}",
            ]
        )

    def _of_number(self, alias: str, domain: Domain) -> str:
        column = self._random.choice(list(domain.numbers))
        one, two = (self._random.choice(domain.numbers[column]) for _ in range(2))
        name = f"{alias}.{column}"
        return self._random.choice(
            [
                f"{name} > {one}",
                f"{name} <= {one}",
                f"{name} = {one}",
                f"{name} BETWEEN {one} AND {two}",
                f"{name} + 1 > {two}",
            ]
        )

    def _of_time(self, alias: str, domain: Domain) -> str:
        column = self._random.choice(domain.times)
        one, two = sorted(self._random.choice(self._instants) for _ in range(2))
        name = f"{alias}.{column}"
        return self._random.choice(
            [
                f"{name} >= TIMESTAMPTZ '{one}'",
                f"{name} < TIMESTAMPTZ '{two}'",
                f"{name} >= '{one}' AND {name} < '{two}'",
                f"{name} BETWEEN '{one}' AND '{two}'",
                f"{name} > DATE '{one[:10]}'",
                f"{name} >= TIMESTAMP '{one[:19]}' + INTERVAL 3 DAY",
                f"CAST({name} AS DATE) {self._operator()} DATE '{one[:10]}'",
                f"CAST({name} AS DATE) {self._operator()} TIMESTAMP '{one[:19]}'",
                f"{name}::DATE IN ('{one[:10]}', '{two[:10]}')",
                f"CAST({name} AS TIMESTAMP) {self._operator()} TIMESTAMP '{one[:19]}'",
                f"date_trunc('month', {name}) {self._operator()} TIMESTAMPTZ '{two[:7]}-01 00:00:00+00'",
                f"date_trunc('{self._random.choice(('hour', 'day', 'week', 'quarter', 'year'))}', {name})"
                f" {self._operator()} '{one}'",
                f"year({name}) {self._operator()} {one[:4]}",
                f"EXTRACT(YEAR FROM {name}) BETWEEN {one[:4]} AND {two[:4]} AND month({name}) = {int(two[5:7])}",
                f"{name} = TIMESTAMPTZ '{one}'",
            ]
        )

    def _rows(self, source: str, aliases: dict[str, Domain], where: str) -> str:
        columns = self._columns(aliases)
        names = ", ".join(f"{column} AS c{index}" for index, column in enumerate(columns))
        distinct = self._random.choice(["", "", "DISTINCT "])
        limit = f" ORDER BY ALL LIMIT {self._random.randint(1, 20)}" if self._random.random() < 0.3 else ""
        return f"SELECT {distinct}{names} FROM {source}{where}{limit}"

    def _aggregate(self, source: str, aliases: dict[str, Domain], where: str) -> str:
        group = self._columns(aliases, most=2)
        numbers = [f"{alias}.{column}" for alias, domain in aliases.items() for column in domain.numbers]
        total = f", sum({self._random.choice(numbers)}) AS total" if numbers else ""
        names = ", ".join(f"{column} AS g{index}" for index, column in enumerate(group))
        having = self._random.choice(["", "", " HAVING count(*) > 1"])
        return f"SELECT {names}, count(*) AS n{total} FROM {source}{where} GROUP BY ALL{having}"

    def _wrapped(self, source: str, aliases: dict[str, Domain], where: str) -> str:
        alias = self._random.choice(list(aliases))
        columns = [f"{alias}.{column}" for column in aliases[alias].texts]
        inner = f"SELECT {', '.join(columns)} FROM {source}{where}"
        outer = self._of_text("w", aliases[alias])
        if self._random.random() < 0.4:
            return f"WITH w AS ({inner}) SELECT * FROM w WHERE {outer}"
        if self._random.random() < 0.3:
            return (
                f"SELECT * FROM ({inner}) AS w WHERE {outer} UNION ALL SELECT * FROM ({inner}) AS w WHERE NOT ({outer})"
            )
        return f"SELECT * FROM ({inner}) AS w WHERE {outer}"

    def _in_subquery(self, source: str, aliases: dict[str, Domain], where: str) -> str:
        join = self._random.choice(self._joins)
        right, left = self._domains[join.right], self._domains[join.left]
        key = join.on.split("=")[0].strip().split(".")[1]
        other = join.on.split("=")[1].strip().split(".")[1]
        inner_parts = [condition.format(alias="a") for condition in left.conditions] + [self._comparison("a", left)]
        operator = self._random.choice(["IN", "IN", "NOT IN", "="])
        columns = ", ".join(f"b.{column}" for column in right.texts)
        inner = f"SELECT a.{key} FROM {left.name} AS a WHERE {' AND '.join(inner_parts)} AND a.{key} IS NOT NULL"
        if operator == "=":
            first = f"{inner} ORDER BY a.{key} LIMIT 1"
            inner = self._random.choice([first, f"SELECT max(x.{key}) FROM ({inner}) AS x"])
        conditions = " AND ".join(
            [f"b.{other} {operator} ({inner})", *(condition.format(alias="b") for condition in right.conditions)]
        )
        return f"SELECT {columns} FROM {right.name} AS b WHERE {conditions}"

    def _columns(self, aliases: dict[str, Domain], most: int = 4) -> list[str]:
        known = [
            f"{alias}.{column}"
            for alias, domain in aliases.items()
            for column in [*domain.texts, *domain.numbers, *domain.times]
        ]
        return self._random.sample(known, min(len(known), self._random.randint(1, most)))

    def _operator(self) -> str:
        return self._random.choice(("=", "=", "<", "<=", ">", ">=", "<>"))

    @staticmethod
    def _quoted(value: str) -> str:
        return "'" + value.replace("'", "''") + "'"
