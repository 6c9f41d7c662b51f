"""Amounts as computed in doubles: 16.663333333333334 for an average, 3.4400000000000004 for a fee.

Goes from an answer to one whose money has the tail of a double; rounded, it is what it was. Money is a number beside
a currency. Sales metrics, whose model has texts, come as numbers too, and their average is the quotient itself.
"""

import math
from collections.abc import Mapping
from decimal import Decimal

from flight_server.simulator.operations import OperationCall

_METRICS = "getOrderMetrics"
_AMOUNTS = frozenset({"amount", "value", "currencyamount"})


def in_doubles(call: OperationCall, body: object) -> object:
    """The answer with amounts as doubles leave them."""
    if call.operation.operation_id == _METRICS:
        assert isinstance(body, dict)
        return {**body, "payload": [_metrics(row) for row in body["payload"]]}
    return _changed(body)


def _metrics(row: Mapping[str, object]) -> dict[str, object]:
    total, units = row["totalSales"], row["unitCount"]
    assert isinstance(total, dict)
    assert isinstance(units, int)
    sales = float(total["amount"])
    average = {**total, "amount": sales / units if units else 0}
    return {**row, "averageUnitPrice": average, "totalSales": {**total, "amount": sales}}


def _changed(value: object) -> object:
    if isinstance(value, list):
        return [_changed(one) for one in value]
    if not isinstance(value, dict):
        return value
    is_money = any("currency" in name.lower() and isinstance(told, str) for name, told in value.items())
    return {
        name: _with_tail(told) if is_money and name.lower() in _AMOUNTS else _changed(told)
        for name, told in value.items()
    }


def _with_tail(amount: object) -> object:
    """The next double: what a sum or a product comes to when it is not exact.

    >>> _with_tail(3.44), _with_tail("3.44"), _with_tail(0)
    (3.4400000000000004, '3.44', 0)
    """
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal) or not amount:
        return amount
    return math.nextafter(float(amount), math.inf)
