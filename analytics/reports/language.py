"""Numbers, dates and sentences of a report in its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Language = Literal["en", "nl"]
LANGUAGES: tuple[Language, ...] = ("en", "nl")
NOTHING = "–"
_MONTHS: dict[Language, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
}
_WHOLE = 100  # from here on without decimals, as in the sentences of analytics.transfer
_FEW_PERCENT = 0.1  # below it a percentage has a decimal


class Text(NamedTuple):
    """The same in both languages; what stands in braces is filled in."""

    en: str
    nl: str


_TO = Text("{} to {}", "{} tot {}")
_FROM_ON = Text("{} or more", "{} of meer")
_HIDDEN = Text("hidden", "verborgen")


@dataclass(frozen=True)
class Tongue:
    """
    How a report says what it says.

    Args:
        name: The language.
        k: The fewest people a figure may be about.
    """

    name: Language
    k: int = 10

    def say(self, text: Text, **values: Any) -> str:
        """A text with its values, which are written already."""
        own: str = getattr(text, self.name)
        return own.format(**values) if values else own

    def number(self, value: float | None) -> str:
        """Three significant digits; whole from 100 on."""
        if value is None:
            return NOTHING
        text = f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"
        return self._own(text)

    def fixed(self, value: float | None) -> str:
        """Two decimals, for figures that are to be compared with each other."""
        return NOTHING if value is None else self._own(f"{value:.2f}")

    def count(self, value: int | None) -> str:
        """A number of people or acts; one that is hidden says no more than that."""
        return self.hidden if value is None else self._own(f"{value:,}")

    def whole(self, value: int | None) -> str:
        """A number that no small group hides in."""
        return NOTHING if value is None else self.count(value)

    @property
    def hidden(self) -> str:
        """
        Stands for a number that is not told.

        Not "<10": a hidden number may be larger, and is hidden so that a small one cannot be
        worked out; which of the two it is must not be told apart.
        """
        return NOTHING if self.k <= 1 else self.say(_HIDDEN)

    def percent(self, share: float | None) -> str:
        if share is None:
            return NOTHING
        return self._own(f"{share:.1%}" if 0 < abs(share) < _FEW_PERCENT else f"{share:.0%}")

    def range(self, ci: list[float | None] | None) -> str:
        """An interval of numbers; one without an upper end says so."""
        if not ci:
            return NOTHING
        text = _FROM_ON if ci[1] is None else _TO
        return self.say(text).format(*map(self.number, ci))

    def percents(self, ci: list[float] | None) -> str:
        """An interval of shares."""
        return NOTHING if not ci else self.say(_TO).format(*map(self.percent, ci))

    def month(self, name: str) -> str:
        """Of "2026-01": Jan 2026."""
        year, _, month = name.partition("-")
        return f"{_MONTHS[self.name][int(month) - 1]} {year}"

    def period(self, name: str) -> str:
        """A quarter as "Q1 2026" (Dutch: "kw 1 2026"), or a month."""
        year, _, part = name.partition("-")
        if not part.startswith("Q"):
            return self.month(name)
        return f"Q{part[1:]} {year}" if self.name == "en" else f"kw {part[1:]} {year}"

    def day(self, text: str) -> str:
        """Of an ISO 8601 time: 31 Jan 2026."""
        year, month, day = text[:10].split("-")
        return f"{int(day)} {_MONTHS[self.name][int(month) - 1]} {year}"

    @staticmethod
    def instant(text: str) -> str:
        """An ISO 8601 time without a fraction of nothing."""
        return text.replace(".000000", "")

    def _own(self, text: str) -> str:
        text = text.replace("-", "−")
        if self.name == "en":
            return text
        return text.translate({ord(","): ".", ord("."): ","})
