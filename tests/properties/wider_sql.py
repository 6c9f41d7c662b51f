"""More shapes of generated queries: windows, time zones, set operations, correlated subqueries, joins of every kind.

They stand beside the plain ones of `generated_sql` and use its tables, conditions and values.
"""

from tests.properties.generated_sql import Domain, Generator

_ZONES = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "UTC", "America/Los_Angeles"]

_OFFSETS = ["-07", "+05:30", "+09", "Z", "+00"]


class WiderGenerator(Generator):
    """Makes one query after the other, in one of the shapes of this module."""

    def query(self) -> str:
        """One query."""
        shapes = [self._windowed, self._exists, self._joined, self._set_operation, self._scalar, self._read_twice]
        shapes += [self._limited, self._with_itself, self._distinct, self._chain, self._case]
        return self._random.choice([*shapes, self._computed, self._computed, self._null_safe])()

    # ---- conditions

    def _any_condition(self, alias: str, domain: Domain) -> str:
        kinds = [self._comparison, self._comparison, self._odd, *([self._zoned] if domain.times else [])]
        return f"({self._random.choice(kinds)(alias, domain)})"

    def _filter(self, alias: str, domain: Domain, most: int = 2) -> str:
        count = self._random.randint(0, most)
        return self._clause("WHERE", [self._any_condition(alias, domain) for _ in range(count)])

    def _perhaps(self, alias: str, domain: Domain) -> list[str]:
        return [self._any_condition(alias, domain)] if self._random.random() < 0.5 else []

    @staticmethod
    def _clause(word: str, conditions: list[str]) -> str:
        return f" {word} {' AND '.join(conditions)}" if conditions else ""

    def _zoned(self, alias: str, domain: Domain) -> str:
        """A condition on an instant: in a zone, with an offset, or by a function that is no period."""
        name = f"{alias}.{self._random.choice(domain.times)}"
        one, two = sorted(self._random.choice(self._instants) for _ in range(2))
        zone, operator = self._random.choice(_ZONES), self._operator()
        return self._random.choice(
            [
                f"{name} AT TIME ZONE '{zone}' {operator} TIMESTAMP '{one[:19]}'",
                f"CAST({name} AT TIME ZONE '{zone}' AS DATE) {operator} DATE '{one[:10]}'",
                f"date_trunc('day', {name} AT TIME ZONE '{zone}') {operator} TIMESTAMP '{one[:10]}'",
                f"timezone('{zone}', {name}) < TIMESTAMP '{two[:19]}'",
                f"{name} >= (TIMESTAMP '{one[:19]}' AT TIME ZONE '{zone}')",
                f"{name} {operator} TIMESTAMPTZ '{one[:19]}{self._random.choice(_OFFSETS)}'",
                f"{name} {operator} '{one[:19]}{self._random.choice(_OFFSETS)}'",
                f"{name} > '{one[:10]}'",
                f"{name} <= '{one[:10]}T12:00:00Z'",
                f"{name} NOT BETWEEN '{one}' AND '{two}'",
                f"{name}::DATE BETWEEN '{one[:10]}' AND '{two[:10]}'",
                f"{name} - INTERVAL 5 DAY {operator} TIMESTAMPTZ '{one}'",
                f"strftime({name}, '%Y-%m') {operator} '{one[:7]}'",
                f"epoch({name}) {operator} epoch(TIMESTAMPTZ '{one}')",
                f"CAST({name} AS VARCHAR) LIKE '{one[:7]}%'",
                f"hour({name}) {operator} {int(one[11:13])}",
                f"date_diff('day', TIMESTAMPTZ '{one}', {name}) {operator} 4",
                f"date_part('year', {name}) = {one[:4]}",
                f"year({name}) = {one[:4]} AND month({name}) IN ({int(one[5:7])}, {int(two[5:7])})",
                f"quarter({name}) = 2 AND year({name}) IN ({one[:4]}, {two[:4]})",
                f"TIMESTAMPTZ '{two}' - {name} {operator} INTERVAL {self._random.randint(0, 40)} DAY",
                f"date_diff('month', {name}, TIMESTAMPTZ '{two}') {operator} {self._random.randint(-1, 3)}",
                f"date_sub('day', {name}, TIMESTAMPTZ '{two}') {operator} {self._random.randint(-1, 9)}",
                f"DATE '{two[:10]}' - {name}::DATE {operator} {self._random.randint(0, 30)}",
                f"strftime({name} AT TIME ZONE '{zone}', '%m/%Y') = '{one[5:7]}/{one[:4]}'",
                f"date_trunc('week', {name} AT TIME ZONE '{zone}') BETWEEN '{one[:10]}' AND '{two[:10]}'",
                f"last_day({name}::DATE) = last_day(DATE '{one[:10]}')",
            ]
        )

    def _odd(self, alias: str, domain: Domain) -> str:
        """A condition on texts, written as few would: through NULL, CASE, functions, or the wrong way round."""
        column, beside = (self._random.choice(list(domain.texts)) for _ in range(2))
        values = domain.texts[column]
        one, two, three = (self._quoted(self._random.choice(values)) for _ in range(3))
        inside = self._random.choice(values)[1:4].replace("'", "")
        name, other = f"{alias}.{column}", f"{alias}.{beside}"
        return self._random.choice(
            [
                f"{name} = NULL",
                f"{name} IN ({one}, NULL)",
                f"{name} NOT IN ({one}, {two})",
                f"{name} NOT IN ({one}, NULL)",
                f"{name} = {other}",
                f"{name} <> {other}",
                f"{name} ILIKE '%{inside}%'",
                f"{name} NOT LIKE '{inside}%'",
                f"upper({name}) = upper({one})",
                f"CASE WHEN {name} = {one} THEN TRUE WHEN {other} IS NULL THEN NULL ELSE FALSE END",
                f"CASE {name} WHEN {one} THEN 1 WHEN {two} THEN 2 ELSE 0 END IN (1, 2)",
                f"if({name} = {one}, 1, 0) = 1",
                f"nullif({name}, {one}) IS NULL",
                f"coalesce({name}, {two}) = {two}",
                f"({name} = {one}) IS NOT TRUE",
                f"({name} = {one}) = ({other} IS NULL)",
                f"({name} = {one}) <> ({name} = {two})",
                f"{name} BETWEEN least({one}, {two}) AND greatest({one}, {two})",
                f"NOT ({name} <> {one})",
                f"NOT ({name} IS NULL OR {name} = {one})",
                f"({name} = {one} AND {other} IS NOT NULL) OR ({name} = {two} AND {other} IS NULL)",
                f"{name} = {one} OR {name} IN ({two}, {three})",
                f"{name} = {one} AND {name} = {two}",
                f"{name} = {one} OR 1 = 0",
                f"{name} IN (SELECT {one} UNION ALL SELECT {two})",
                f"EXISTS (SELECT 1 WHERE {name} = {one})",
                f"{name} = (SELECT {one})",
                f"{name} = concat({one}, '')",
                f"length({name}) > 10",
            ]
        )

    # ---- tables

    def _any_domain(self) -> Domain:
        return self._random.choice(list(self._domains.values()))

    def _pair(self) -> tuple[Domain, Domain, str, str]:
        """Two tables and the columns that join them."""
        join = self._random.choice(self._joins)
        left, right = (side.strip().split(".")[1] for side in join.on.split("="))
        return self._domains[join.left], self._domains[join.right], left, right

    def _named(self, aliases: dict[str, Domain], most: int = 4) -> str:
        return ", ".join(f"{column} AS c{number}" for number, column in enumerate(self._columns(aliases, most)))

    # ---- shapes

    def _windowed(self) -> str:
        domain = self._any_domain()
        by, then = (f"a.{self._random.choice(list(domain.texts))}" for _ in range(2))
        order = self._random.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
        window = f"OVER (PARTITION BY {by} ORDER BY {then}{order})"
        function = self._random.choice(["rank()", "dense_rank()", "count(*)", f"max({then})", "cume_dist()"])
        sql = f"SELECT {self._named({'a': domain})}, {function} {window} AS w FROM {domain.name} AS a"
        sql += self._filter("a", domain) + self._random.choice(["", f" QUALIFY rank() {window} <= 2"])
        if self._random.random() < 0.4:
            return f"SELECT * FROM ({sql}) AS s WHERE s.w IS NOT NULL AND s.c0 IS NOT NULL"
        return sql

    def _exists(self) -> str:
        left, right, key, other = self._pair()
        conditions = [f"b.{other} = a.{key}", *self._perhaps("b", right)]
        exists = f"EXISTS (SELECT 1 FROM {right.name} AS b{self._clause('WHERE', conditions)})"
        exists = self._random.choice(["", "", "NOT "]) + exists
        if self._random.random() < 0.2:
            exists = f"({exists} OR {self._any_condition('a', left)})"
        where = self._clause("WHERE", [exists, *self._perhaps("a", left)])
        return f"SELECT {self._named({'a': left})} FROM {left.name} AS a{where}"

    def _joined(self) -> str:
        left, right, key, other = self._pair()
        kind = self._random.choice(["RIGHT JOIN", "FULL JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN"])
        on = [f"a.{key} = b.{other}", *self._perhaps("b", right)]
        is_half = kind in ("SEMI JOIN", "ANTI JOIN")
        columns = self._named({"a": left} if is_half else {"a": left, "b": right})
        where = self._perhaps("a", left) + ([] if is_half else self._perhaps("b", right))
        if kind == "LEFT JOIN" and self._random.random() < 0.5:
            return f"SELECT {columns} FROM {left.name} AS a, {right.name} AS b{self._clause('WHERE', on + where)}"
        source = f"{left.name} AS a {kind} {right.name} AS b{self._clause('ON', on)}"
        return f"SELECT {columns} FROM {source}{self._clause('WHERE', where)}"

    def _computed(self) -> str:
        """Conditions on what a sub-query, a common table expression or a grouping computes."""
        domain = self._random.choice([each for each in self._domains.values() if each.times])
        one, two = sorted(self._random.choice(self._instants) for _ in range(2))
        zone = self._random.choice(_ZONES)
        column = f"a.{self._random.choice(domain.times)}"
        item, conditions = self._random.choice(
            [
                (f"CAST({column} AS TIMESTAMP)", [f"k {self._operator()} TIMESTAMP '{one[:19]}'", f"k <= '{two}'"]),
                (f"{column}::DATE", [f"k {self._operator()} DATE '{one[:10]}'", f"k IN ('{one[:10]}', '{two[:10]}')"]),
                (f"date_trunc('day', {column})", [f"k BETWEEN '{one}' AND '{two}'", f"k::DATE < '{two[:10]}'"]),
                (f"date_trunc('month', {column} AT TIME ZONE '{zone}')", [f"k {self._operator()} '{one[:7]}-01'"]),
                (f"year({column})", [f"k {self._operator()} {one[:4]}"]),
                (f"strftime({column}, '%Y-%m')", [f"k {self._operator()} '{two[:7]}'"]),
                (f"{column}::VARCHAR", [f"k LIKE '{two[:7]}%'", f"k ^@ '{one[:10]}'"]),
                (f"year({column}) * 100 + month({column})", [f"k {self._operator()} {one[:4]}{one[5:7]}"]),
                (f"{column} + INTERVAL 1 MONTH", [f"k {self._operator()} '{two}'"]),
            ]
        )
        text = self._random.choice(list(domain.texts))
        condition = self._random.choice([*conditions, f"({conditions[0]} OR c IS NULL)"])
        other = self._random.choice(conditions)
        inner = f"SELECT {item} AS k, a.{text} AS c FROM {domain.name} AS a{self._filter('a', domain, most=1)}"
        grouped = inner.replace(" AS c FROM", " AS c, count(*) AS n FROM", 1)
        return self._random.choice(
            [
                f"SELECT * FROM ({inner}) AS v WHERE {condition}",
                f"WITH v AS ({inner}) SELECT k, count(*) AS n FROM v WHERE {condition} GROUP BY k",
                f"SELECT * FROM (SELECT * FROM ({inner}) AS u) AS v WHERE {condition}",
                f"SELECT * FROM ({inner} UNION ALL {inner}) AS v WHERE {condition}",
                f"SELECT * FROM ({inner} EXCEPT {inner}) AS v WHERE {condition}",
                f"SELECT * FROM ({grouped} GROUP BY ALL) AS v WHERE {condition} AND n >= 1",
                f"SELECT * FROM ({grouped} GROUP BY 1, 2) AS v WHERE {condition}",
                f"SELECT * FROM ({inner} ORDER BY ALL LIMIT 7) AS v WHERE {condition}",
                f"SELECT * FROM (SELECT *, count(*) OVER () AS n FROM ({inner}) AS u) AS v WHERE {condition}",
                f"SELECT * FROM (SELECT *, count(*) OVER (PARTITION BY k) AS n, rank() OVER (PARTITION BY c, k"
                f" ORDER BY k) AS r FROM ({inner}) AS u) AS v WHERE {condition}",
                f"WITH v AS ({inner}) SELECT * FROM v WHERE {condition} UNION ALL SELECT * FROM v WHERE {other}",
                f"WITH v AS ({inner}), w AS (SELECT k, c FROM v) SELECT x.k, y.c FROM w AS x LEFT JOIN v AS y"
                f" ON x.c = y.c AND y.{other} WHERE x.{conditions[0]}",
                f"{grouped} GROUP BY ALL HAVING {condition}",
                f"SELECT b.{text}, v.k FROM {domain.name} AS b "
                f"LEFT JOIN ({inner}) AS v ON v.c = b.{text} AND {condition}",
            ]
        )

    def _null_safe(self) -> str:
        """Joins that allow for nulls, as Tableau writes them."""
        left, right, key, other = self._pair()
        kind = self._random.choice(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        sides = [f"a.{key}", f"b.{other}"]
        self._random.shuffle(sides)
        one, two = sides
        on = self._random.choice(
            [
                f"{one} IS NOT DISTINCT FROM {two}",
                f"({one} = {two} OR ({one} IS NULL AND {two} IS NULL))",
                f"((({one} IS NULL) AND ({two} IS NULL)) OR ({two} = {one}))",
                f"NOT ({one} IS DISTINCT FROM {two})",
                f"COALESCE({one}, '') = COALESCE({two}, '')",
            ]
        )
        where = self._clause("WHERE", self._perhaps("a", left))
        named = self._named({"a": left, "b": right})
        outer = self._random.choice([f"{left.name} AS a", f"(SELECT * FROM {left.name} AS x) AS a"])
        return f"SELECT {named} FROM {outer} {kind} {right.name} AS b ON {on}{where}"

    def _set_operation(self) -> str:
        left, right, key, other = self._pair()
        operator = self._random.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"])
        first = f"SELECT a.{key} AS k FROM {left.name} AS a{self._filter('a', left)}"
        second = f"SELECT b.{other} AS k FROM {right.name} AS b{self._filter('b', right)}"
        both = f"{first} {operator} {second}"
        return self._random.choice(
            [
                both,
                f"SELECT s.k, count(*) AS n FROM ({both}) AS s WHERE s.k >= 'B' GROUP BY s.k",
                f"SELECT {self._named({'c': left})} FROM {left.name} AS c WHERE c.{key} IN ({both})",
            ]
        )

    def _scalar(self) -> str:
        left, right, key, other = self._pair()
        aggregate = self._random.choice(["count(*)", *(f"max(b.{column})" for column in right.texts)])
        conditions = [f"b.{other} = a.{key}", *self._perhaps("b", right)]
        inner = f"SELECT {aggregate} FROM {right.name} AS b{self._clause('WHERE', conditions)}"
        return f"SELECT {self._named({'a': left})}, ({inner}) AS s FROM {left.name} AS a{self._filter('a', left)}"

    def _read_twice(self) -> str:
        left, right, key, other = self._pair()
        texts = ", ".join(f"a.{column}" for column in left.texts)
        hint = self._random.choice(["", "MATERIALIZED ", "NOT MATERIALIZED "])
        body = self._random.choice(
            [
                f"SELECT x.{key}, y.{self._random.choice(list(left.texts))} AS c FROM w AS x JOIN w AS y"
                f" ON x.{key} = y.{key}",
                f"SELECT {self._named({'b': right})} FROM {right.name} AS b WHERE b.{other} IN (SELECT {key} FROM w)"
                f" AND {self._any_condition('b', right)}",
                f"SELECT (SELECT count(*) FROM w) AS n, w.{key} FROM w LEFT JOIN {right.name} AS b"
                f" ON b.{other} = w.{key} WHERE b.{other} IS NULL OR {self._any_condition('b', right)}",
            ]
        )
        return f"WITH w AS {hint}(SELECT {texts} FROM {left.name} AS a{self._filter('a', left)}) {body}"

    def _limited(self) -> str:
        left, right, key, other = self._pair()
        texts = ", ".join(f"a.{column}" for column in left.texts)
        limit = f"LIMIT {self._random.randint(0, 12)}"
        limit += self._random.choice(["", f" OFFSET {self._random.randint(0, 60)}"])
        inner = f"SELECT {texts} FROM {left.name} AS a{self._filter('a', left)} ORDER BY ALL {limit}"
        beside = self._clause("AND", self._perhaps("b", right))
        return self._random.choice(
            [
                inner,
                f"SELECT {self._named({'b': right})} FROM ({inner}) AS s JOIN {right.name} AS b"
                f" ON b.{other} = s.{key}{beside}",
                f"SELECT b.{other}, count(*) AS n FROM {right.name} AS b"
                f" WHERE b.{other} IN (SELECT s.{key} FROM ({inner}) AS s){beside} GROUP BY ALL",
            ]
        )

    def _with_itself(self) -> str:
        domain = self._any_domain()
        key, column = next(iter(domain.texts)), self._random.choice(list(domain.texts))
        where = self._clause("WHERE", [*self._perhaps("a", domain), *self._perhaps("b", domain)])
        source = f"{domain.name} AS a JOIN {domain.name} AS b ON a.{key} = b.{key}"
        return f"SELECT a.{key} AS k, b.{column} AS c, count(*) AS n FROM {source}{where} GROUP BY ALL"

    def _distinct(self) -> str:
        domain = self._any_domain()
        group, counted = (f"a.{self._random.choice(list(domain.texts))}" for _ in range(2))
        by = self._random.choice([group, f"ROLLUP ({group})", f"GROUPING SETS (({group}), ())"])
        having = self._random.choice(["", f" HAVING count(DISTINCT {counted}) > 1"])
        aggregates = (
            f"count(DISTINCT {counted}) AS d, count(*) FILTER (WHERE {self._any_condition('a', domain)}) AS f,"
            f" bool_or({self._any_condition('a', domain)}) AS o"
        )
        where = self._filter("a", domain)
        return f"SELECT {group} AS g, {aggregates} FROM {domain.name} AS a{where} GROUP BY {by}{having}"

    def _chain(self) -> str:
        """Three tables, each joined to one before."""
        first, second, key, other = self._pair()
        after = [join for join in self._joins if join.left == second.name]
        if not after:
            return self._joined()
        join = self._random.choice(after)
        third = self._domains[join.right]
        kinds = [self._random.choice(["JOIN", "JOIN", "LEFT JOIN"]) for _ in range(2)]
        on = join.on.replace("b.", "c.").replace("a.", "b.")
        source = f"{first.name} AS a {kinds[0]} {second.name} AS b ON b.{other} = a.{key}"
        source += f" {kinds[1]} {third.name} AS c ON {on}"
        aliases = {"a": first, "b": second, "c": third}
        conditions = [each for alias, domain in aliases.items() for each in self._perhaps(alias, domain)]
        return f"SELECT {self._named(aliases)} FROM {source}{self._clause('WHERE', conditions)}"

    def _case(self) -> str:
        domain = self._any_domain()
        one, two = (self._any_condition("a", domain) for _ in range(2))
        case = f"CASE WHEN {one} THEN 'x' WHEN {two} THEN 'y' END AS k"
        return f"SELECT {self._named({'a': domain})}, {case} FROM {domain.name} AS a{self._filter('a', domain)}"
