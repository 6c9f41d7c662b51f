"""A shelf against the plainest thing that keeps the same promises: a list."""

from hypothesis import given
from hypothesis import strategies as st

from flight_server.shelf import Shelf

IDLE_SECONDS, MAXIMUM, OWNER_MAXIMUM = 5.0, 6, 3

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "get", "remove", "forget", "wait"]), st.sampled_from("abcdefgh"), st.integers(0, 2)
    )
)


class _Listed:
    """(key, owner, used at), what was used longest ago first."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, float]] = []

    def expire(self, now: float) -> None:
        self.kept = [each for each in self.kept if each[2] >= now - IDLE_SECONDS]

    def drop(self, key: str) -> tuple[str, str, float] | None:
        found = next((each for each in self.kept if each[0] == key), None)
        self.kept = [each for each in self.kept if each[0] != key]
        return found

    def put(self, key: str, owner: str, now: float) -> None:
        self.drop(key)
        self.kept = [*self.kept, (key, owner, now)][-MAXIMUM:]
        surplus = [each for each in self.kept if each[1] == owner][:-OWNER_MAXIMUM]
        self.kept = [each for each in self.kept if each not in surplus]


@given(STEPS)
def test_a_shelf_keeps_what_was_used_last(steps: list[tuple[str, str, int]]) -> None:
    now = 0.0
    shelf: Shelf[str] = Shelf(IDLE_SECONDS, MAXIMUM, OWNER_MAXIMUM, clock=lambda: now)
    listed = _Listed()
    for step, key, number in steps:
        owner = f"owner {number}"
        listed.expire(now)
        if step == "put":
            shelf.put(key, owner, key)
            listed.put(key, owner, now)
        elif step == "get":
            found = listed.drop(key)
            assert (shelf.get(key) is None) == (found is None)
            listed.kept += [] if found is None else [(key, found[1], now)]
        elif step == "remove":
            assert (shelf.remove(key) is None) == (listed.drop(key) is None)
        elif step == "forget":
            shelf.remove_owned(owner)
            listed.kept = [each for each in listed.kept if each[1] != owner]
        else:
            now += number
            listed.expire(now)
        assert len(shelf) == len(listed.kept)
