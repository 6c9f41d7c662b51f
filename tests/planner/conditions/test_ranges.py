"""The algebra of domains, against plain membership."""

from hypothesis import given
from hypothesis import strategies as st

from flight_server.planner.conditions.ranges import Domain, Range, Values, contains, is_impossible, union

NUMBERS = range(-4, 5)
numbers = st.integers(min_value=-3, max_value=3)
bounds = st.none() | numbers
domains: st.SearchStrategy[Domain] = st.builds(Values, st.frozensets(numbers, max_size=3)) | st.builds(
    Range, bounds, bounds, st.booleans(), st.booleans()
)


def members(domain: Domain) -> set[int]:
    return {number for number in NUMBERS if contains(domain, number)}


@given(domains, domains)
def test_an_intersection_holds_what_both_hold(left: Domain, right: Domain) -> None:
    assert members(left.intersect(right)) == members(left) & members(right)


@given(domains, domains)
def test_a_union_holds_at_least_what_either_holds(left: Domain, right: Domain) -> None:
    assert members(union([left, right])) >= members(left) | members(right)


@given(st.frozensets(numbers), st.frozensets(numbers))
def test_a_union_of_finite_sets_is_exact(left: frozenset[int], right: frozenset[int]) -> None:
    assert union([Values(left), Values(right)]) == Values(left | right)


@given(domains)
def test_the_impossible_holds_nothing(domain: Domain) -> None:
    assert not is_impossible(domain) or members(domain) == set()
