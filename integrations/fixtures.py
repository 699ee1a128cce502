"""
What becomes of recorded deliveries: `make fixtures [FIXTURES=<folder>]`.

A folder holds one folder per system with the files that the system sent. Every file goes through
its integration: a webhook with a right signature, a harvested page as the harvester hands it on.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from integrations.base import Delivery, Integration, Shown
from integrations.receive import MALFORMED, Outcome, accept, receive
from integrations.registry import configured, integrations
from integrations.source import Source
from lrs.domain.validation import problems
from lrs.domain.versions import Version

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "integrations"
SECRET = "secret-of-the-fixtures"  # noqa: S105 - signs recorded deliveries, guards nothing
NOW = 1_764_000_000.0
"""The clock of the replay, for schemes that sign a time."""


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded file, ready to be delivered."""

    path: Path
    source: Source
    delivery: Delivery
    harvested: bool
    now: float

    def run(self) -> Outcome:
        """Through the hook, or as the harvester hands it on."""
        if self.harvested:
            return accept(self.source, self.delivery)
        return receive(self.source, self.delivery, self.now)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a file: statements, skipped, dead-lettered or failed, and why."""

    file: str
    event: str
    kind: str
    statements: int
    why: str


def files(folder: Path) -> list[Path]:
    """The recorded files; notes on their origin and their headers do not count."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "ORIGIN.md" and not path.name.endswith(".headers.json")
    ]


def case(path: Path, folder: Path) -> Case:
    """
    The case of a file.

    Raises:
        LookupError: No integration answers for the folder it is in.
    """
    name = path.relative_to(folder).parts[0]
    integration = _integration(name)
    body = path.read_bytes()
    vector = _vector(body)
    if vector is not None:
        return _signed(path, integration, vector)
    headers = _headers(path)
    event = headers.get(integration.event_header, "")
    shown = Shown(event) if event else _shown(integration, body, path.stem)
    source = _source(integration, shown.instance or _claimed(headers), SECRET, shown.options)
    return Case(
        path, source, _delivery(integration, source, shown, headers, body), shown.harvested, NOW
    )


def _shown(integration: Integration, body: bytes, stem: str) -> Shown:
    """A body in no known shape is handed on all the same: it must become a dead letter."""
    try:
        return integration.recognise(body, stem)
    except MALFORMED:
        return Shown("", harvested=True)


def _integration(folder: str) -> Integration:
    for integration in integrations().values():
        if folder in (integration.name, integration.recorded_as):
            return integration
    raise LookupError(f"no integration for the folder {folder}")


def _vector(body: bytes) -> dict[str, Any] | None:
    """A published worked signature: secret, exact body, headers."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    keys = {"secret", "body", "headers"}
    return held if isinstance(held, dict) and keys <= held.keys() else None


def _signed(path: Path, integration: Integration, vector: dict[str, Any]) -> Case:
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    source = _source(integration, None, vector["secret"], {})
    delivery = Delivery(source=source.name, body=vector["body"].encode(), headers=headers)
    now = float(headers.get("x-slack-request-timestamp", NOW))
    return Case(path, source, delivery, False, now)


def _headers(path: Path) -> dict[str, str]:
    beside = path.with_name(f"{path.name.removesuffix(path.suffix)}.headers.json")
    if not beside.is_file():
        return {}
    return {name.lower(): str(value) for name, value in orjson.loads(beside.read_bytes()).items()}


def _claimed(headers: dict[str, str]) -> str | None:
    return headers.get("x-discourse-instance")


def _source(
    integration: Integration, instance: str | None, secret: str, options: Mapping[str, Any]
) -> Source:
    return configured(
        {
            "name": integration.name.replace("_", "-"),
            "integration": integration.name,
            "instance": instance or integration.instance or f"https://{integration.name}.example",
            "secrets": [secret] if integration.checks else [],
            "options": options,
        }
    )


def _delivery(
    integration: Integration, source: Source, shown: Shown, headers: dict[str, str], body: bytes
) -> Delivery:
    if integration.event_header and shown.event:
        headers = {**headers, integration.event_header: shown.event}
    delivery = Delivery(
        source=source.name,
        body=body if shown.body is None else shown.body,
        method="HARVEST" if shown.harvested else shown.method,
        event=shown.event,
        path="" if integration.event_header else shown.event,
        headers=headers,
        query=shown.query,
    )
    check = integration.check(source)
    return delivery if check is None or shown.harvested else check.sign(delivery, SECRET, NOW)


def row(path: Path, folder: Path) -> Row:
    """What becomes of one file. Whatever goes wrong is told as `failed`, never raised."""
    name = str(path.relative_to(folder))
    try:
        one = case(path, folder)
        outcome = one.run()
        broken = [f"{p}" for s in outcome.statements for p in problems(s, Version.V2)]
    except Exception as error:  # noqa: BLE001 - the report is the place where it must show
        return Row(name, "", "failed", 0, repr(error))
    event = one.delivery.headers.get(_integration(path.relative_to(folder).parts[0]).event_header)
    kind, why = _judged(outcome, broken)
    return Row(name, event or one.delivery.event, kind, len(outcome.statements), why)


def _judged(outcome: Outcome, broken: Sequence[str]) -> tuple[str, str]:
    skipped = ", ".join(f"{why} ({count})" for why, count in sorted(outcome.skipped.items()))
    if outcome.refused or broken:
        return "failed", outcome.refused or "; ".join(broken[:3])
    if outcome.dead_letter:
        return "dead-lettered", outcome.dead_letter
    if outcome.statements:
        return "statements", skipped
    return ("skipped", skipped) if skipped else ("failed", "neither Statement nor reason")


def report(folder: Path) -> Iterator[Row]:
    """A row per file of the folder."""
    return (row(path, folder) for path in files(folder))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table and the totals; the exit status is 1 if any file failed."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    folder = Path(arguments[0]) if arguments else DEFAULT
    rows = []
    for one in report(folder):
        rows.append(one)
        print(f"{one.file:<88} {one.kind:<14} {one.statements:>4}  {one.event}  {one.why}")  # noqa: T201
    kinds = Counter(one.kind for one in rows)
    print(  # noqa: T201
        f"accounted {len(rows) - kinds['failed']}, statements {sum(r.statements for r in rows)}, "
        f"skipped {kinds['skipped']}, dead-lettered {kinds['dead-lettered']}, "
        f"failed {kinds['failed']}"
    )
    return 1 if kinds["failed"] or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
