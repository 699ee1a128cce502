"""
Letters over SMTP: `smtp://user:password@host:587?starttls=1` or `smtps://user:password@host`.

One connection serves many letters. What the server answers is told apart by who has to do
something about it (RFC 5321 4.2.1): 4yz may be tried again, 5yz never, 421 means that the server
goes away; and where the connection breaks after the letter was sent, nobody knows.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, unquote, urlsplit

from lrs.domain.errors import BadRequest
from lrs.services.pulse_sending import Closed, Postponed, Refused, Unsure

_TIMEOUT_SECONDS = 30.0
_PORTS = {"smtp": 25, "smtps": 465}
_GOING_AWAY = 421
_OK, _ACCEPTED, _FOR_GOOD = 250, (250, 251), 500
_PER_SECOND = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """
    A mail server.

    Args:
        secure: `plain`, `starttls` or `tls`.
        per_second: The most letters a second that are handed to it.
        ca_file: Certificates that are trusted instead of the system's; "" for the system's.
    """

    host: str
    port: int
    secure: str
    user: str = ""
    password: str = ""
    per_second: float = _PER_SECOND
    ca_file: str = ""


def read_url(url: str) -> Server:
    """
    The server that LRS_SMTP_URL names.

    Raises:
        BadRequest: It is no such address, or a password would travel in the clear.
    """
    at = "LRS_SMTP_URL"
    parts, asked = urlsplit(url), parse_qs(urlsplit(url).query)
    unknown = set(asked) - {"starttls", "rate", "ca"}
    if parts.scheme not in _PORTS or not parts.hostname or unknown:
        form = "smtp://user:password@host:587?starttls=1&rate=10, or smtps://…"
        raise BadRequest(f"this must be {form}", at=at)
    starttls = asked.get("starttls", ["0"])[-1] == "1"
    secure = "tls" if parts.scheme == "smtps" else "starttls" if starttls else "plain"
    if parts.password and secure == "plain":
        raise BadRequest("a password needs smtps:// or ?starttls=1", at=at)
    try:
        rate = float(asked.get("rate", [_PER_SECOND])[-1])
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise BadRequest("the port and the rate are numbers", at=at) from None
    if not rate > 0:
        raise BadRequest("the rate is more than 0 a second", at=at)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    ca_file = asked.get("ca", [""])[-1]
    return Server(parts.hostname, port, secure, user, password, rate, ca_file)


class Mailer:
    """A connection to a mail server, made at the first letter and again after it broke."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._next = 0.0

    def send(self, letter: EmailMessage, sender: str, to: str) -> None:
        """
        Hand a letter to the server, no faster than it is set.

        Args:
            sender, to: Addresses.

        Raises:
            Postponed, Closed, Refused, Unsure: It was not taken, or perhaps not.
        """
        self._wait()
        with _told():
            smtp = self._connected()
            _check(smtp.mail(sender))
            _check(smtp.rcpt(to))
        self._data(smtp, letter)

    def _data(self, smtp: smtplib.SMTP, letter: EmailMessage) -> None:
        """From here on a broken connection may have lost the answer alone."""
        try:
            code, _ = smtp.data(letter.as_bytes(policy=SMTP.clone(max_line_length=78)))
        except smtplib.SMTPDataError as error:
            self._after(error.smtp_code)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Unsure(type(error).__name__) from error
        else:
            self._after(code)

    def _after(self, code: int) -> None:
        if code == _OK:
            return
        with _told():
            _check((code, b""))

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._smtp.rset()[0] == _OK:
                    return self._smtp
            self.close()
        self._smtp = _open(self._server)
        return self._smtp

    def close(self) -> None:
        """Let go of the connection."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _wait(self) -> None:
        now = time.monotonic()
        if self._next > now:
            time.sleep(self._next - now)  # no more letters a second than are wanted
        self._next = max(now, self._next) + 1 / self._server.per_second


def _open(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=server.ca_file or None)
    where = (server.host, server.port)
    if server.secure == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=_TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(*where, timeout=_TIMEOUT_SECONDS)
    try:
        if server.secure == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _check(answer: tuple[int, bytes]) -> None:
    code = answer[0]
    if code in _ACCEPTED:
        return
    if code == _GOING_AWAY or code < 0:
        raise Closed(str(code))
    raise Refused(str(code)) if code >= _FOR_GOOD else Postponed(str(code))


@contextmanager
def _told() -> Iterator[None]:
    """What breaks before the letter itself was sent: it did not go out, and no other will now."""
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise Closed(f"{type(error).__name__}: {error}") from error
