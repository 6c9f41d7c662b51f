"""Data of vendors that a seller may not ask for: the whole call is refused, not the data left out.

Goes from a call to nothing or to a refusal. The simulated account is a seller's; which word of which parameter belongs
to vendors is declared here, and the status differs from API to API, as reported.
"""

from flight_server.simulator.answers import Refused, invalid, unauthorized
from flight_server.simulator.operations import OperationCall

# Path of the API, parameter, word that only vendors may send, status of the refusal.
_OF_VENDORS = (
    ("/catalog/2022-04-01/", "includedData", "vendorDetails", 403),
    ("/catalog/2020-12-01/", "includedData", "vendorDetails", 400),
    ("/listings/2021-08-01/", "includedData", "procurement", 400),
)


def refuse_vendor_data(call: OperationCall) -> None:
    """Refuse a call that asks for data of vendors."""
    for path, parameter, word, status in _OF_VENDORS:
        if call.operation.path.startswith(path) and word in call.parameters.texts(parameter):
            raise _refusal(status, f"{word} is for vendors: {parameter} of a seller must not hold it.")


def _refusal(status: int, reason: str) -> Refused:
    return unauthorized(reason=reason) if status == 403 else invalid(reason)
