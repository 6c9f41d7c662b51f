"""Items of a batch that the marketplace does not know: refused with 400, as malformed ones, instead of 404.

Goes from the answer of a call that holds many requests to one whose failed responses say so; the others stay.
"""

from flight_server.simulator.operations import OperationCall

_NOT_FOUND = 404
_BAD = {"statusCode": 400, "reasonPhrase": "Bad Request"}


def with_bad_requests(_call: OperationCall, body: object) -> object:
    """The answer with its unknown items as bad requests."""
    responses = body.get("responses") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(responses, list):
        return body
    return {**body, "responses": [_refused(one) if _is_unknown(one) else one for one in responses]}


def _is_unknown(response: object) -> bool:
    status = response.get("status") if isinstance(response, dict) else None
    return isinstance(status, dict) and status.get("statusCode") == _NOT_FOUND


def _refused(response: dict[str, object]) -> dict[str, object]:
    told = response.get("body")
    if not isinstance(told, dict) or "errors" not in told:
        return {**response, "status": _BAD}
    errors = [{"code": "InvalidInput", "message": one["message"]} for one in told["errors"]]
    return {**response, "status": _BAD, "body": {**told, "errors": errors}}
