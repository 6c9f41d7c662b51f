"""Tokens 2021-03-01: restricted data tokens for the operations that tell personal data.

Declares the operation as Amazon's model does. Which resources are restricted follows from the simulated operations
themselves; a path may name one resource or be the operation's own path with its placeholders.
"""

from flight_server.simulator.answers import Refused, unauthorized
from flight_server.simulator.login import CLAIMED_SECONDS, Resource
from flight_server.simulator.operations import Operation, OperationCall, operation
from flight_server.simulator.routes import find_operation, find_template

_RESOURCES_MAX = 50
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE"})


@operation(
    "POST",
    "/tokens/2021-03-01/restrictedDataToken",
    "createRestrictedDataToken",
    rate="1",
    burst=10,
)
def create_restricted_data_token(call: OperationCall) -> object:
    """A token that opens the resources listed, and nothing else."""
    if call.grant.is_restricted:
        raise unauthorized(reason="A restricted data token cannot ask for another.")
    resources = tuple(_resource(entry) for entry in _entries(call.body, strict=call.strict))
    if "restricted" not in call.grant.roles:
        elements = sorted({element for resource in resources for element in resource.data_elements})
        raise unauthorized(
            message=f"Application does not have access to one or more requested data elements: {elements}"
        )
    token = call.login.issue_restricted(call.grant, resources, call.seconds)
    return {"restrictedDataToken": token, "expiresIn": CLAIMED_SECONDS}


def _entries(body: object, *, strict: bool) -> list[object]:
    if not isinstance(body, dict):
        raise _bad("The body must be an object.")
    unknown = body.keys() - {"restrictedResources", "targetApplication"}
    if strict and unknown:
        raise _bad(f"Unknown members: {', '.join(sorted(unknown))}.")
    entries = body.get("restrictedResources")
    if not isinstance(entries, list) or not entries:
        raise _bad("Resource not provided.")
    if len(entries) > _RESOURCES_MAX:
        raise _bad(f"At most {_RESOURCES_MAX} resources are allowed.")
    return entries


def _resource(entry: object) -> Resource:
    if not isinstance(entry, dict) or entry.keys() - {"method", "path", "dataElements"}:
        raise _bad("A resource has method, path and dataElements.")
    method, path, elements = entry.get("method"), entry.get("path"), entry.get("dataElements", [])
    if method not in _METHODS or not isinstance(path, str):
        raise _bad("A resource needs a method and a path.")
    if not isinstance(elements, list) or not all(isinstance(element, str) for element in elements):
        raise _bad("dataElements must be a list of texts.")
    restricted = _restricted_operation(method, path)
    if restricted is None:
        raise _bad(f"{method} {path} is no restricted resource.")
    unknown = sorted(set(elements) - set(restricted.data_elements))
    if unknown:
        raise _bad(f"Data elements {', '.join(unknown)} do not exist for {method} {path}.")
    if restricted.data_elements and not elements:
        raise _bad(f"dataElements is required for {method} {path}.")
    return Resource(method, path, frozenset(elements))


def _restricted_operation(method: str, path: str) -> Operation | None:
    found = find_template(method, path)
    if found is None and "{" not in path:
        # A braced part that is not the operation's own placeholder is a mistake, not a resource.
        match = find_operation(method, path)
        found = match[0] if match else None
    return found if found and (found.is_restricted or found.data_elements or found.opens_restricted) else None


def _bad(reason: str) -> Refused:
    return Refused(400, "InvalidRequest", "Request is missing or has invalid parameters", reason=reason)
