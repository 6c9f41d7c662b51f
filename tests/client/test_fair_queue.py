"""Short work first, and nobody starves."""

from flight_server.activity import QueryActivity
from flight_server.client.quota.fair_queue import BY_ARRIVAL_EVERY, FairQueue, Place


def _query(api_calls: int) -> QueryActivity:
    return QueryActivity(sql="", session="", api_calls=api_calls)


def _served(queue: FairQueue, places: list[Place]) -> QueryActivity:
    """Give one permit and say whose it was."""
    (first,) = (place for place in places if queue.ahead_of(place) == 0)
    queue.granted()
    queue.leave(first)
    places.remove(first)
    first.query.api_calls += 1
    return first.query


def test_a_dashboard_passes_a_backfill() -> None:
    backfill, tile = _query(api_calls=500), _query(api_calls=0)
    queue = FairQueue()
    places = [queue.join(backfill), queue.join(tile)]
    assert _served(queue, places) is tile
    assert _served(queue, places) is backfill


def test_equal_queries_take_turns_in_the_order_of_arrival() -> None:
    queries = [_query(3) for _ in range(3)]
    queue = FairQueue()
    places = [queue.join(query) for query in queries]
    assert [_served(queue, places) for _ in range(3)] == queries


def test_a_backfill_goes_on_while_new_dashboards_keep_coming() -> None:
    backfill = _query(500)
    queue = FairQueue()
    places = [queue.join(backfill), queue.join(_query(0))]
    served = []
    for _ in range(5 * BY_ARRIVAL_EVERY):
        served.append(_served(queue, places))
        places.append(queue.join(backfill if served[-1] is backfill else _query(0)))
    assert served.count(backfill) == 5


def test_everybody_knows_how_many_come_first() -> None:
    queue = FairQueue()
    places = [queue.join(_query(api_calls)) for api_calls in (7, 0, 3)]
    assert [queue.ahead_of(place) for place in places] == [2, 0, 1]
    assert len(queue) == 3


def test_what_only_fills_the_mirror_comes_after_everybody_else() -> None:
    filling, others = QueryActivity(sql="", session="", fills_mirror=True), [_query(500) for _ in range(8)]
    queue = FairQueue()
    places = [queue.join(filling), *(queue.join(other) for other in others)]
    served = [_served(queue, places) for _ in range(9)]
    assert served[-1] is filling
