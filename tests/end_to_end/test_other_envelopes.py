"""Every table of an operation gives the same rows, for the same calls, when Amazon puts its answers into another
envelope: without the `payload` that the model has or with one that it has not, what stands beside the rows on the other
side of the wrapper, a list bare instead of in its object.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import adbc_driver_manager as driver
import pytest

from catalog.table import Table
from flight_server.simulator.answers import json_bytes
from flight_server.simulator.call_log import Entry
from flight_server.simulator.service import Delivery, Request, Service
from tests.end_to_end.keyed_queries import Seller, stated
from tests.end_to_end.told_rows import TABLES, running_seller, without_moment

Form = Callable[[Any, Table], Any]

OPERATION_TABLES = [table for table in TABLES if table.kind == "operation"]


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    yield from running_seller()


def without_or_with_wrapper(body: Any, _: Table) -> Any:
    """The wrapper taken away where there is one, put around all where there is none; an empty one tells nothing."""
    if isinstance(body, dict) and body.get("payload") == {}:
        return body
    if not isinstance(body, dict) or "payload" not in body:
        return {"payload": body}
    beside = {name: value for name, value in body.items() if name != "payload"}
    if not isinstance(body["payload"], dict):
        return {**beside, "payload": {"list": body["payload"]}}
    return {**beside, **body["payload"]}


def beside_on_the_other_side(body: Any, table: Table) -> Any:
    """What is not the rows themselves stands within the wrapper instead of beside it, or the other way round."""
    rows = table.row_path.removeprefix("payload.").split(".")[0].split("[")[0]
    if not isinstance(body, dict) or rows in ("$", ""):
        return body
    if not isinstance(body.get("payload"), dict):
        return {"payload": {rows: body[rows]}, **{name: value for name, value in body.items() if name != rows}}
    beside = {name: value for name, value in body.items() if name != "payload"}
    if beside:
        return {"payload": {**body["payload"], **beside}}
    return {"payload": {rows: body["payload"].get(rows)}, **{k: v for k, v in body["payload"].items() if k != rows}}


def bare_list(body: Any, table: Table) -> Any:
    """The list of the rows without the object around it, where nothing else is in it."""
    path, mark, _ = table.row_path.partition("[]")
    held = body
    for name in path.removeprefix("$").split("."):
        is_alone = isinstance(held, dict) and set(held) <= {name, "errors"}
        held = held.get(name) if isinstance(held, dict) and is_alone and name else held
    return held if mark and isinstance(held, list) else body


FORMS: tuple[Form, ...] = (without_or_with_wrapper, beside_on_the_other_side, bare_list)


@pytest.mark.parametrize("table", OPERATION_TABLES, ids=lambda table: table.qualified_name)
def test_the_rows_are_the_same_in_another_envelope(
    table: Table, seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = " AND ".join(stated(table, seller))
    sql = f"SELECT * FROM {table.qualified_name}" + (f" WHERE {where}" if where else "")
    expected = _asked(sql, seller)
    for form in FORMS:
        with monkeypatch.context() as patched:
            _answer_in(form, table, patched)
            assert _asked(sql, seller) == expected, form.__doc__


@pytest.mark.parametrize("table", OPERATION_TABLES, ids=lambda table: table.qualified_name)
def test_rows_beside_errors_are_an_error_or_a_column(
    table: Table, seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = " AND ".join(stated(table, seller))
    sql = f"SELECT * FROM {table.qualified_name}" + (f" WHERE {where}" if where else "")
    errors = [{"code": "Partly", "message": "not all of it"}, {"code": "Also", "message": "that"}]

    def beside(body: Any, _: Table) -> Any:
        return {**body, "errors": errors} if isinstance(body, dict) else {"list": body, "errors": errors}

    with monkeypatch.context() as patched:
        _answer_in(beside, table, patched)
        if table.errors_are_data:
            assert [json.loads(row["errors"]) for row in seller.rows(sql)] == [errors]
        else:
            with pytest.raises(driver.Error, match="Partly: not all of it; Also: that"):
                seller.rows(sql)


def _answer_in(form: Form, table: Table, patched: pytest.MonkeyPatch) -> None:
    operate = Service._operate

    def in_another_form(self: Service, request: Request, entry: Entry) -> Delivery:
        delivery = operate(self, request, entry)
        if not delivery.answer.body or delivery.answer.status >= 300 or request.path.startswith("/tokens/"):
            return delivery
        body = json_bytes(form(json.loads(delivery.answer.body), table))
        return replace(delivery, answer=replace(delivery.answer, body=body))

    patched.setattr(Service, "_operate", in_another_form)


def _asked(sql: str, seller: Seller) -> tuple[list[str], int]:
    """The rows, and how many calls they took."""
    seller.stack.simulator.clear_calls()
    rows = sorted(without_moment(json.dumps(row, default=str)) for row in seller.rows(sql))
    return rows, len(seller.stack.calls())
