"""WebSockets of vendors, under the same rules as HTTP: where they may lead, and how they end."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from urllib3.util import parse_url
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from integrations.guard import Forbidden, check
from integrations.http import MOST_BYTES, PASSING, Busy, Http, Refused
from lrs import __version__

_CONNECT_SECONDS = 10.0
_QUIET_SECONDS = 1.0


def messages(http: Http, url: str) -> Iterator[str | None]:
    """
    The messages of a WebSocket until it is closed or breaks off.

    Args:
        http: The client of the source, which knows the hosts that its configuration names.
        url: ws or wss, with its query.

    Yields:
        None once it is open, and whenever no message came for a second.

    Raises:
        Busy: It is not opened now.
        Refused: It will not be opened.
    """
    http.walk.begin_anew()
    try:
        with _opened(http, url) as opened:
            yield None
            while True:
                try:
                    message = opened.recv(timeout=_QUIET_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                yield message if isinstance(message, str) else message.decode()
    except ConnectionClosed:
        return
    except (OSError, EOFError) as error:
        raise Busy(f"no connection: {error}") from error


def _opened(http: Http, url: str) -> ClientConnection:
    parts = parse_url(url)  # as `host_of`, by which it is trusted or not
    secure = parts.scheme == "wss"
    if parts.scheme not in ("ws", "wss") or not parts.host:
        raise Refused("no address of a WebSocket")
    host = parts.host.strip("[]")
    sock = socket.create_connection((host, parts.port or (443 if secure else 80)), _CONNECT_SECONDS)
    try:
        check(sock.getpeername()[0], trusted=http.is_trusted(url))
        return connect(
            url,
            sock=sock,
            ssl=ssl.create_default_context() if secure else None,
            server_hostname=host if secure else None,
            user_agent_header=f"social-lrs/{__version__}",
            additional_headers=http.headers_for(url),
            open_timeout=_CONNECT_SECONDS,
            close_timeout=1,
            max_size=MOST_BYTES,
            proxy=None,
        )
    except Forbidden as error:
        sock.close()
        raise Refused(str(error)) from error
    except InvalidStatus as error:
        sock.close()
        status = error.response.status_code
        if status not in PASSING:
            raise Refused(f"status {status} for {url.partition('?')[0]}", status) from error
        told = error.response.headers.get("Retry-After", "")
        raise Busy(f"status {status}", float(told) if told.isdigit() else None) from error
    except (InvalidHandshake, OSError, EOFError) as error:
        sock.close()
        raise Busy(f"no WebSocket: {error}") from error
