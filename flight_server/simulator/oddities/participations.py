"""Participations that are no marketplaces: where accounts of long standing are said to take part, and cannot be asked.

Goes from an answer to one whose list of marketplaces is longer. Ids and names are those that sellers report; they
stand for orders of other channels and for Amazon's own tests. Every operation refuses them as it does unknown ones.
"""

from flight_server.simulator.operations import OperationCall

_FOREIGN = (
    ("A2ZV50J4W1RKNI", "Non-Amazon US", "US", "USD", "en_US", "sim1.stores.amazon.com"),
    ("A1MQXOICRS2Z7M", "Non-Amazon CA", "CA", "CAD", "en_CA", "siprod.stores.amazon.ca"),
    ("A3H6HPSLHAK3XG", "Non-Amazon MX", "MX", "MXN", "es_MX", "siprod.stores.amazon.com.mx"),
    ("AZXD3QD5B39HD", "SI Prod Marketplace", "US", "USD", "en_US", "siprod.stores.amazon.com"),
)
_LIST = "marketplaceParticipationList"


def with_foreign_marketplaces(call: OperationCall, body: object) -> object:
    """The answer with the foreign participations, in the middle of its own."""
    if call.operation.path == "/sellers/v1/marketplaceParticipations":
        assert isinstance(body, dict)
        return {**body, "payload": _mixed(body["payload"])}
    if call.operation.path == "/sellers/v1/account":
        assert isinstance(body, dict)
        account = body["payload"]
        return {**body, "payload": {**account, _LIST: _mixed(account[_LIST])}}
    return body


def _mixed(own: list[object]) -> list[object]:
    return [*own[:1], *(_participation(*one) for one in _FOREIGN), *own[1:]]


def _participation(marketplace_id: str, name: str, country: str, currency: str, locale: str, domain: str) -> object:
    return {
        "marketplace": {
            "id": marketplace_id,
            "name": name,
            "countryCode": country,
            "defaultCurrencyCode": currency,
            "defaultLanguageCode": locale,
            "domainName": domain,
        },
        "participation": {"isParticipating": True, "hasSuspendedListings": False},
        "storeName": "",
    }
