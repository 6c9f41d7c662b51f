"""FBA Inventory v1: summaries of the stock that Amazon holds.

Declares the operation as Amazon's FBA Inventory model does; the data comes from the story. Page tokens live thirty
seconds (model text of nextToken).
"""

from datetime import datetime, timedelta

from flight_server.simulator.answers import invalid, invalid_token
from flight_server.simulator.operations import OperationCall, operation
from flight_server.simulator.paging import check_same
from flight_server.simulator.parameters import Parameter, check_marketplace, instant
from flight_server.simulator.story.amounts import Document

SUMMARIES_PER_PAGE = 50
TOKEN_SECONDS = 30.0
# A fast simulator shortens the life of tokens too, but no client can be asked to turn a page in a few milliseconds.
_TOKEN_SECONDS_MIN = 1.0
_DAYS_BACK = 548  # 18 months


@operation(
    "GET",
    "/fba/inventory/v1/summaries",
    "getInventorySummaries",
    rate="2",
    burst=2,
    role="inventory",
    parameters=(
        Parameter("details", "flag"),
        Parameter("granularityType", required=True, allowed=("Marketplace",)),
        Parameter("granularityId", required=True),
        Parameter("startDateTime", "instant"),
        Parameter("sellerSkus", "texts", at_most=50),
        Parameter("sellerSku"),
        Parameter("nextToken"),
        Parameter("marketplaceIds", "texts", required=True, at_most=1, is_marketplace=True),
    ),
)
def get_inventory_summaries(call: OperationCall) -> object:
    """The summaries that were asked for, fifty a page."""
    marketplace_id = call.parameters.text("granularityId")
    check_marketplace(marketplace_id, "granularityId")
    if call.parameters.texts("marketplaceIds") != (marketplace_id,):
        raise invalid("granularityId and marketplaceIds must name the same marketplace.")
    position, call = _begun(call)
    wanted = _wanted(call, call.story.inventory(marketplace_id))
    end = position + SUMMARIES_PER_PAGE
    is_detailed = call.parameters.flag("details")
    answer: Document = {
        "payload": {
            "granularity": {"granularityType": "Marketplace", "granularityId": marketplace_id},
            "inventorySummaries": [_told(summary, is_detailed) for summary in wanted[position:end]],
        }
    }
    if end < len(wanted):
        sent = {name: text for name, text in call.parameters.sent.items() if name != "nextToken"}
        next_token = call.page_tokens.issue("getInventorySummaries", sent, end, call.seconds, call.as_of)
        answer["pagination"] = {"nextToken": next_token}
    return answer


def _begun(call: OperationCall) -> tuple[int, OperationCall]:
    """Where to go on, and the call with the stock of the list's first page."""
    text = call.parameters.text("nextToken")
    if not text:
        return 0, call
    token = call.page_tokens.read(text, "getInventorySummaries", "nextToken")
    check_same(token, call.parameters.sent, "nextToken", may_omit=False)
    lifetime = max(TOKEN_SECONDS / call.speed, min(TOKEN_SECONDS, _TOKEN_SECONDS_MIN))
    if call.seconds - token.issued_at > lifetime:
        raise invalid_token("Invalid nextToken: it has expired. It lives 30 seconds.")
    return token.position, call.begun(token.as_of)


def _wanted(call: OperationCall, summaries: list[Document]) -> list[Document]:
    """The model's order of precedence: startDateTime, then sellerSkus, then sellerSku."""
    start = call.parameters.instant("startDateTime")
    if start is not None:
        if start < call.now - timedelta(days=_DAYS_BACK):
            raise invalid("startDateTime must not be earlier than 18 months ago.")
        return [summary for summary in summaries if _changed_since(summary, start)]
    skus = set(call.parameters.texts("sellerSkus"))
    if not skus and "sellerSku" in call.parameters:
        skus = {call.parameters.text("sellerSku")}
    return [summary for summary in summaries if summary["sellerSku"] in skus] if skus else summaries


def _changed_since(summary: Document, start: datetime) -> bool:
    changed = summary.get("lastUpdatedTime")
    return isinstance(changed, str) and instant(changed, "lastUpdatedTime") >= start


def _told(summary: Document, is_detailed: bool) -> Document:
    return summary if is_detailed else {name: summary[name] for name in summary if name != "inventoryDetails"}
