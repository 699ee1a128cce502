"""A question to a metric as it is asked from outside: typed, named by a key, and answered once."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from analytics.facts import manifest as manifests
from analytics.facts.engine import Engine
from analytics.registry import Rows, metric
from lrs import __version__
from lrs.domain.errors import BadRequest, NotFound
from lrs.services.analytics import Asked

_WHOLE = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)
_KEPT = 256
_LONGEST = 50 * 366 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """A metric, what is asked of it, and the fewest people a figure may be about."""

    metric: str
    asked: Asked
    min_group: int

    def packed(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def unpacked(cls, told: dict[str, Any]) -> Question:
        return cls(told["metric"], Asked(**told["asked"]), told["min_group"])


def question(name: str, asked: Asked, min_group: int) -> Question:
    """
    What is asked, with its options typed.

    Raises:
        NotFound: There is no such metric.
        BadRequest: An option that the metric does not have or that is of another kind; a window
            of more than 50 years.
    """
    known = dict(metric(name).options)
    for option in asked.options:
        if option not in known:
            raise BadRequest(f"{name} has no such option; it has {', '.join(known)}", at=option)
    if asked.until - asked.since > _LONGEST:
        raise BadRequest("a window is at most 50 years long", at="since")
    options = {one: _typed(known[one], value, one) for one, value in asked.options.items()}
    values = {**asdict(asked), "options": {**known, **options}}
    return Question(name, Asked(**values), min_group)


def _typed(default: Any, value: Any, at: str) -> Any:
    """A text as its default is; what is of its kind already stays."""
    if not isinstance(value, str):
        return value
    if isinstance(default, bool):
        if value not in ("true", "false"):
            raise BadRequest("this must be true or false", at=at)
        return value == "true"
    if isinstance(default, int):
        if not _WHOLE.fullmatch(value):
            raise BadRequest("this must be a whole number from 1 to 999999", at=at)
        return int(value)
    if isinstance(default, float):
        if not _NUMBER.fullmatch(value):
            raise BadRequest("this must be a number", at=at)
        return float(value)
    return value


def measured(asking: Question, facts: Path, engine: Engine) -> dict[str, Any]:
    """
    The metric's answer, here and now (analytics/measure.py).

    Raises:
        NotFound, BadRequest: As `analytics.measure.run`.
    """
    from analytics import measure

    values = {**asdict(asking.asked), "min_group": asking.min_group}
    return measure.run(asking.metric, facts, engine=engine, **values)


def rows(asking: Question, facts: Path, engine: Engine) -> Rows:
    """
    What the metric is made of.

    Raises:
        NotFound, BadRequest: As `analytics.measure.rows`.
    """
    from analytics import measure

    asked = asking.asked
    return measure.rows(
        measure.Question(asking.metric, options=asked.options),
        facts,
        since=asked.since,
        until=asked.until,
        min_group=asking.min_group,
        cutoff=asked.cutoff,
        timezone=asked.timezone,
        engine=engine,
    )


class Answers:
    """
    Answers that are kept as files, so that who asks again need not wait; a bounded number.

    The name of a file is made from all that its answer depends on, so none is ever out of date.
    """

    def __init__(self, folder: Path, facts: Path) -> None:
        self._folder = folder
        self._facts = facts

    def path(self, asking: Question) -> Path:
        """
        Where the answer is, or will be.

        Raises:
            NotFound: There are no facts yet.
        """
        manifest = manifests.load(self._facts)
        if manifest is None:
            raise NotFound("there are no facts yet; `lrs analyse refresh` makes them")
        cutoff = asking.asked.cutoff
        cutoff = manifest.cursor if cutoff is None else min(cutoff, manifest.cursor)
        packed = asking.packed()
        packed["asked"]["cutoff"] = cutoff
        depends = [
            packed,
            [manifest.made, manifest.months, manifest.roster, manifest.bots],
            [metric(asking.metric).version, __version__],
        ]
        name = hashlib.sha256(orjson.dumps(depends, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return self._folder / f"{name[:32]}.json"

    def table_path(self, result: dict[str, Any]) -> Path:
        """Where a result as Parquet is, or will be."""
        told = orjson.dumps([result, __version__])
        return self._folder / f"{hashlib.sha256(told).hexdigest()[:32]}.parquet"

    def kept(self, path: Path) -> bytes | None:
        """A file that is there."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, path: Path, made: bytes) -> None:
        """Keep a file, whole or not at all, and forget the oldest beyond the bound."""
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_bytes(made)
        temporary.replace(path)
        for old in sorted(self._folder.iterdir(), key=_age)[:-_KEPT]:
            old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process forgot it meanwhile
        return 0.0
