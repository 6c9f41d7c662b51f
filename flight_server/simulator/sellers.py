"""Sellers v1: the account and its marketplaces.

Declares the operations as Amazon's Sellers model does; the data comes from the story.
"""

from flight_server.simulator.operations import OperationCall, operation


@operation("GET", "/sellers/v1/marketplaceParticipations", "getMarketplaceParticipations", rate="0.016", burst=15)
def get_marketplace_participations(call: OperationCall) -> object:
    """Every marketplace with the seller's part in it."""
    return {"payload": call.story.participations()}


@operation("GET", "/sellers/v1/account", "getAccount", rate="0.016", burst=15)
def get_account(call: OperationCall) -> object:
    """The seller account."""
    return {"payload": call.story.account()}
