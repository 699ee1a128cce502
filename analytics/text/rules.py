"""The rules for questions, read from the files beside this one: one a language, one for all."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

Pattern = re.Pattern[str]


@lru_cache(maxsize=4)
def rules(name: str) -> dict[str, Pattern]:
    """
    Section → a pattern that matches where any of its lines does.

    Args:
        name: "nl", "en", or "any" for what is the same in all languages.
    """
    text = files("analytics.text").joinpath(f"questions_{name}.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        header = re.fullmatch(r"\[(\w+)\]", line)
        if header:
            section = header[1]
        elif section == "words":
            word, _, pattern = line.partition(" = ")
            words[word] = _filled(pattern, words)
        else:
            sections.setdefault(section, []).append(f"(?:{_filled(line, words)})")
    return {section: re.compile("|".join(lines)) for section, lines in sections.items()}


def _filled(pattern: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        pattern = pattern.replace(f"{{{word}}}", meaning)
    return pattern
