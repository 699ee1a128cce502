"""Group-time difference in differences: planted effects, pre-trends, sizes, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analytics.analyse.cli import analyse as command
from analytics.simulate.rollout import Rollout
from analytics.simulate.rollout import panel as panel_of
from analytics.transfer import did
from analytics.transfer.did import Panel
from analytics.transfer.rollout import analyse
from tests.analytics.published import lrs_analyse

OPTIONS = ("--unit", "dept", "--period", "month", "--outcome", "y", "--first-treated", "opened")


def departments(seed: int, *, count: int = 60, drift: float = 0.0, effect: float = 0.1) -> Panel:
    """24 months; a third opens in month 10, a third in 16; the effect grows by `effect` a month."""
    return panel_of(Rollout(count, effect, drift), seed)


def truth(effect: float = 0.1) -> float:
    """Mean over treated department-months: 14 months of one group, 8 of the other."""
    return effect * (sum(range(1, 15)) + sum(range(1, 9))) / 22


def long_table(panel: Panel) -> pd.DataFrame:
    rows = [
        (f"d{unit}", month + 1, panel.outcome[unit, month], start + 1 if start < 24 else None)
        for unit, start in enumerate(panel.start)
        for month in range(panel.periods)
    ]
    return pd.DataFrame(rows, columns=["dept", "month", "y", "opened"])


def test_a_growing_effect_is_found_without_bias_and_covered() -> None:
    runs = [analyse(departments(seed), list(range(24)), outcome="y") for seed in range(120)]
    shown = [run["att"] for run in runs if run["att"]["estimate"] is not None]

    bias = np.mean([att["estimate"] for att in shown]) - truth()
    covered = np.mean([att["ci"][0] <= truth() <= att["ci"][1] for att in shown])

    assert Rollout().truth == pytest.approx(truth())
    assert len(shown) >= 108  # a level 5% check may withhold some
    assert {run["wording"]["level"] for run in runs if run["att"]["ci"]} == {"3"}
    assert abs(bias) < 0.03
    assert 0.90 <= covered <= 1.0


def test_planted_pretrends_withhold_the_estimate() -> None:
    runs = [analyse(departments(s, drift=0.02), list(range(24)), outcome="y") for s in range(60)]

    caught = [run for run in runs if run["att"]["estimate"] is None]

    assert len(caught) >= 57
    assert "moved apart before the start" in caught[0]["withheld"][0]["why"]
    assert caught[0]["wording"]["level"] == "0"
    assert caught[0]["by_event_time"] == []


@pytest.mark.parametrize(
    ("sizes", "starts", "never"),
    [
        ((2, 2, 2, 2, 2, 2), (2, 3, 4, 5, 6, 7), 30),
        ((3, 3, 3), (2, 3, 4), 16),
        ((4, 4), (2, 3), 8),
        ((8,), (3,), 8),
        ((1,) * 8, (2, 3, 4, 5, 6, 7, 8, 9), 12),
    ],
)
def test_groups_that_moved_alike_are_seldom_told_to_have_moved_apart(
    sizes: tuple[int, ...], starts: tuple[int, ...], never: int
) -> None:
    """Also where few departments start together: six pairs were rejected four times in five."""
    draw = np.random.default_rng(1)
    start = np.concatenate([np.repeat(starts, sizes), np.repeat(10, never)])
    found = []
    for _ in range(200):
        panel = Panel(draw.normal(size=(len(start), 10)).cumsum(axis=1), start)
        cells = [cell for cell in did.cells_of(panel) if cell.comparison >= did.MIN_COMPARISON]
        found.append(did.pretrend_of(panel, cells).passed)

    assert found.count(False) <= 20


def test_groups_with_enough_departments_are_tested_jointly() -> None:
    """A blip before the start is no drift: only the joint test sees it."""
    draw = np.random.default_rng(2)
    start = np.repeat([3, 10], [12, 20])
    outcome = draw.normal(0, 0.1, size=(32, 10))
    outcome[:12, 1] += 1.0

    pretrend = did.pretrend_of(Panel(outcome, start), did.cells_of(Panel(outcome, start)))

    assert pretrend.joint is not None
    assert pretrend.joint < 0.001
    assert pretrend.passed is False


def test_the_jackknife_is_the_one_done_by_hand() -> None:
    panel = departments(1, count=24)
    cells = [cell for cell in did.cells_of(panel) if cell.event_time >= 0]

    found = did.combine(panel, cells)

    values = []
    for unit in range(24):
        rest = Panel(np.delete(panel.outcome, unit, 0), np.delete(panel.start, unit))
        # eight never treated less one would change the comparison group; keep it as it was
        again = [did._cell(rest, c.group, (c.group - 1, c.period), rest.never) for c in cells]
        values.append(did.combine(rest, [cell for cell in again if cell]).value)
    by_hand = np.sqrt(23 / 24 * ((np.array(values) - np.mean(values)) ** 2).sum())
    assert found.se == pytest.approx(by_hand)


def alone(starts: tuple[int, ...], sizes: tuple[int, ...], never: int, seed: int = 3) -> Panel:
    """Ten months, an effect of a half; some departments may open on their own."""
    draw = np.random.default_rng(seed)
    start = np.concatenate([np.repeat(starts, sizes), np.repeat(10, never)])
    noise = draw.normal(0, 0.3, size=(len(start), 10))
    return Panel(noise + 0.5 * (np.arange(10) >= start[:, None]), start)


def test_a_department_that_opens_alone_takes_no_standard_error_away() -> None:
    """Left out, it takes its group with it, as it does when the table is run without it."""
    panel = alone((4, 7), (9, 1), 10)

    found = analyse(panel, list(range(10)), outcome="y")

    values = [
        analyse(
            Panel(np.delete(panel.outcome, unit, 0), np.delete(panel.start, unit)),
            list(range(10)), outcome="y", no_minimum=True,
        )["att"]["estimate"]
        for unit in range(20)
    ]  # fmt: skip
    by_hand = np.sqrt(19 / 20 * ((np.array(values) - np.mean(values)) ** 2).sum())
    assert found["att"]["se"] == pytest.approx(by_hand)
    assert found["pretrend"]["drift_p"] is not None
    assert found["withheld"] == []
    assert found["wording"]["level"] == "3"


def test_departments_that_all_open_alone_have_a_check_and_an_interval() -> None:
    panel = alone(tuple(range(1, 10)), (1,) * 9, 12)

    found = analyse(panel, list(range(10)), outcome="y")

    assert found["pretrend"]["passed"] is True
    assert found["att"]["ci"][0] < 0.5 < found["att"]["ci"][1]


def test_the_drift_without_a_unit_is_the_drift_of_the_others() -> None:
    panel = alone((3, 4, 7), (5, 3, 1), 9)
    cells = [cell for cell in did.cells_of(panel) if cell.event_time < 0]

    found = did.drift_of(panel, cells)

    values = []
    for unit in range(18):
        rest = Panel(np.delete(panel.outcome, unit, 0), np.delete(panel.start, unit))
        again = [cell for cell in did.cells_of(rest) if cell.event_time < 0]
        values.append(did.drift_of(rest, again).value)
    by_hand = np.sqrt(17 / 18 * ((np.array(values) - np.mean(values)) ** 2).sum())
    assert found.se == pytest.approx(by_hand)


def test_without_enough_never_treated_the_not_yet_treated_compare() -> None:
    panel = departments(2)
    late = Panel(panel.outcome, np.where(panel.start == 24, 20, panel.start))

    result = analyse(late, list(range(24)), outcome="y")

    assert result["comparison"] == "not yet treated"
    assert {c["group"] for c in result["group_time"]} == {10, 16, 20}
    # the last group has nobody left to compare with once it starts
    assert all(c["period"] < 20 for c in result["group_time"])


def test_too_few_departments_are_withheld_unless_asked_for(tmp_path: Path) -> None:
    table = long_table(departments(3, count=15))

    plain = lrs_analyse("did", table, tmp_path, *OPTIONS)
    asked = lrs_analyse("did", table, tmp_path, *OPTIONS, "--no-minimum")

    assert plain["att"] == {"estimate": None, "se": None, "ci": None}
    assert plain["withheld"][0]["why"] == "5 treated units, fewer than 8"
    assert asked["att"]["estimate"] == pytest.approx(truth(), abs=0.3)
    assert asked["below_minimum"] == ["5 treated units, fewer than 8"]
    assert asked["wording"]["level"] == "0"


def test_one_treated_unit_gives_no_standard_error(tmp_path: Path) -> None:
    panel = departments(4, effect=1.0)
    kept = np.concatenate([[0], np.arange(40, 60)])
    table = long_table(Panel(panel.outcome[kept], panel.start[kept]))

    asked = lrs_analyse("did", table, tmp_path, *OPTIONS, "--no-minimum")

    assert asked["att"]["estimate"] == pytest.approx(7.5, abs=1)
    assert asked["att"]["se"] is None
    assert asked["att"]["ci"] is None
    assert [item["what"] for item in asked["withheld"]] == ["att se"]


def test_the_command_counts_missing_outcomes_but_not_missing_starts(tmp_path: Path) -> None:
    table = long_table(departments(5))
    table.loc[table.index[:3], "y"] = np.nan
    zero = table.assign(opened=table.opened.fillna(0))

    result = lrs_analyse("did", table, tmp_path, *OPTIONS)
    same = lrs_analyse("did", zero, tmp_path, *OPTIONS)

    assert result == same
    assert (result["rows_read"], result["rows_used"]) == (1440, 1437)
    assert result["dropped"] == {"y": 3}
    assert result["never_treated"] == 20


def test_months_may_be_written_out(tmp_path: Path) -> None:
    table = long_table(departments(6))
    names = [f"{2025 + m // 12}-{m % 12 + 1:02}" for m in range(24)]
    written = table.assign(
        month=[names[m - 1] for m in table.month],
        opened=[None if pd.isna(m) else names[int(m) - 1] for m in table.opened],
    )

    result = lrs_analyse("did", written, tmp_path, *OPTIONS)

    assert result["att"] == lrs_analyse("did", table, tmp_path, *OPTIONS)["att"]
    assert {c["group"] for c in result["group_time"]} == {"2025-11", "2026-05"}


@pytest.mark.parametrize(
    ("periods", "times"),
    [
        (["2001", "2003", "2005", "2007", "2009"], [-2, 0, 2, 4]),
        (["0.1", "0.2", "0.3", "0.4", "0.5"], [-0.1, 0, 0.1, 0.2]),
        (["2025-10", "2025-11", "2026-01", "2026-02", "2026-05"], [-2, 0, 1, 4]),
        (["term a", "term b", "term c", "term d", "term e"], [-1, 0, 1, 2]),
    ],
)
def test_time_since_the_start_is_time_and_not_rows_of_the_table(
    tmp_path: Path, periods: list[str], times: list[float]
) -> None:
    """Every second year of a panel is two years further on."""
    table = pd.DataFrame(
        [
            (f"d{unit}", period, unit * place % 7, periods[2] if unit < 10 else None)
            for unit in range(20)
            for place, period in enumerate(periods)
        ],
        columns=["dept", "month", "y", "opened"],
    )

    result = lrs_analyse("did", table, tmp_path, *OPTIONS, "--no-minimum")

    assert [found["event_time"] for found in result["by_event_time"]] == times


def test_starts_apart_are_joined_by_the_time_since_each(tmp_path: Path) -> None:
    """2009 is two years after 2007 and four after 2005: only what is alike has one mean."""
    panel = alone((2, 3), (10, 10), 12)
    years = [2001, 2003, 2004, 2007, 2009, 2010, 2011, 2012, 2013, 2014]

    result = analyse(panel, years, outcome="y")

    found = {row["event_time"]: row["estimate"] for row in result["by_event_time"]}
    cells = {(cell["group"], cell["period"]): cell["estimate"] for cell in result["group_time"]}
    assert found[3] == pytest.approx((cells[2004, 2007] + cells[2007, 2010]) / 2)
    assert found[2] == pytest.approx(cells[2007, 2009])


def test_departments_open_from_the_start_are_left_out_and_counted(tmp_path: Path) -> None:
    table = long_table(departments(7))
    table.loc[table.dept == "d0", "opened"] = 1

    result = lrs_analyse("did", table, tmp_path, *OPTIONS)

    assert result["always_treated"] == 1
    assert result["treated"] == 39


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("a,1,2,0\na,1,3,0\n", "row 2"),
        ("a,1,2,2\na,2,3,0\n", "row 2"),
        ("a,1,2,soon\n", "column 'opened', row 1"),
        ("a,1,2,1_0\n", "column 'opened', row 1"),
        ("a,1,much,0\n", "column 'y', row 1"),
        ("a,1,2,0\na,2,3,0\na,Q4,3,0\n", "column 'month', row 3"),
        ("a,2025-09,2,\na,2025-10,3,\nb,2025-09,3,2025-10-01\n", "column 'opened', row 3"),
        ("a,2025-09,2,2025-9\na,2025-10,3,2025-9\n", "column 'opened', row 1"),
        ("a,2025-09,2,never\na,2025-10,3,never\n", "column 'opened', row 1"),
        ("a,2025-10,2,\na,2025-9,3,\n", "column 'month', row 2"),
    ],
)
def test_a_panel_that_contradicts_itself_is_refused(tmp_path: Path, rows: str, named: str) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(f"dept,month,y,opened\n{rows}")

    done = CliRunner().invoke(command, ["did", str(path), *OPTIONS, "--json"])

    assert done.exit_code == 2
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_departments_that_move_exactly_alike_leave_nothing_to_measure_by(tmp_path: Path) -> None:
    """Neither an interval of no width nor trends that rounding alone takes apart."""
    table = pd.DataFrame(
        [
            (f"d{unit}", month, 0.1 * unit + 0.07 * month + 0.3 * (unit < 12 and month > 5), opened)
            for unit in range(24)
            for month in range(1, 11)
            for opened in [6 if unit < 12 else 0]
        ],
        columns=["dept", "month", "y", "opened"],
    )

    found = lrs_analyse("did", table, tmp_path, *OPTIONS, "--no-minimum")

    assert found["att"] == {"estimate": pytest.approx(0.3), "se": None, "ci": None}
    assert {row["se"] for row in found["by_event_time"] + found["group_time"]} == {None}
    assert found["pretrend"]["passed"] is None
    assert found["withheld"] == [{"what": "att se", "why": "the variance of att is not positive"}]
    assert found["wording"]["level"] == "0"


@pytest.mark.parametrize("rows", ["", "a,1,2,0\nb,1,3,0\n", "a,1,2,1\nb,1,3,2\n"])
def test_a_panel_that_says_nothing_is_withheld(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(f"dept,month,y,opened\n{rows}")

    for extra in ((), ("--no-minimum",)):
        done = CliRunner().invoke(command, ["did", str(path), *OPTIONS, *extra, "--json"])

        assert done.exit_code == 0, done.output
        assert '"withheld": []' not in done.stdout
