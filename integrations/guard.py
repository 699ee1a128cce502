"""
Which addresses a harvester may connect to.

The address that is really connected to is looked at, after names were resolved and before
anything is sent, so that no name, redirect or changing DNS answer leads elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url


class Forbidden(Exception):
    """An address that a harvester must not connect to."""


def host_of(url: str) -> str:
    """
    Host and port of an address, in lower case, as the client that sends will read it.

    Parsers differ over what is odd: where a backslash stands before the @, the standard library
    takes the host after it, and the one before it is asked.
    """
    return (parse_url(url).netloc or "").lower()


def check(address: str, *, trusted: bool) -> None:
    """
    Refuse an address inside the network.

    Args:
        address: An IP address.
        trusted: Whether the host stands in the source's own configuration: it may be in a
            private network, as an intranet's wiki is, but never link-local, where clouds keep
            their credentials.

    Raises:
        Forbidden: It must not be connected to.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    never = ip.is_link_local or ip.is_multicast or ip.is_unspecified
    if never or not (trusted or ip.is_global):
        raise Forbidden(f"{address} is not an address of the public internet")


def _looked_at(connection: Any, sock: socket.socket) -> socket.socket:
    try:
        check(sock.getpeername()[0], trusted=connection.trusted)
    except Forbidden:
        sock.close()
        raise
    return sock


class _Http(HTTPConnection):
    trusted = False

    def _new_conn(self) -> socket.socket:
        return _looked_at(self, super()._new_conn())


class _Https(HTTPSConnection):
    trusted = False

    def _new_conn(self) -> socket.socket:
        return _looked_at(self, super()._new_conn())


class _TrustedHttp(_Http):
    trusted = True


class _TrustedHttps(_Https):
    trusted = True


def _pool(base: type[Any], connection: type[Any]) -> type[Any]:
    return type(connection.__name__, (base,), {"ConnectionCls": connection})


_POOLS = {
    False: {"http": _pool(HTTPConnectionPool, _Http), "https": _pool(HTTPSConnectionPool, _Https)},
    True: {
        "http": _pool(HTTPConnectionPool, _TrustedHttp),
        "https": _pool(HTTPSConnectionPool, _TrustedHttps),
    },
}


class GuardedAdapter(HTTPAdapter):
    """An adapter of requests that looks at every address before it sends anything."""

    def __init__(self, *, trusted: bool) -> None:
        self._trusted = trusted
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _POOLS[self._trusted]


def mounts(trusted: Iterable[str]) -> dict[str, GuardedAdapter]:
    """Adapters by the beginning of an address: public ones, and the hosts that are trusted."""
    made = {scheme: GuardedAdapter(trusted=False) for scheme in ("http://", "https://")}
    known = GuardedAdapter(trusted=True)
    for host in trusted:
        made |= {f"http://{host}/": known, f"https://{host}/": known}
    return made
