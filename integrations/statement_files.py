"""Files of Statements, as an LRS exports them: taken in as they are, and told one by one."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

import orjson

from integrations.imports import (
    AT_A_TIME,
    KEPT_OTHERWISE,
    REFUSED,
    STORED,
    UNCHANGED,
    Looked,
    Progress,
    Report,
    Row,
    chunks,
)
from integrations.json_items import Item, Items
from lrs.domain import attachments
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest, Conflict, LrsError
from lrs.domain.strict_json import Parsed
from lrs.domain.validation import problems
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs

_NAMESPACE = UUID("6f0d1d0a-5f0c-5c55-9d58-6a4f9a8c7b11")
_MOST_REASONS = 3


def importer(public_url: str) -> Credential:
    """Who asserts what a file tells that comes from no configured source."""
    account = {"homePage": public_url, "name": "import"}
    agent = {"objectType": "Agent", "name": "import", "account": account}
    return Credential("import", "import", frozenset({"statements/write", "define"}), agent)


def import_statements(
    lrs: Lrs,
    credential: Credential,
    items: Items,
    *,
    version: Version = Version.V2,
    dry_run: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """
    Take in Statements.

    One without an id gets one that follows from what it says, so that it is kept once.

    Args:
        credential: Whose Authority stands.
        version: Of Statements that do not say theirs.
        dry_run: Keep nothing, only tell.
        progress: Told how many Statements are done, of how many.
    """
    report, looked = Report(dry_run=dry_run), Looked(lrs, dry_run=dry_run)
    for some in chunks(items, min(AT_A_TIME, lrs.statements.limits.max_batch)):
        rows = {item.line: _judged(item, looked, version) for item in some}
        new = [item for item in some if rows[item.line].outcome == STORED]
        if not dry_run:
            for spoken in Version:
                batch = [one for one in new if spoken is _version(one.statement.plain, version)]
                for together in _apart(batch):
                    rows.update(_keep(lrs, credential, together, spoken))
        report.rows += rows.values()
        progress(len(report.rows), len(items))
    return report


def _version(statement: Any, default: Version) -> Version:
    said = statement.get("version") if isinstance(statement, dict) else None
    if not isinstance(said, str):
        return default
    return Version.V1 if said.startswith("1.") else Version.V2


def _judged(item: Item, looked: Looked, default: Version) -> Row:
    plain = item.statement.plain
    version = _version(plain, default)
    if isinstance(plain, str):
        return Row(item.line, REFUSED, plain)
    wrong = problems(plain, version)
    if wrong:
        told = "; ".join(f"{p.at}: {p.detail} [{p.spec}]" for p in wrong[:_MOST_REASONS])
        return Row(item.line, REFUSED, told)
    try:
        attachments.match([plain], _received(item))
    except BadRequest as error:
        return Row(item.line, REFUSED, f"{error.at}: {error.detail}")
    identified = _identified(item.statement)
    before = looked.before(identified, version)
    # A source that tells an act in other words is no mistake; a Statement that differs is one.
    outcome = {"": STORED, KEPT_OTHERWISE: REFUSED}.get(before, UNCHANGED)
    why = "a different Statement is kept under this id" if outcome == REFUSED else before
    return Row(item.line, outcome, why, identified.plain["id"])


def _apart(batch: Sequence[Item]) -> Iterator[list[Item]]:
    """Statements with data each alone, for data may be large; the others as they follow."""
    for attached, some in groupby(batch, lambda item: bool(_named(item))):
        together = list(some)
        yield from ([item] for item in together) if attached else (together,)


def _named(item: Item) -> list[str]:
    """The hashes of the data that may lie beside the file."""
    if item.data is None:
        return []
    return [each["sha2"].lower() for each in attachments.referenced(item.statement.plain)]


def _received(item: Item) -> dict[str, Received]:
    """
    The data of its attachments, as far as it lies beside the file.

    Raises:
        BadRequest: Data has not the hash that is its name.
    """
    found = {}
    for sha2 in _named(item):
        data = item.data.open(sha2) if item.data else None
        if data is None:
            continue
        with data:
            content = data.read()
        if not attachments.is_named_by(sha2, BytesIO(content)):
            raise BadRequest(f"the data of {sha2} has another hash", at="attachments")
        found[sha2] = Received(sha2, "", memoryview(content))
    return found


def _identified(sent: Parsed) -> Parsed:
    """The Statement with its id in lower case, or with one that follows from what it says."""
    told = sent.plain.get("id")
    if told is None:
        packed = orjson.dumps(sent.plain, option=orjson.OPT_SORT_KEYS)
        told = str(uuid5(_NAMESPACE, hashlib.sha256(packed).hexdigest()))
    own = {"id": told.lower()}
    return Parsed({**sent.plain, **own}, {**sent.exact, **own})


def _keep(
    lrs: Lrs, credential: Credential, batch: Sequence[Item], version: Version
) -> Iterator[tuple[int, Row]]:
    """Keep a batch, and where one of it is refused its halves; the rows of those refused."""
    if not batch:
        return
    sent = [_identified(item.statement) for item in batch]
    body = Parsed([one.plain for one in sent], [one.exact for one in sent])
    try:
        received = {sha2: one for item in batch for sha2, one in _received(item).items()}
        lrs.statements.keep(Request(body, received, credential, version, time.time_ns() // 1000))
    except (Conflict, BadRequest) as error:
        if len(batch) == 1:
            yield batch[0].line, Row(batch[0].line, REFUSED, _said(error), body.plain[0]["id"])
            return
        middle = len(batch) // 2
        yield from _keep(lrs, credential, batch[:middle], version)
        yield from _keep(lrs, credential, batch[middle:], version)


def _said(error: LrsError) -> str:
    return f"{error.at}: {error.detail}" if error.at else error.detail
