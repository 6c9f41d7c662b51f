"""Operations as the catalog would give them."""

from dataclasses import replace

from catalog.table import Operation, Paging, Parameter, UsagePlan
from flight_server.plan import Call

GET_ORDERS = Operation(
    "getOrders",
    "orders",
    "v0",
    "GET",
    "/orders/v0/orders",
    parameters=(
        Parameter("MarketplaceIds", "query", required=True, is_list=True),
        Parameter("NextToken", "query"),
        Parameter("MaxResultsPerPage", "query", type="integer"),
        Parameter("mskus", "query", is_list=True, repeated=True),
    ),
    usage_plan=UsagePlan(rate=0.5, burst=30),
)

ORDERS_PAGING = Paging("NextToken", "payload.NextToken", size="MaxResultsPerPage", size_max=100)

ORDERS = Call(GET_ORDERS, url_parameters={"MarketplaceIds": ("A1", "A2")}, paging=ORDERS_PAGING)


def unlike(call: Call, number: int) -> Call:
    """The same call as far as the server sees, but none that shares its pages with the others."""
    return replace(call, header_parameters={"x-number": str(number)})
