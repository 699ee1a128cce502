"""How long people take part and whether the group grows: rules, identities, simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.growth import cohorts, growth, month_name, month_number
from analytics.survival.curve import kaplan_meier
from analytics.tenure import DAY, tenures

acts = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 20)), min_size=1, max_size=120)


def told(days_by_person, gap=90, cutoff=1000, start=None):
    pairs = [(person, day) for person, days in enumerate(days_by_person) for day in days]
    persons, days = np.array(pairs).T
    begin = None if start is None else start * DAY
    return tenures(persons, days * DAY, gap * DAY, cutoff * DAY, begin)


def test_an_exit_is_the_last_act_before_the_first_gap():
    found = told([[0, 50, 100, 300, 310]])

    assert (found.days.tolist(), found.ended.tolist()) == ([100], [True])


def test_a_gap_as_long_as_g_is_no_exit():
    found = told([[0, 90, 180, 271]])

    assert found.days.tolist() == [180]


def test_observation_ends_g_before_the_cutoff():
    """What they do later cannot be told apart from a long silence yet."""
    found = told([[700, 780, 850, 920, 990]])

    assert (found.days.tolist(), found.ended.tolist()) == ([910 - 700], [False])


def test_a_silence_up_to_the_cutoff_is_an_exit_once_it_is_long_enough():
    found = told([[880, 909], [880, 910]])

    assert (found.days.tolist(), found.ended.tolist()) == ([29, 30], [True, False])


def test_who_came_less_than_g_before_the_cutoff_is_not_yet_observable():
    found = told([[909], [910], [950]])

    assert (found.persons.tolist(), found.not_yet_observable) == ([0], 2)


def test_who_came_within_g_of_the_start_of_the_log_may_be_an_old_hand():
    found = told([[0], [89], [90]], start=0)

    assert (found.persons.tolist(), found.left_truncated) == ([2], 2)


def test_a_complete_log_leaves_nobody_out_as_truncated():
    found = told([[0], [89], [90]])

    assert (len(found.days), found.left_truncated) == (3, 0)


def test_the_order_of_the_acts_does_not_matter():
    persons, times = np.array([1, 0, 1, 0, 1]), np.array([5, 0, 300, 20, 1]) * DAY
    shuffled = np.array([3, 0, 4, 2, 1])

    one = tenures(persons, times, 90 * DAY, 1000 * DAY)
    two = tenures(persons[shuffled], times[shuffled], 90 * DAY, 1000 * DAY)

    assert one.days.tolist() == two.days.tolist() == [20, 4]


def test_the_median_of_simulated_lives_comes_back():
    """2.3: exponential lives of median 132.6 days in a log of 730; an act a day as long as they last."""
    rng = np.random.default_rng(20260101)
    start, mean = rng.uniform(0, 730, 32_000), 132.6 / np.log(2)
    end = start + rng.exponential(mean, 32_000)
    days = [
        np.append(np.arange(a, min(b, 730), 1.0), min(b, 730))
        for a, b in zip(start, end, strict=True)
    ]
    persons = np.repeat(np.arange(32_000), [len(d) for d in days])
    times = np.rint(np.concatenate(days) * DAY).astype(np.int64)

    found = tenures(persons, times, 90 * DAY, 730 * DAY)

    truth = np.median(end - start)
    assert kaplan_meier(found.days, found.ended).median() == pytest.approx(truth, abs=4)
    assert np.median(found.days[found.ended]) < truth - 25


@given(acts)
def test_growth_accounting_adds_up_in_every_month(acts):
    persons, months = np.array(acts).T

    rows = growth(persons, months)

    for before, row in zip([None, *rows], rows, strict=False):
        earlier = before.active if before else 0
        assert row.active == row.new + row.retained + row.resurrected
        assert row.active == earlier + row.new + row.resurrected - row.churned
        assert min(row.new, row.retained, row.resurrected, row.churned) >= 0
    assert sum(row.new for row in rows) == len(set(persons.tolist()))


@given(acts)
def test_growth_is_what_sets_say_it_is(acts):
    persons, months = np.array(acts).T
    active = {}
    for person, month in acts:
        active.setdefault(month, set()).add(person)

    rows = growth(persons, months)

    for row in rows:
        now, previous = active.get(row.month, set()), active.get(row.month - 1, set())
        earlier = set().union(*(who for month, who in active.items() if month < row.month))
        assert row.new == len(now - earlier)
        assert row.retained == len(now & previous)
        assert row.churned == len(previous - now)


@given(acts)
def test_a_cohort_starts_whole_and_new_people_are_its_start(acts):
    persons, months = np.array(acts).T

    kept = cohorts(persons, months)

    new = {row.month: row.new for row in growth(persons, months) if row.new}
    assert {month: counts[0] for month, counts in kept.items()} == new
    assert all(max(counts) == counts[0] for counts in kept.values())
    assert all(len(counts) == max(months) - month + 1 for month, counts in kept.items())


def test_months_without_anyone_are_told_up_to_the_last():
    rows = growth(np.array([0, 0]), np.array([10, 12]), last=13)

    assert [(row.month, row.active, row.churned) for row in rows] == [
        (10, 1, 0),
        (11, 0, 1),
        (12, 1, 0),
        (13, 0, 1),
    ]
    assert rows[2].resurrected == 1


def test_the_quick_ratio_is_null_when_nobody_churned():
    rows = growth(np.array([0, 0, 1]), np.array([0, 1, 1]))

    assert rows[1].quick_ratio is None


def test_month_numbers_go_on_over_the_year():
    assert month_number(1998, 1) - month_number(1997, 12) == 1
    assert month_name(month_number(1997, 12)) == "1997-12"
