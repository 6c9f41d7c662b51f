"""Answers in another envelope than their model's: without `payload`, or with one.

Goes from an answer to the same in the other form: both are reported of sandbox and production. Restricted data tokens
are no data and keep their form.
"""

from flight_server.simulator.operations import OperationCall

_KEPT = "createRestrictedDataToken"


def in_other_envelope(call: OperationCall, body: object) -> object:
    """What stands in `payload` outside of it, and what stands outside in it.

    An empty payload keeps its envelope, since nothing at all says less; so does a list with other members beside it.
    """
    if call.operation.operation_id == _KEPT:
        return body
    if not isinstance(body, dict) or "payload" not in body:
        return {"payload": body}
    payload = body["payload"]
    others = {name: value for name, value in body.items() if name != "payload"}
    if payload == {}:
        return body
    if isinstance(payload, dict):
        return {**payload, **others}
    return body if others else payload
