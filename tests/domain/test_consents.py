"""Who may be recorded, by what they said last."""

from __future__ import annotations

import pytest

from lrs.domain.consents import Rule, Said, allows, concerns, latest


def said(given: bool, at: int, source: str | None = None, recorded: int = 0) -> Said:
    return Said(given, source, at, recorded, "key", "")


def test_the_last_that_holds_for_the_source_counts() -> None:
    all_said = [said(True, 10), said(False, 20, "forum"), said(True, 30, "wiki"), said(True, 50)]

    assert latest(all_said, "forum", 40) == all_said[1]
    assert latest(all_said, "wiki", 40) == all_said[2]
    assert latest(all_said, "blog", 40) == all_said[0]
    assert latest(all_said, "forum", 50) == all_said[3]
    assert latest(all_said, "forum", 9) is None


def test_of_one_moment_the_one_recorded_last_counts() -> None:
    first, second = said(True, 10, recorded=1), said(False, 10, recorded=2)

    assert latest([second, first], "forum", 10) == second


@pytest.mark.parametrize(
    ("rule", "nothing", "given", "withdrawn", "withdrawn_from_it"),
    [
        (Rule.OPT_IN, False, True, False, False),
        (Rule.OPT_OUT, True, True, False, False),
        (Rule.NOT_NEEDED, True, True, True, False),
    ],
)
def test_what_each_rule_allows(
    rule: Rule, nothing: bool, given: bool, withdrawn: bool, withdrawn_from_it: bool
) -> None:
    assert allows(rule, None) is nothing
    assert allows(rule, said(True, 1)) is given
    assert allows(rule, said(False, 1)) is withdrawn
    assert allows(rule, said(False, 1, "forum")) is withdrawn_from_it


def holds(rule: Rule, *all_said: Said) -> bool:
    """Whether a source may record who said all of this, now."""
    return allows(rule, latest((s for s in all_said if concerns(rule, s)), "forum", 99))


@pytest.mark.parametrize("rule", list(Rule))
def test_an_objection_is_heeded_by_every_source_until_consent_is_given(rule: Rule) -> None:
    objection = said(False, 10)._replace(objects=True)

    assert not holds(rule, objection)
    assert not holds(rule, objection, said(False, 20))  # that takes nothing back
    assert holds(rule, objection, said(True, 20))


def test_an_objection_to_another_source_says_nothing_of_this_one() -> None:
    assert holds(Rule.NOT_NEEDED, said(False, 10, "wiki")._replace(objects=True))
