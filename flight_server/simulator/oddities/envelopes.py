"""Answers in another envelope than their model's: without `payload`, or with one.

Goes from an answer to the same in the other form: both are reported of sandbox and production. Restricted data tokens
are no data and keep their form.
"""

from flight_server.simulator.operations import OperationCall

_KEPT = "createRestrictedDataToken"


def in_other_envelope(call: OperationCall, body: object) -> object:
    """What stands in `payload` outside of it, what stands outside in it; a list has no other members beside it.

    Everything else of the answer stays where it is.
    """
    if call.operation.operation_id == _KEPT:
        return body
    if not isinstance(body, dict) or "payload" not in body:
        return {"payload": body}
    payload = body["payload"]
    others = {name: value for name, value in body.items() if name != "payload"}
    if isinstance(payload, dict):
        return {**payload, **others}
    return body if others else payload
