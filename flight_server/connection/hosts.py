"""Which URLs may `TokenUrl` and `Endpoint` name? Amazon's own hosts by https, and those that the operator allows.

Links to documents, which Amazon gives out and which get no token, may lead to any public host.

Credentials and access tokens are sent to these URLs, and the server may reach networks that its clients cannot: a URL
is matched as a whole against a narrow pattern, so user names, backslashes, queries and odd encodings never get through.
Facts: Amazon's list of regional endpoints, sandboxes and token hosts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flight_server.connection.setting_values import BadValue

AMAZON_TOKEN_HOSTS = frozenset({"api.amazon.com", "api.amazon.co.uk", "api.amazon.co.jp"})

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]*)*)",
    re.IGNORECASE | re.ASCII,
)
_LINK = re.compile(_URL.pattern.rpartition("(?P<path>")[0] + r"(?:/[\x21-\x7e]*)?", re.IGNORECASE | re.ASCII)
_ALLOWED_HOST = re.compile(r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class ApiHost:
    """One of Amazon's hosts of the API."""

    region: str
    is_sandbox: bool
    host: str

    @property
    def url(self) -> str:
        """The base URL."""
        return f"https://{self.host}"


API_HOSTS = tuple(
    ApiHost(region, is_sandbox, f"{'sandbox.' if is_sandbox else ''}sellingpartnerapi-{region.lower()}.amazon.com")
    for region in ("NA", "EU", "FE")
    for is_sandbox in (False, True)
)


def api_host(region: str, is_sandbox: bool) -> ApiHost:
    """The host of a region."""
    return next(each for each in API_HOSTS if (each.region, each.is_sandbox) == (region, is_sandbox))


def api_host_of(url: str) -> ApiHost | None:
    """Amazon's host that a checked URL names, if it is one."""
    return next((each for each in API_HOSTS if each.url == url), None)


def token_url(text: str, allowed_hosts: Iterable[str]) -> str:
    """The URL, checked; raise BadValue."""
    return _checked(text, AMAZON_TOKEN_HOSTS, allowed_hosts)


def endpoint_url(text: str, allowed_hosts: Iterable[str]) -> str:
    """The base URL, checked and without a trailing slash; raise BadValue."""
    url = _checked(text, frozenset(each.host for each in API_HOSTS), allowed_hosts).rstrip("/")
    if url.count("/") > 2:
        raise BadValue("must be a host without a path, such as https://sellingpartnerapi-na.amazon.com")
    return url


@dataclass(frozen=True)
class DocumentHost:
    """Where a link of Amazon's leads; one that the operator does not allow by name must have a public address."""

    host: str
    port: int
    is_allowed: bool


def document_host(url: str, allowed_hosts: Iterable[str]) -> DocumentHost:
    """The host of a link to a document: any by https, by http only those that the operator allows; raise BadValue."""
    match = _LINK.fullmatch(url)
    if match is None or not _is_port(match["port"]) or ".." in match["host"]:
        raise BadValue("is no plain link")
    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"]) if match["port"] else (443 if scheme == "https" else 80)
    is_allowed = host in allowed_hosts or f"{host}:{port}" in allowed_hosts
    if scheme != "https" and not is_allowed:
        raise BadValue("is not by https")
    return DocumentHost(host.strip("[]"), port, is_allowed)


def checked_allowed_host(text: str) -> str:
    """An entry of the operator's list, `HOST` (any port of it) or `HOST:PORT`, in lower case; raise BadValue."""
    match = _ALLOWED_HOST.fullmatch(text.strip().lower())
    if match is None or not _is_port(match["port"]):
        raise BadValue("must be HOST or HOST:PORT, such as 127.0.0.1:8099")
    return match[0]


def _checked(text: str, amazon_hosts: frozenset[str], allowed_hosts: Iterable[str]) -> str:
    match = _URL.fullmatch(text)
    if match is None or not _is_port(match["port"]) or ".." in match["host"]:
        raise BadValue("must be a plain URL: https://HOST[:PORT][/PATH], without user name, query or fragment")
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"]
    number = int(port) if port else (443 if scheme == "https" else 80)
    is_default = number == (443 if scheme == "https" else 80)
    if scheme == "https" and host in amazon_hosts and number == 443:
        return f"https://{host}{match['path']}"
    if host in allowed_hosts or f"{host}:{number}" in allowed_hosts:
        return f"{scheme}://{host}{'' if is_default else f':{number}'}{match['path']}"
    raise BadValue(
        f"must be https on one of {', '.join(sorted(amazon_hosts))}; "
        "other hosts only if the server's operator allows them (--allow-host)"
    )


def _is_port(port: str | None) -> bool:
    return port is None or 0 < int(port) < 65_536
