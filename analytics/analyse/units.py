"""`lrs analyse units`: exposure and outcome of learner × training (research/analytics.md §3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from analytics.analyse.kinds import Kind, Options
from analytics.analyse.tables import Table, UsageProblem, Used, number_of, spelled

if TYPE_CHECKING:
    from analytics.transfer.units import Columns, Exposure, Units


_BINARY = 2


def run(table: Table, options: Options) -> dict[str, Any]:
    """The JSON of docs/analyse.md, `units`."""
    from analytics.transfer.association import Plan, analyse

    used, units = units_of(table, options)
    plan = Plan(
        design=options["design"],
        estimand=options["estimand"],
        se=options["se"],
        reml=options["reml"],
        seed=options["seed"],
        no_minimum=options["no_minimum"],
        boosted=options["boosted"],
        coverage=_coverage(table, options),
        everyone=_everyone(table, options) if options.get("missing_model") else None,
    )
    try:
        units.errors(plan.se)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    return {**used.counts, **analyse(units, plan)}


def units_of(table: Table, options: Options) -> tuple[Used, Units]:
    """The complete rows of a table, and the same as units."""
    from analytics.analyse.formula import parse

    columns = _columns(options, parse(options["covariates"]).columns)
    if columns.count(options["outcome"]) > 1:
        raise UsageProblem(
            f"column '{options['outcome']}' is the outcome and cannot explain itself"
        )
    used = table.complete(columns)
    return used, _units(used, options)


def _everyone(table: Table, options: Options) -> Units:
    """Rows with or without an outcome, NaN where there is none."""
    import numpy as np

    from analytics.analyse.formula import parse

    outcome = options["outcome"]
    asked = _columns(options, parse(options["covariates"]).columns)
    known = table.complete([one for one in asked if one != outcome], may_miss=[outcome])
    missing = known.cells[outcome].isna()
    filled = known.cells[outcome].where(~missing, "0")
    units = _units(replace(known, cells=known.cells.assign(**{outcome: filled})), options)
    return replace(units, outcome=np.where(missing.to_numpy(), np.nan, units.outcome))


def _columns(options: Options, covariates: tuple[str, ...]) -> list[str]:
    single = [options[name] for name in ("outcome", "exposure", "learner", "training", "offtopic")]
    named = [name for name in [*single, *_clusters(options)] if name]
    return [*named, *covariates]


def _clusters(options: Options) -> list[str]:
    names = [name.strip() for name in (options["cluster"] or "").split(",") if name.strip()]
    if len(names) > 2:  # noqa: PLR2004
        raise UsageProblem(f"--cluster takes one or two columns, not {len(names)}")
    return names


def _units(used: Used, options: Options) -> Units:
    from analytics.analyse.formula import designed, parse
    from analytics.transfer.units import Names, Units, no_columns, recode

    formula = parse(options["covariates"])
    training = options["training"]
    learner, offtopic = options["learner"], options["offtopic"]
    dummies = _dummies(used, training) if training else no_columns(len(used.cells))
    covariates, terms = designed(formula, used)
    return Units(
        outcome=used.numbers(options["outcome"]),
        exposure=_exposure(used, options["exposure"], options["reference"]),
        covariates=covariates,
        training=dummies,
        learner=recode(used.texts(learner)) if learner else None,
        clusters=tuple(recode(used.texts(name)) for name in _clusters(options)),
        offtopic=used.numbers(offtopic) if offtopic else None,
        names=Names(
            options["outcome"],
            options["exposure"] or "exposure",
            (*formula.columns, *([training] if training else [])),
            {**terms, training: dummies.terms} if training else terms,
        ),
    )


def _exposure(used: Used, name: str | None, reference: str | None) -> Exposure | None:
    """Numbers are a dose, 0 and 1 two arms, words (or with a reference anything) levels."""
    from analytics.transfer.units import Columns, Exposure

    if not name:
        if reference:
            raise UsageProblem("--reference needs --exposure")
        return None
    if reference is None and used.is_measured(name):
        dose = used.numbers(name)
        binary = set(dose) <= {0.0, 1.0}
        return Exposure(
            name,
            "binary" if binary else "numeric",
            Columns((name,), dose[:, None]),
            ("0", "1") if binary else (),
            dose.astype(int) if binary else None,
        )
    levels, arms = _levels(used, name, reference)
    columns = _level_columns(name, levels, arms)
    return Exposure(
        name, "binary" if len(levels) == _BINARY else "categorical", columns, levels, arms
    )


def _levels(used: Used, name: str, reference: str | None) -> tuple[tuple[str, ...], Any]:
    """Level names in order, the reference first, and the arm of each row."""
    import numpy as np

    if used.has_numbers_as_levels(name):
        numbers, codes = np.unique(used.numbers(name), return_inverse=True)
        names = [spelled(number) for number in numbers]
        reference = reference if reference is None else _as_number(reference)
    else:
        texts, codes = np.unique(used.texts(name), return_inverse=True)
        names = [str(text) for text in texts]
    first = names[0] if reference is None and names else reference
    if names and first not in names:
        raise UsageProblem(f"column '{name}' has no level {first!r}; it has: {', '.join(names)}")
    order = sorted(range(len(names)), key=lambda place: names[place] != first)
    arms = np.argsort(np.array(order, dtype=int))[codes] if names else codes
    return tuple(names[place] for place in order), arms


def _as_number(text: str) -> str:
    number = number_of(text)
    return text if number is None else spelled(number)


def _level_columns(name: str, levels: tuple[str, ...], arms: Any) -> Columns:
    import numpy as np

    from analytics.transfer.units import Columns

    terms = tuple(f"{name}[T.{level}]" for level in levels[1:])
    values = [(arms == place).astype(float) for place in range(1, len(levels))]
    return Columns(terms, np.column_stack(values) if values else np.empty((len(arms), 0)))


def _dummies(used: Used, training: str) -> Columns:
    import numpy as np

    texts = used.texts(training)
    names, arms = np.unique(texts, return_inverse=True)
    return _level_columns(f"C({training})", tuple(map(str, names)), arms)


def _coverage(table: Table, options: Options) -> dict[str, float]:
    """Share of rows with an outcome, by level of the exposure; none for a dose (§3.6)."""
    if not options["exposure"]:
        return {}
    known = table.complete([options["exposure"]], may_miss=[options["outcome"]])
    exposure = _exposure(known, options["exposure"], options["reference"])
    if exposure is None or exposure.arms is None:
        return {}
    there = known.cells[options["outcome"]].notna().to_numpy()
    return {
        level: float(there[exposure.arms == arm].mean())
        for arm, level in enumerate(exposure.levels)
        if (exposure.arms == arm).any()
    }


def _column(flag: str, text: str, *, required: bool = False) -> click.Option:
    return click.Option([flag], metavar="COLUMN", required=required, help=text)


KIND = Kind(
    name="units",
    summary="Exposure and outcome of units: crude, adjusted, weighted, within learners; checks.",
    options=(
        _column("--outcome", "The outcome, a number.", required=True),
        _column("--exposure", "Binary, a dose, or levels."),
        click.Option(["--reference"], metavar="LEVEL", help="The level to compare with."),
        click.Option(["--covariates"], metavar="FORMULA", help="'age + I(age**2) + C(sex)'."),
        _column("--learner", "Learners with several units."),
        click.Option(["--cluster"], metavar="COLUMN[,COLUMN]", help="One or two ways."),
        _column("--training", "Adds a dummy for every training."),
        _column("--offtopic", "The negative-control exposure, a number."),
        click.Option(
            ["--design"], type=click.Choice(["observational", "randomised"]), required=True
        ),
        click.Option(["--estimand"], type=click.Choice(["ate", "att"]), default="ate"),
        click.Option(
            ["--se"],
            type=click.Choice(["classical", "hc1", "hc2", "cluster"]),
            help="Default: cluster with --cluster or --learner, else hc2.",
        ),
        click.Option(["--reml"], is_flag=True, help="Restricted likelihood; default: full."),
        click.Option(["--boosted"], is_flag=True, help="Cross-fit with boosted trees as well."),
        click.Option(
            ["--missing-model"],
            is_flag=True,
            help="Weigh evidence by how likely it was to be there.",
        ),
        click.Option(["--seed"], type=click.IntRange(min=0), default=0),
    ),
    run=run,
)
