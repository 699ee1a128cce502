"""A programme, people who complete it, and a mail server that answers as it is told."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.servers import free_port
from lrs.domain import strict_json, timestamps
from lrs.domain.programmes import pulse_activity
from lrs.domain.pulses import DAY
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.services.incoming import Request
from lrs.services.jobs import Jobs
from lrs.services.lrs import Lrs
from lrs.services.persons import Claim, Fact
from lrs.services.pulse_answers import Answers
from lrs.services.pulse_sending import Question, Sending
from lrs.services.pulses import Pulses
from lrs.services.statements import Limits
from lrs.stores.port import Query, Store

COURSE = "https://lms.example/courses/feedback"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
START = timestamps.parse("2026-03-02T09:00:00Z")
LMS = Credential(
    "lms",
    "LMS",
    frozenset({"all"}),
    {"objectType": "Agent", "account": {"homePage": "https://lrs.example", "name": "lms"}},
)
SAID = {"by": "test", "evidence": "a test"}
NAME = {"en": "Giving feedback", "nl": "Feedback geven"}


@dataclass
class Place:
    """All that is needed of one process, over one store."""

    lrs: Lrs
    pulses: Pulses
    sending: Sending
    answers: Answers

    @classmethod
    def over(cls, store: Store) -> Place:
        lrs = Lrs.over(store, Limits(5000, 64, 500), "https://lrs.example")
        jobs = Jobs(store, 5.0)
        pulses = Pulses(store, lrs.persons, lrs.programmes, jobs)
        return cls(lrs, pulses, Sending(lrs, jobs), Answers(lrs))

    def declare(self, *, programme: str = "feedback", **pulses: Any) -> None:
        """A programme that asks learners on day 60 unless told otherwise."""
        asks = {"days": [60], "ask": ["learner"], "remind": [7], "expire": 30, **pulses}
        declared = {"id": programme, "name": NAME, "activities": [COURSE], "pulses": asks}
        self.lrs.programmes.declare(declared, by="test", now=START)

    def keep(self, statement: dict[str, Any]) -> str:
        body = strict_json.Parsed([statement], [statement])
        return self.lrs.statements.keep(Request(body, {}, LMS, Version.V2, START))[0]

    def complete(self, address: str, at: int = START, **more: Any) -> str:
        """Somebody passes the course; the id of the Statement."""
        return self.keep(
            {
                "actor": {"mbox": f"mailto:{address}"},
                "verb": {"id": PASSED},
                "object": {"id": COURSE},
                "timestamp": timestamps.text(at),
                **more,
            }
        )

    def person(self, address: str, **facts: str) -> str:
        claims = [Claim(f"mbox:mailto:{address}")]
        told = [Fact(name, value) for name, value in facts.items()]
        return self.lrs.persons.put(None, claims, told, **SAID)

    def run(self, post: Any, now: int) -> dict[str, int]:
        """Plan, and send what is due, as a worker does at that time."""
        self.pulses.plan(now)
        return dict(self.sending.run(post, lambda: now) or {})

    def answered(self, asked: Any = "learner", programme: str = "feedback") -> list[dict[str, Any]]:
        """The Statements of answers."""
        term = f"activity:{pulse_activity(programme, asked)}"
        return [strict_json.kept(row.data) for row in self.lrs.store.find(Query(frozenset({term})))]

    def states(self, programme: str = "feedback") -> list[tuple[str, str]]:
        return sorted((pulse.state, pulse.reason) for _, pulse in self.pulses.rows.of(programme))


def day(number: int) -> int:
    """So many days after everybody's completion."""
    return START + number * DAY


@dataclass
class Table:
    """Takes every question."""

    needs_address: bool = True
    sent: list[Question] = field(default_factory=list)

    def send(self, question: Question) -> None:
        self.sent.append(question)


def token_of(text: str) -> str:
    """The token of the first link in a letter or an address."""
    found = re.search(r"/pulse/([\w.\-]+)", text)
    assert found, text
    return found.group(1)


@dataclass
class MailServer:
    """
    A mail server.

    Args:
        answers: To the next letters, in order: "rcpt 450", "data 550", "drop" (the connection,
            once the letter is read), "drop early" (before it); after them it takes everything.
        taken: Letters it has taken.
    """

    port: int = 0
    answers: list[str] = field(default_factory=list)
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    tls: bool = False
    logins: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?rate=1000"

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.seen.append(address)
        answer = self.answers[0] if self.answers else ""
        if answer.startswith("rcpt") or answer == "drop early":
            self.answers.pop(0)
        if answer == "drop early":
            assert server.transport is not None
            server.transport.abort()
        if answer.startswith("rcpt"):
            return f"{answer.removeprefix('rcpt ')} no"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else ""
        if answer.startswith("data"):
            return f"{answer.removeprefix('data ')} no"
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.taken.append((envelope.rcpt_tos[0], letter))
        self.tls = session.ssl is not None
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
        return "250 taken"


@contextmanager
def mail_server(**how: Any) -> Iterator[MailServer]:
    """A mail server on a free port until the block ends."""
    server = MailServer(port=free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port, **how)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server on 127.0.0.1 proves itself by, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
