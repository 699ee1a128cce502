"""Which language of a language map a reader gets (RFC 2616 14.4, as Communication 2.1.3 asks)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(
    r"\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?",
    re.ASCII | re.IGNORECASE,
)
_MOST = 32
# Ranks of what nothing asked for, behind all that was: a wish ranks as its quality, negative.
_KIN, _STRANGER, _REFUSED = 1.0, 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Range:
    """A language range in lower case ("fr", "en-gb", "*") and how much it is wanted, 0 to 1."""

    tag: str
    quality: float

    def matches(self, tag: str) -> bool:
        """Whether a tag in lower case is the range or begins with it; "*" is left to the caller."""
        return tag == self.tag or tag.startswith(self.tag + "-")


def accept_language(header: str | None) -> tuple[Range, ...]:
    """
    What an Accept-Language header asks for, in its order.

    Args:
        header: Such as "nl, en-GB;q=0.8, *;q=0.1"; None when there is none. What cannot be read
            in it is passed over: a wish for a language is no ground for a refusal. Only the
            first 32 wishes are heard, for each is held against each entry of each map.
    """
    read = (_RANGE.fullmatch(part) for part in (header or "").split(",")[:_MOST])
    return tuple(Range(m[1].lower(), min(float(m[2] or 1), 1.0)) for m in read if m)


def one_language(language_map: Mapping[str, str], wanted: tuple[Range, ...]) -> dict[str, str]:
    """
    A language map with the one entry that suits its reader best; empty only if the map is.

    Best is the entry with the highest quality, by the longest range that matches its tag; of
    equals the one whose range stands first in the header, then the one nearest to its range,
    then the one that stands first in the map. Where no entry is acceptable, one in a wider sense
    is taken ("en" or "en-US" for "en-GB"), then the first that q=0 does not refuse, then the
    first.
    """
    if not language_map:
        return {}
    tag = min(language_map, key=lambda tag: _rank(tag.lower(), wanted))
    return {tag: language_map[tag]}


def _rank(tag: str, wanted: tuple[Range, ...]) -> tuple[float, int, int]:
    """Lower is better: quality, place in the header, distance from the range."""
    places = [i for i, r in enumerate(wanted) if r.matches(tag)]
    places = places or [i for i, r in enumerate(wanted) if r.tag == "*"]
    if not places:
        return (_kinship(tag, wanted), 0, 0)
    best = max(places, key=lambda i: len(wanted[i].tag))
    quality = wanted[best].quality
    if quality == 0:
        return (_REFUSED, 0, 0)
    return (-quality, best, 0 if wanted[best].tag == "*" else len(tag))


def _kinship(tag: str, wanted: tuple[Range, ...]) -> float:
    """How a tag that nothing asked for stands to what was: a relative of it, or a stranger."""
    family = tag.partition("-")[0]
    kin = any(r.quality > 0 and r.tag.partition("-")[0] == family for r in wanted)
    return _KIN if kin else _STRANGER
