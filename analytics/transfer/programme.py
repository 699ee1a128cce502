"""
Does what was learned get applied, and by whom: the transfer run of declared programmes on facts.

Spec: research/analytics.md 3. What a run does, in words: docs/transfer.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.analyse.output import plain
from analytics.facts import manifest as manifests
from analytics.facts.engine import Engine
from analytics.facts.reading import Facts, Window, open_facts
from analytics.transfer import result
from analytics.transfer.disclosure import Told
from analytics.transfer.gathering import gather
from analytics.transfer.invitation import INVITED, Invited, lots
from analytics.transfer.maturity import steps_of
from analytics.transfer.openings import Rollout, rolled_out
from analytics.transfer.setting import Setting, setting_of
from analytics.transfer.table import Prepared, prepare
from lrs.domain.errors import NotFound
from lrs.domain.programmes import Declared

if TYPE_CHECKING:
    import pandas as pd

Json = dict[str, Any]
_SEED = 1


@dataclass(frozen=True)
class Terms:
    """
    How a run is made; no figure depends on `engine` or `progress`.

    Args:
        cutoff: µs of `stored`: what was known then; None for all that is known.
        min_group: The fewest people a figure may be about; 1 shows all.
        seed: Of folds and of the sampling frame; None for the programme's own.
        engine: What DuckDB may take.
        invitations: By programme id, whom lots were drawn for (`Programmes.invitations`).
        consented: Facts' codes of people who agreed to be asked about their case; None: not known.
        ids: How many ids of the Statements used to give.
        progress: Told the share that is done; what it raises ends the run.
        until: µs: the end of observation; None for the cutoff.
    """

    cutoff: int | None = None
    min_group: int = 10
    seed: int | None = None
    engine: Engine = field(default_factory=Engine)
    invitations: Mapping[str, Invited] = field(default_factory=dict)
    consented: Collection[int] | None = None
    ids: int = 0
    progress: Callable[[float], None] = lambda _share: None
    until: int | None = None


def run(  # noqa: PLR0913 - the questions of a job, each by name
    declared: Declared,
    facts_folder: Path,
    *,
    others: Sequence[Declared] = (),
    cutoff: int | None = None,
    min_group: int = 10,
    seed: int | None = None,
    engine: Engine | None = None,
    invitations: Invited | None = None,
    consented: Collection[int] | None = None,
    ids: int = 0,
    progress: Callable[[float], None] = lambda _share: None,
    until: int | None = None,
) -> Json:
    """
    The result of one programme, with the other programmes beside it where they are given.

    Args:
        others: For the within-learner contrast, which needs several trainings, and for the
            number of contrasts that are tested.
        invitations: Unit → invited from when, µs, or None where it was not.

    The other arguments are those of `Terms`.

    Raises:
        NotFound: There are no facts yet.
    """
    terms = Terms(
        cutoff, min_group, seed, engine or Engine(),
        {declared.programme.id: invitations} if invitations else {}, consented, ids,
        progress, until,
    )  # fmt: skip
    with _opened([declared, *others], facts_folder, terms) as made:
        return made.result(made.of(declared.programme.id))


def run_all(declareds: Sequence[Declared], facts_folder: Path, terms: Terms) -> dict[str, Json]:
    """The results of several programmes by id, from one reading of the facts."""
    if not declareds:
        return {}
    with _opened(declareds, facts_folder, terms) as made:
        return {one.programme.id: made.result(one) for one in made.settings}


def units_table(
    declared: Declared, facts_folder: Path, *, others: Sequence[Declared] = (), terms: Terms
) -> dict[str, pd.DataFrame]:
    """
    The tables that a result was made of: `programme`, `pooled` with several programmes, `rollout`.

    `lrs analyse units` on them gives the result's numbers (its `reproduce`), and `did` those of
    the roll-out, where something opened. A row is one learner, or a department's month, which may
    be one learner's: whoever may see them is told of individuals, by pseudonyms.

    Raises:
        NotFound: There are no facts yet.
    """
    with _opened([declared, *others], facts_folder, terms) as made:
        setting = made.of(declared.programme.id)
        tables = {"programme": made.prepared(setting).frame}
        pooled, panel = made.pooled(setting), made.rolled_out(setting)
        if pooled is not None:
            tables["pooled"] = pooled.frame
        if panel is not None and panel.is_a_panel:
            tables["rollout"] = panel.frame
        return tables


@contextmanager
def _opened(declareds: Sequence[Declared], folder: Path, terms: Terms) -> Iterator[Made]:
    manifest = manifests.load(folder)
    if manifest is None:
        raise NotFound("there are no facts yet; `lrs analyse refresh` makes them")
    known = manifest.cursor if terms.cutoff is None else min(terms.cutoff, manifest.cursor)
    until = known if terms.until is None else min(terms.until, known)
    # By id, so that a programme's result is the same whichever was asked for first; the one that
    # is asked for stands before others of its id.
    distinct = {one.programme.id: one for one in reversed(declareds)}
    settings = [setting_of(number, distinct[name]) for number, name in enumerate(sorted(distinct))]
    with open_facts(folder, Window(0, until, known), terms.engine) as facts:
        terms.progress(0.0)
        units = gather(facts, settings)
        terms.progress(0.2)
        yield Made(facts, settings, terms, units)


class Made:
    """Units that were gathered, with the steps in which each programme's came in."""

    def __init__(
        self, facts: Facts, settings: Sequence[Setting], terms: Terms, units: pd.DataFrame
    ) -> None:
        self.facts, self.settings, self.terms, self._units = facts, settings, terms, units
        self.query = facts.query_hash()
        self._prepared: dict[int, Prepared] = {}
        self._pooled: dict[str, Prepared | None] = {}
        self.told: dict[int, Told] = {}
        self.steps = {
            one.number: steps_of(self._of(one), one, facts.window.until, terms.min_group)
            for one in settings
        }

    def of(self, programme: str) -> Setting:
        """The setting of a programme by its id."""
        return next(one for one in self.settings if one.programme.id == programme)

    def _of(self, setting: Setting) -> pd.DataFrame:
        own = self._units["training"] == setting.number
        return self._units[own].reset_index(drop=True)

    def analysed(self, setting: Setting) -> pd.DataFrame:
        """A programme's units that are in the result, as they were gathered."""
        return self._of(setting)[self.steps[setting.number].analysed].reset_index(drop=True)

    def seed(self, setting: Setting) -> int:
        """Of a programme's own table and draws."""
        return setting.programme.seed if self.terms.seed is None else self.terms.seed

    @property
    def common_seed(self) -> int:
        """Of what is about several programmes."""
        return _SEED if self.terms.seed is None else self.terms.seed

    def prepared(self, setting: Setting) -> Prepared:
        """The programme's own table."""
        if setting.number not in self._prepared:
            units = self.analysed(setting)
            made = prepare(
                units, self.settings, fewest=self.terms.min_group, seed=self.seed(setting)
            )
            drawn = self.terms.invitations.get(setting.programme.id)
            if drawn:
                made.frame[INVITED] = lots(units, setting, drawn)
            self._prepared[setting.number] = made
        return self._prepared[setting.number]

    def pool(self, setting: Setting) -> list[Setting]:
        """The programmes whose outcome is on the same scale; those with units only."""
        return [
            one
            for one in self.settings
            if one.scale == setting.scale and self.steps[one.number].count
        ]

    def pooled(self, setting: Setting) -> Prepared | None:
        """The table of all programmes on one scale; None where there is one."""
        import pandas as pd

        if setting.scale not in self._pooled:
            there = self.pool(setting)
            units = [self.analysed(one) for one in there]
            self._pooled[setting.scale] = (
                prepare(
                    pd.concat(units, ignore_index=True), self.settings,
                    fewest=self.terms.min_group, seed=self.common_seed,
                )
                if len(there) > 1
                else None
            )  # fmt: skip
        return self._pooled[setting.scale]

    def rolled_out(self, setting: Setting) -> Rollout | None:
        """The panel of departments; None where nothing opens."""
        return rolled_out(self.facts, setting, as_of=self.steps[setting.number].as_of)

    def result(self, setting: Setting) -> Json:
        """The whole result, plain."""
        return dict(plain(result.result_of(self, setting)))
