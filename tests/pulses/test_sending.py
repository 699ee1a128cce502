"""Letters over a real mail server: what it refuses, puts off or leaves unsaid loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from lrs.domain.errors import BadRequest
from lrs.mail import read_url
from lrs.pulse_letters import by_mail, compose
from lrs.services.pulse_sending import Post, Question
from lrs.stores.port import Store
from tests.pulses.parts import MailServer, Place, Table, certificate, day, mail_server, token_of

SENDER = "Learning <learning@example.org>"
MINUTE = 60_000_000
ANN = "ann@example.org"


class Killed(BaseException):
    """A process ends here."""


class Dying:
    """Sends by another post, and then the process dies before it can say so."""

    needs_address = True

    def __init__(self, post: Post, *, before: bool = False) -> None:
        self._post, self._before = post, before

    def send(self, question: Question) -> None:
        if not self._before:
            self._post.send(question)
        raise Killed


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def ready(place: Place, *addresses: str, **pulses: Any) -> None:
    place.declare(**pulses)
    for address in addresses or (ANN,):
        place.complete(address)
    place.pulses.plan(day(1))


def sent(place: Place, server: MailServer, now: int) -> dict[str, int]:
    with by_mail(server.url, SENDER) as post:
        return dict(place.sending.run(post, lambda: now) or {})


def killed(place: Place, post: Post, now: int) -> None:
    """A run that dies at its first letter; its lease is given back, as if it had run out."""
    with suppress(Killed):
        place.sending.run(post, lambda: now)


def test_a_letter_is_plain_and_html_in_the_learners_language(
    here: Place, server: MailServer
) -> None:
    here.person(ANN, name="Ann Smit", language="nl-NL")
    ready(here)

    assert sent(here, server, day(60)) == {"sent": 1}

    [(to, letter)] = server.taken
    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert to == ANN
    assert letter["To"] == "Ann Smit <ann@example.org>"
    assert letter["From"] == SENDER
    assert letter["Subject"] == "Twee minuten: “Feedback geven” in het werk"
    assert letter["Content-Language"] == "nl"
    assert "https://lrs.example/pulse/" in plain.get_content()
    assert '<html lang="nl">' in html.get_content()
    assert token_of(html.get_content()) == token_of(plain.get_content())
    assert letter["List-Unsubscribe"].endswith("/stop>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_nothing_about_anybody_stands_in_a_link(here: Place) -> None:
    ready(here)
    post = Table()

    here.run(post, day(60))

    [question] = post.sent
    assert "ann" not in question.link.lower()
    assert "feedback" not in question.link


def test_a_name_that_looks_like_a_header_or_a_placeholder_stays_a_name(here: Place) -> None:
    here.declare(ask=["supervisor"])
    here.person("boss@example.org", employee="1", name="Bo {day} <script>")
    here.person(ANN, manager="1", name="{name} <b>Ann</b>")
    here.complete(ANN)
    post = Table()
    here.run(post, day(60))

    letter = compose(post.sent[0], _sender())

    plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "{name} <b>Ann</b> completed “Giving feedback” 60 days ago" in plain.get_content()
    assert "{name} &lt;b&gt;Ann&lt;/b&gt;" in html.get_content()


def _sender() -> Any:
    from email.headerregistry import Address

    return Address("Learning", addr_spec="learning@example.org")


def test_reminders_come_when_they_are_due_and_end_with_the_answer(
    here: Place, server: MailServer
) -> None:
    ready(here, ANN, "bob@example.org", remind=[7, 14])
    sent(here, server, day(60))
    body = next(letter for to, letter in server.taken if to == ANN).get_body(("plain",))
    assert body is not None
    here.answers.answer(token_of(body.get_content()), {"score": ["50"]}, day(61))

    for number in (61, 67, 68, 74, 75, 80):
        sent(here, server, day(number))

    got = [(to, letter["Subject"].split(":")[0]) for to, letter in server.taken[2:]]
    assert got == [("bob@example.org", "Reminder")] * 2
    assert here.states() == [("answered", ""), ("reminded", "")]


def test_a_question_without_an_answer_expires(here: Place, server: MailServer) -> None:
    ready(here)
    sent(here, server, day(60))

    sent(here, server, day(60 + 30))

    assert here.states() == [("expired", "")]


@pytest.mark.parametrize("answer", ["rcpt 450", "data 451", "rcpt 452"])
def test_what_is_put_off_is_sent_later_and_longer_each_time(
    here: Place, server: MailServer, answer: str
) -> None:
    ready(here)
    server.answers = [answer, answer]

    runs = [sent(here, server, day(60) + minutes * MINUTE) for minutes in (0, 10, 15, 40, 45)]

    assert runs == [{"put off": 1}, {"waits": 1}, {"put off": 1}, {"waits": 1}, {"sent": 1}]
    assert len(server.taken) == 1


@pytest.mark.parametrize("answer", ["rcpt 550", "data 554"])
def test_what_is_refused_for_good_is_never_sent_again(
    here: Place, server: MailServer, answer: str
) -> None:
    """The server's text may name the address, so only its code is kept."""
    ready(here)
    server.answers = [answer]

    sent(here, server, day(60))
    sent(here, server, day(61))

    assert server.taken == []
    assert here.states() == [("undeliverable", f"refused by the mail server: {answer[-3:]}")]


def test_one_refused_letter_keeps_no_other_out(here: Place, server: MailServer) -> None:
    ready(here, *[f"p{number}@example.org" for number in range(5)])
    server.answers = ["rcpt 550", "rcpt 450"]

    counts = sent(here, server, day(60))

    assert counts == {"refused by the mail server": 1, "put off": 1, "sent": 3}
    assert len(server.taken) == 3


@pytest.mark.parametrize("answer", ["rcpt 421", "data 421", "drop early"])
def test_a_server_that_goes_away_ends_the_run_and_loses_nothing(
    here: Place, server: MailServer, answer: str
) -> None:
    ready(here, ANN, "bob@example.org")
    server.answers = [answer]

    counts = sent(here, server, day(60))
    later = sent(here, server, day(60) + 15 * MINUTE)

    assert counts == {"mail server not available": 1, "waits": 1}
    assert later == {"sent": 2}
    assert sorted(to for to, _ in server.taken) == [ANN, "bob@example.org"]


def test_no_server_at_all_loses_nothing(here: Place, server: MailServer) -> None:
    ready(here)
    nobody = MailServer(port=1)

    assert sent(here, nobody, day(60)) == {"mail server not available": 1}

    assert sent(here, server, day(60) + 15 * MINUTE) == {"sent": 1}


def test_a_connection_lost_after_the_letter_sends_it_at_most_twice(
    here: Place, server: MailServer
) -> None:
    """Nobody knows whether the first was taken; it was, and the second has the same Message-ID."""
    ready(here)
    server.answers = ["drop", "drop", "drop", "drop"]

    runs = [sent(here, server, day(60) + minutes * MINUTE) for minutes in (0, 5, 15, 30, 45)]

    assert runs == [{"unsure": 1}, {"waits": 1}, {"unsure": 1}, {"sent": 1}, {"waits": 1}]
    assert len(server.taken) == 2
    assert len({letter["Message-ID"] for _, letter in server.taken}) == 1
    assert here.states() == [("sent", "")]


def test_who_dies_between_letter_and_mark_sends_one_more_and_no_third(here: Place) -> None:
    ready(here)
    post = Table()

    for minutes in (0, 5, 10, 20, 30):
        killed(here, Dying(post), day(60) + minutes * MINUTE)
    here.sending.run(post, lambda: day(60) + 60 * MINUTE)

    assert len(post.sent) == 2
    assert here.states() == [("sent", "")]


def test_who_dies_before_the_letter_loses_nothing(here: Place) -> None:
    ready(here)
    post = Table()

    killed(here, Dying(post, before=True), day(60))
    here.sending.run(post, lambda: day(60) + 10 * MINUTE)

    assert len(post.sent) == 1
    assert here.states() == [("sent", "")]


def test_workers_at_the_same_time_send_each_letter_once(
    open_store: Callable[[], Store], server: MailServer
) -> None:
    """Also where both believe that the job is theirs: each letter is claimed in its row."""
    places = [Place.over(open_store()) for _ in range(3)]
    everyone = [f"p{number}@example.org" for number in range(25)]
    ready(places[0], *everyone)

    def work(place: Place) -> None:
        with by_mail(server.url, SENDER) as post:
            place.sending.hand_out("feedback", post, day(60))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, places))

    assert sorted(to for to, _ in server.taken) == sorted(everyone)
    assert places[0].states() == [("sent", "")] * 25


def test_only_one_worker_runs(open_store: Callable[[], Store], server: MailServer) -> None:
    places = [Place.over(open_store()) for _ in range(2)]
    ready(places[0])

    class Asking(Table):
        def send(self, question: Question) -> None:
            assert places[1].sending.run(Table(), lambda: day(60)) is None
            super().send(question)

    post = Asking()

    places[0].sending.run(post, lambda: day(60))

    assert len(post.sent) == 1


def test_letters_go_out_no_faster_than_is_set(here: Place, server: MailServer) -> None:
    ready(here, *[f"p{number}@example.org" for number in range(6)])
    url = server.url.replace("rate=1000", "rate=10")

    began = time.monotonic()
    with by_mail(url, SENDER) as post:
        here.sending.run(post, lambda: day(60))

    assert time.monotonic() - began >= 0.5
    assert len(server.taken) == 6


def test_starttls_and_a_password(here: Place, tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    ready(here)

    def check(_server: object, _session: object, _envelope: object, _how: str, data: Any) -> Any:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (b"lrs", b"se cret"))

    how = {"tls_context": context, "require_starttls": True, "authenticator": check}
    with mail_server(**how) as server:
        url = f"smtp://lrs:se%20cret@127.0.0.1:{server.port}?starttls=1&ca={trusted}"
        with by_mail(url, SENDER) as post:
            counts = here.sending.run(post, lambda: day(60))

    assert counts == {"sent": 1}
    assert server.tls


def test_a_server_that_cannot_prove_itself_gets_nothing(here: Place, tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    ready(here)

    with (
        mail_server(tls_context=context, require_starttls=True) as server,
        by_mail(f"smtp://127.0.0.1:{server.port}?starttls=1", SENDER) as post,
    ):
        counts = here.sending.run(post, lambda: day(60))

    assert counts == {"mail server not available": 1}
    assert server.taken == []


def test_an_address_no_header_can_hold_is_refused(here: Place, server: MailServer) -> None:
    ready(here, "zoë@example.org", ANN)

    sent(here, server, day(60))

    assert [to for to, _ in server.taken] == [ANN]
    assert ("undeliverable", "refused by the mail server: 553") in here.states()


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "smtp://",
        "smtp://u:p@mail.example",
        "smtp://mail.example?tls=1",
        "smtp://mail.example:x",
        "smtp://mail.example?rate=0",
        "smtp://mail.example?rate=fast",
    ],
)
def test_a_wrong_address_of_a_server_is_told(url: str) -> None:
    with pytest.raises(BadRequest) as told:
        read_url(url)

    assert told.value.at == "LRS_SMTP_URL"


def test_a_server_is_read_from_its_address() -> None:
    server = read_url("smtps://a%40b:p%2Fw@mail.example?rate=2.5")

    assert (server.host, server.port, server.secure) == ("mail.example", 465, "tls")
    assert (server.user, server.password, server.per_second) == ("a@b", "p/w", 2.5)


def test_without_an_address_to_send_from_nothing_is_sent(server: MailServer) -> None:
    with pytest.raises(BadRequest) as told, by_mail(server.url, ""):
        pass

    assert told.value.at == "LRS_MAIL_FROM"
