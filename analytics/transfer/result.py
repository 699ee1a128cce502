"""The JSON of a transfer run: what was declared, whom it is about, what was found, what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.transfer import multiplicity, openings, secondary, success_cases
from analytics.transfer.disclosure import Told, told
from analytics.transfer.gathering import statement_ids, statements
from analytics.transfer.invitation import INVITED, by_lot
from analytics.transfer.labels import (
    AFTER_RESULTS,
    INTERFERENCE,
    MISSING,
    SELF_REPORT,
    warning,
)
from analytics.transfer.setting import Setting
from analytics.transfer.suppression import analysis, guarded, units_of_table
from analytics.transfer.table import OUTCOME, Prepared, bins
from analytics.transfer.units import Units
from lrs.domain import timestamps

if TYPE_CHECKING:
    from analytics.transfer.programme import Made

VERSION = "2"
"""Of the run: changes whenever the same facts would give another result."""

Json = dict[str, Any]


def result_of(made: Made, setting: Setting) -> Json:
    """
    Everything about one programme.

    `analysis` and `pooled.analysis` are what `lrs analyse units` prints for the exported tables.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # sums in a fixed order: the same bytes on any machine
        return _result(made, setting)


def _result(made: Made, setting: Setting) -> Json:
    k, seed, progress = made.terms.min_group, made.seed(setting), made.terms.progress
    prepared = made.prepared(setting)
    shown = told_of(made, setting)
    full = analysis(prepared, seed)
    progress(0.5)
    found = guarded(full, [shown], k)
    pooled = _pooled(made, setting)
    progress(0.8)
    tested = multiplicity.tested(made, setting, found, pooled)
    primary, wording = multiplicity.headline(found, pooled, tested)
    looked = _secondary(prepared, units_of_table(prepared, seed), shown, k)
    panel = made.rolled_out(setting)
    rollout = None if panel is None else openings.analysis(panel, k)
    by_invitation = _by_invitation(made, setting, prepared, seed)
    progress(0.95)
    return {
        "kind": "transfer",
        **_provenance(made, setting, seed),
        "population": _population(made, setting, shown),
        "coverage": shown.coverage,
        "coverage_is_current": shown.coverage_is_current,
        "primary": primary,
        "wording": wording,
        "warnings": _warnings(setting),
        "analysis": found,
        "pooled": pooled,
        "covariates": {"formula": prepared.covariates, "left_out": prepared.left_out},
        **looked,
        "multiplicity": tested,
        "rollout": rollout,
        "invitation": by_invitation,
        "cases": _cases(made, setting),
        "withheld": _withheld(setting, found, pooled, looked, rollout, by_invitation),
        "reproduce": prepared.command(seed),
    }


def told_of(made: Made, setting: Setting) -> Told:
    """What may be told of a programme's numbers of learners; found once a run."""
    if setting.number not in made.told:
        made.told[setting.number] = _told(made, setting)
    return made.told[setting.number]


def _told(made: Made, setting: Setting) -> Told:
    frame = made.prepared(setting).frame
    batch = made.steps[setting.number].batch
    return told(
        batch[batch >= 0],
        bins(frame["acts"].to_numpy()),
        frame[OUTCOME].notna().to_numpy(),
        (frame["applied"] == 1).to_numpy(),
        made.terms.min_group,
    )


def _provenance(made: Made, setting: Setting, seed: int) -> Json:
    programme, declared, facts = setting.programme, setting.declared, made.facts
    windows = programme.windows
    used = statements(facts, setting)
    ids = made.terms.ids
    counted = facts.excluded()
    return {
        "programme": {
            "id": programme.id,
            "name": programme.name,
            "version": declared.version,
            "declared": timestamps.text(declared.at),
            "by": declared.by,
            "declared_after_results": declared.after_results,
            "activities": list(programme.activities),
            "topics": list(programme.topics),
            "skill": programme.skill,
        },
        "outcome": {
            "grade": setting.grade,
            "scale": setting.scale,
            "binary": programme.binary if setting.scale == "score" else None,
            "evidence": [
                {"activity": one.activity, "verb": one.verb, "grade": one.grade, "kpi": one.kpi,
                 "used": one in setting.used}
                for one in setting.evidence
            ],
        },
        "cutoff": timestamps.text(facts.window.cutoff),
        "as_of": timestamps.text(made.steps[setting.number].as_of),
        "windows": {
            "baseline": windows.baseline,
            "exposure": windows.exposure,
            "outcome": windows.outcome,
        },
        "min_group": made.terms.min_group,
        "seed": seed,
        "rows_read": sum(counted.values()),
        "rows_used": counted.pop("used", 0),
        "excluded": counted,
        "statements": used,
        "code": {"transfer": VERSION, **facts.manifest.made},
        "query": made.query,
        **({"statement_ids": statement_ids(facts, setting, ids)} if ids else {}),
    }  # fmt: skip


def _population(made: Made, setting: Setting, shown: Told) -> Json:
    k = made.terms.min_group
    steps = made.steps[setting.number]
    learners = len(steps.batch)
    return {
        "completers": learners // k * k,
        "excluded": steps.excluded(k),
        **({"rounded_down_to": k} if k > 1 else {}),
        "units": shown.units,
        "with_evidence": shown.evidence,
    }


def _pooled(made: Made, setting: Setting) -> Json | None:
    """The learners of all programmes together, each compared with themselves (3.1, E2)."""
    prepared = made.pooled(setting)
    if prepared is None:
        return None
    there = made.pool(setting)
    full = analysis(prepared, made.common_seed)
    found = guarded(full, [told_of(made, one) for one in there], made.terms.min_group)
    together = {one.number for one in there}
    return {
        "programmes": [{"id": one.programme.id, "version": one.declared.version} for one in there],
        "left_out": [
            {
                "id": one.programme.id,
                "why": "another scale" if one.scale != setting.scale else "nobody is mature",
            }
            for one in made.settings
            if one.number not in together
        ],
        "analysis": found,
        "covariates": {"formula": prepared.covariates, "left_out": prepared.left_out},
        "reproduce": prepared.command(made.common_seed),
    }


def _secondary(prepared: Prepared, units: Units, shown: Told, k: int) -> Json:
    rows = prepared.frame[prepared.frame[OUTCOME].notna()].reset_index(drop=True)
    enough = all(shown.evidence[arm] for arm in ("0", "1"))
    doses = secondary.by_dose(rows, shown)
    if not enough:
        why = {"why": "too few learners with evidence in an arm"}
        names = ("stratified", "applied", "placebo_outcome", "interference")
        empty: Json = dict.fromkeys(names, why)
        return {"doses": doses, "spline": None, "power": None, **empty}
    return {
        "doses": doses,
        "spline": secondary.spline(rows),
        "stratified": secondary.stratified(rows, units),
        "applied": secondary.applied(rows, units, shown),
        "placebo_outcome": secondary.placebo_outcome(rows, units, k),
        "interference": secondary.interference(rows, units, k),
        "power": secondary.power(units),
    }


def _by_invitation(made: Made, setting: Setting, prepared: Prepared, seed: int) -> Json | None:
    if INVITED not in prepared.frame:
        return None
    batch = made.steps[setting.number].batch
    return by_lot(prepared.frame, batch[batch >= 0], setting, k=made.terms.min_group, seed=seed)


def _cases(made: Made, setting: Setting) -> Json:
    units = made.analysed(setting)
    there = units["transfer"].notna().to_numpy()
    return success_cases.sampling_frame(
        units["person"].to_numpy()[there],
        units["transfer"].to_numpy()[there],
        made.terms.consented,
        k=made.terms.min_group,
        seed=made.seed(setting),
    )


def _warnings(setting: Setting) -> list[dict[str, str]]:
    found = [warning("missing_evidence", MISSING), warning("interference", INTERFERENCE)]
    if setting.grade == "C":
        found.insert(0, warning("self_report", SELF_REPORT))
    if setting.declared.after_results:
        found.insert(0, warning("declared_after_results", AFTER_RESULTS))
    return found


def _withheld(setting: Setting, found: Json, *parts: Json | None) -> list[dict[str, str]]:
    """All that is not there, with its place."""
    rows = [*_undeclared(setting), *found["withheld"]]
    pooled, looked, rollout, invitation = parts
    if pooled:
        rows += [
            {"what": f"pooled {one['what']}", "why": one["why"]}
            for one in pooled["analysis"]["withheld"]
        ]
    for name, part in (looked or {}).items():
        if isinstance(part, dict) and "why" in part:
            rows.append({"what": name, "why": part["why"]})
    for name, block in (("rollout", rollout), ("invitation", invitation)):
        rows += [
            {"what": f"{name} {one['what']}", "why": one["why"]}
            for one in (block or {}).get("withheld", ())
        ]
    return rows


def _undeclared(setting: Setting) -> list[dict[str, str]]:
    rows = []
    if not setting.used:
        rows.append({"what": "outcome", "why": "no evidence is declared"})
    if not setting.programme.topics:
        rows.append({"what": "exposure", "why": "no topics are declared"})
    return rows
