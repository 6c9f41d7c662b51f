"""A call → the same call without data sets that it can do without. Pure; which they are is for others to find out."""

from collections.abc import Collection
from dataclasses import replace

from flight_server.plan import Call, Dispensable


def without(call: Call, left_out: Collection[Dispensable]) -> Call:
    """The call that asks for all but these; a parameter of which nothing is left is not sent."""
    if not left_out:
        return call
    pairs = {(each.parameter, each.value) for each in left_out}
    url_parameters = {}
    for name, value in call.url_parameters.items():
        values = (value,) if isinstance(value, str) else value
        kept = tuple(each for each in values if (name, each) not in pairs)
        if kept:
            url_parameters[name] = value if isinstance(value, str) else kept
    elements = tuple(element for element in call.restricted_elements if ("", element) not in pairs)
    return replace(
        call,
        url_parameters=url_parameters,
        restricted_elements=elements,
        # A token that named elements is of no use without them.
        needs_restricted_token=call.needs_restricted_token and (bool(elements) or not call.restricted_elements),
        dispensable=tuple(each for each in call.dispensable if each not in left_out),
    )
