"""Random queries that only select, and so need no engine: columns of a table, compared with constants."""

from collections.abc import Sequence

from tests.properties.generated_sql import Domain, Generator


class SelectingGenerator(Generator):
    """Makes one such query after the other; now and then a condition of another kind comes along."""

    def query(self) -> str:
        """One query."""
        domain = self._random.choice(list(self._domains.values()))
        conditions = [condition.format(alias="a") for condition in domain.conditions]
        conditions += [self._plain(domain) for _ in range(self._random.choice([0, 1, 1, 2, 3]))]
        if self._random.random() < 0.2:
            conditions.append(self._comparison("a", domain))
        where = " WHERE " + " AND ".join(conditions) if conditions else ""
        return f"SELECT {self._selected(domain)} FROM {domain.name} AS a{where}"

    def _selected(self, domain: Domain) -> str:
        if self._random.random() < 0.2:
            return self._random.choice(["*", "a.*"])
        names = [*domain.texts, *domain.numbers, *domain.times]
        chosen = self._random.sample(names, self._random.randint(1, min(4, len(names))))
        forms = ("{}", "a.{}", '"{}"', "a.{} AS c{}")
        return ", ".join(self._random.choice(forms).format(name, number) for number, name in enumerate(chosen))

    def _plain(self, domain: Domain) -> str:
        if domain.times and self._random.random() < 0.5:
            column, forms = self._random.choice(domain.times), ("'{}'", "TIMESTAMPTZ '{}'", "TIMESTAMP '{:.19}'")
            values = [self._random.choice((*forms, "DATE '{:.10}'")).format(one) for one in self._two(self._instants)]
        else:
            column = self._random.choice(list(domain.texts))
            values = [self._quoted(one) for one in self._two(domain.texts[column])]
        one, two = values
        name = self._random.choice([column, f"a.{column}"])
        compared = [f"{name} {operator} {one}" for operator in ("=", "<", "<=", ">", ">=")]
        several = (f"{name} IN ({one}, {two})", f"{name} BETWEEN {one} AND {two}")
        return self._random.choice([*compared, f"{one} < {name}", *several])

    def _two(self, values: Sequence[str]) -> list[str]:
        return sorted(self._random.choices(list(values), k=2))
