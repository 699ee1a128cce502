"""The rules for questions, read from the files beside this one: one a language, one for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

Pattern = re.Pattern[str]

_UNLESS_AFTER = re.compile(r"((?:\(\?<![^()]*\))+)\\b")


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
            sections.setdefault(section, []).append(_filled(line, words))
    return {section: any_of(lines) for section, lines in sections.items()}


def _filled(pattern: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        pattern = pattern.replace(f"{{{word}}}", meaning)
    return pattern


def any_of(patterns: list[str]) -> Pattern:
    """
    One pattern that matches where any of them does.

    What can match only at the start, or only where a word begins or ends, is not tried at every
    other character: that takes half of the time.
    """
    start, word, anywhere = [], [], []
    for pattern in patterns:
        for alternative in _alternatives(pattern):
            one = _UNLESS_AFTER.sub(r"\\b\1", alternative, count=1)
            if one.startswith("^"):
                start.append(one[1:])
            elif one.startswith(r"\b"):
                word.append(one[2:])
            else:
                anywhere.append(one)
    parts = [("^", start), (r"\b", word), ("", anywhere)]
    return re.compile(
        "|".join(f"{gate}(?:{'|'.join(own)})" for gate, own in parts if own),
    )


def _alternatives(pattern: str) -> Iterator[str]:
    """The parts of a pattern between the bars that stand in no group and no set."""
    depth, begin = 0, 0
    for found in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|[()|]", pattern):
        match found[0]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case "|" if not depth:
                yield pattern[begin : found.start()]
                begin = found.end()
    yield pattern[begin:]
