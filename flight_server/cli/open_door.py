"""May a server with these options listen at this address? Beyond loopback only with TLS, and not for just anyone.

Knows addresses, and where credentials come from; knows no Flight. Whoever reaches a server that holds credentials of
its own, in its environment or in a profile without a Secret, reads the account's business with them.
"""

import ipaddress
from collections.abc import Mapping

from flight_server.connection.profiles import Profile
from flight_server.errors import SettingError
from flight_server.protocol import Tls

_WAY_ROUND = "or, where that is meant, give --insecure-anyone-may-read"


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach the address.

    >>> is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def open_doors(tls: Tls | None, defaults: Mapping[str, str], profiles: Mapping[str, Profile]) -> list[str]:
    """What a server lacks to be reached from elsewhere, each as a sentence; empty: it is safe."""
    lacks = []
    if tls is None:
        lacks.append("TLS is missing, so secrets would travel in plain text: give --tls-cert and --tls-key")
    if tls is None or not tls.client_ca:
        holders = [f"profile {name}" for name, profile in profiles.items() if _is_open(profile)]
        if _has_credentials(defaults):
            holders.insert(0, "the environment")
        if holders:
            lacks.append(
                f"authentication is missing, so anyone could read with the credentials of {' and '.join(holders)}: "
                "move them to profiles with a Secret, ask for client certificates (--tls-client-ca), "
                "or let each connection bring its own"
            )
    return lacks


def refuse_open_doors(host: str, tls: Tls | None, defaults: Mapping[str, str], profiles: Mapping[str, Profile]) -> None:
    """Raise SettingError where the address can be reached from elsewhere and something is missing."""
    lacks = [] if is_loopback(host) else open_doors(tls, defaults, profiles)
    if lacks:
        raise SettingError(
            "host", f"--host {host} can be reached from other machines. {'. '.join(lacks)}; {_WAY_ROUND}"
        )


def _is_open(profile: Profile) -> bool:
    return not profile.secret and _has_credentials(profile.values)


def _has_credentials(values: Mapping[str, str]) -> bool:
    return any(values.get(name, "").strip() for name in ("ClientSecret", "RefreshToken"))
