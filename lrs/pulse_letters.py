"""Questions as letters, and as rows of a table for who sends them by other means."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from html import escape
from pathlib import Path
from typing import TextIO

from babel.dates import format_date

from lrs.domain import pulse_texts, timestamps
from lrs.domain.errors import BadRequest
from lrs.mail import Mailer, read_url
from lrs.services.pulse_sending import Post, Question, Refused

COLUMNS = ("email", "identifier", "name", "language", "asked", "about", "reminder", "link", "until")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NO_MAILBOX = "553"


class MailPost:
    """
    By e-mail.

    Args:
        sender: `LRS_MAIL_FROM`: an address, with or without a name.
    """

    needs_address = True

    def __init__(self, mailer: Mailer, sender: str) -> None:
        self._mailer = mailer
        self._name, self._address = parseaddr(sender)
        if "@" not in self._address:
            raise BadRequest("an address to send from is needed", at="LRS_MAIL_FROM")

    def send(self, question: Question) -> None:
        """As `Post.send`."""
        if not question.reached.address.isascii():
            raise Refused(_NO_MAILBOX)  # it would need SMTPUTF8, which few servers speak
        try:
            letter = compose(question, Address(self._name, addr_spec=self._address))
        except ValueError:  # an address that no header can hold
            raise Refused(_NO_MAILBOX) from None
        self._mailer.send(letter, self._address, question.reached.address)


@contextmanager
def by_mail(url: str, sender: str) -> Iterator[Post]:
    """
    The post of a mail server, until the block ends.

    Raises:
        BadRequest: LRS_SMTP_URL or LRS_MAIL_FROM is wrong.
    """
    mailer = Mailer(read_url(url))
    try:
        yield MailPost(mailer, sender)
    finally:
        mailer.close()


def compose(question: Question, sender: Address) -> EmailMessage:
    """
    The letter: plain text and the same as HTML, in one language.

    The Message-ID follows from the pulse and the turn: of a letter that is sent twice because
    nobody knew whether it went out, many servers deliver one.

    Raises:
        ValueError: The address cannot stand in a header.
    """
    texts = pulse_texts.LETTER[question.language]
    name = pulse_texts.said(question.name, question.language)
    stop = f"{question.link}/stop"
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = Address(question.reached.name, addr_spec=question.reached.address)
    letter["Subject"] = _line(_put(texts["reminder" if question.turn else "subject"], name=name))
    letter["Date"] = formatdate()
    letter["Message-ID"] = f"<{question.key}.{question.turn}@{sender.domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["List-Unsubscribe"] = f"<{stop}>"
    letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    opening = _put(
        texts[question.asked],
        name=name,
        day=str(question.day),
        learner=question.reached.learner_name,
    )
    until = _put(texts["until"], until=long_day(question.until, question.language))
    plain = f"{opening}\n\n{question.link}\n\n{until}\n\n{texts['stop']}\n{stop}\n"
    letter.set_content(plain)
    letter.add_alternative(
        f'<!doctype html><html lang="{question.language}"><body>'
        f"<p>{escape(opening)}</p>"
        f'<p><a href="{escape(question.link)}">{escape(texts["answer"])}</a></p>'
        f"<p>{escape(until)}</p>"
        f'<p><a href="{escape(stop)}">{escape(texts["stop"].rstrip(":"))}</a></p>'
        "</body></html>",
        subtype="html",
    )
    letter["Content-Language"] = question.language  # at last: or it would go to the first part
    return letter


def long_day(instant: int, language: str) -> str:
    """The day (UTC) of a time in µs, as people write it."""
    return str(format_date(timestamps.moment(instant).date(), "long", locale=language))


def _put(text: str, **words: str) -> str:
    """The text with these words in it; a word that holds braces is no place for another."""
    for name in words:
        text = text.replace(f"{{{name}}}", f"\x00{name}\x00")
    for name, word in words.items():
        text = text.replace(f"\x00{name}\x00", word)
    return text


def _line(text: str) -> str:
    return " ".join(text.split())


class TablePost:
    """Into a table of links; each row is on disk before its question counts as asked."""

    needs_address = False

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._rows = csv.writer(file)
        self._rows.writerow(COLUMNS)

    def send(self, question: Question) -> None:
        """As `Post.send`; nothing is ever refused."""
        reached = question.reached
        cells = (
            reached.address,
            reached.identifier,
            reached.name,
            question.language,
            question.asked,
            reached.learner_name,
            str(question.turn),
            question.link,
            timestamps.text(question.until),
        )
        self._rows.writerow([_inert(cell) for cell in cells])
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def by_table(path: Path) -> Iterator[TablePost]:
    """
    A new file that only its owner can read, for who has a link can answer in somebody's name.

    Raises:
        BadRequest: There is such a file already; what stands in it may not be sent yet.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadRequest("this file is there already", at=str(path)) from None
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        yield TablePost(file)


def _inert(cell: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
