"""Odd answers, each as sellers and developers report it of the real API, switched on together or one by one.

Goes from a call to the bytes of its answer: first what is refused, then the operation, then the changes of its answer,
then the spelling. Every oddity is a function in a module of its own that knows none of the others; what is odd where
is data there. The same seed and call give the same oddities, and no row is told otherwise than without them.

    roles           data of vendors is refused to a seller
    participations  an account takes part in marketplaces that are none
    numbers         amounts are computed in doubles
    batches         an item that the marketplace does not know is refused with 400
    empties         an empty text or list stands in the place of an object that is not there
    envelopes       `payload` is missing where the model has it, and there where it has none
    escapes         JSON texts are escaped where they need not be
    documents       documents of reports are not what they are told to be; `reports.documents` makes them so
"""

from collections.abc import Callable, Collection, Mapping

from flight_server.simulator.answers import json_bytes
from flight_server.simulator.oddities.batches import with_bad_requests
from flight_server.simulator.oddities.empties import with_empties
from flight_server.simulator.oddities.envelopes import in_other_envelope
from flight_server.simulator.oddities.escapes import escaped
from flight_server.simulator.oddities.numbers import in_doubles
from flight_server.simulator.oddities.participations import with_foreign_marketplaces
from flight_server.simulator.oddities.roles import refuse_vendor_data
from flight_server.simulator.operations import OperationCall

_CHANGES: Mapping[str, Callable[[OperationCall, object], object]] = {
    "participations": with_foreign_marketplaces,
    "numbers": in_doubles,
    "batches": with_bad_requests,
    "empties": with_empties,
    "envelopes": in_other_envelope,  # after those that look for rows where the model has them
}
ODDITIES = ("roles", *_CHANGES, "escapes", "documents")


def answer_bytes(call: OperationCall, oddities: Collection[str]) -> bytes:
    """The answer of a call with these oddities; Refused where one of them, or the operation, refuses it."""
    if "roles" in oddities:
        refuse_vendor_data(call)
    body = call.operation.answer(call)
    for name, change in _CHANGES.items():
        if name in oddities:
            body = change(call, body)
    written = json_bytes(body)
    return escaped(written) if "escapes" in oddities else written
