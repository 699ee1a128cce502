"""What an organisation that is simulated act by act shall be like (research §5.2)."""

from __future__ import annotations

from dataclasses import dataclass

DAY, HOUR, SECOND = 86_400_000_000, 3_600_000_000, 1_000_000
"""µs."""


@dataclass(frozen=True)
class Plan:
    """
    Sizes and rates; shares are of 1.

    Args:
        until: The end of the history, µs, a midnight in UTC.
        days: How long it is.
        people: Who take part at all.
        departments: Among which they are divided.
        life: Mean days from a person's first act to the end of their taking part (exponential).
        acts_a_day: Mean of each of them meanwhile (Poisson), answers to questions not counted.
        own_department: Share of replies, likes and shares towards the own department.
        answered: Share of questions that are answered some day, after lognormal(2, 1.5) hours.
        duplicates: Share of acts that are sent a second time.
        voided: Share of acts that are taken back.
        late: Share of acts that arrive more than 30 days after they happened.
        two_identifiers: Share of people with a second identifier in the same system.
        bots: Share of accounts, beside the people, that are none.
        evidence: Share of completions with transfer evidence, for each grade.
        movers: Share of people who change departments.
        opened: Days from the start after which a third and another third of the departments get
            a community of their own; the last third gets none.
        gain: What activity on a course's topic adds to the evidence scores of who does it.
    """

    until: int
    days: int = 365
    people: int = 80
    departments: int = 6
    life: float = 200.0
    acts_a_day: float = 0.2
    own_department: float = 0.6
    answered: float = 0.65
    duplicates: float = 0.02
    voided: float = 0.01
    late: float = 0.03
    two_identifiers: float = 0.10
    bots: float = 0.01
    evidence: float = 0.60
    movers: float = 0.05
    opened: tuple[int, int] = (90, 150)
    gain: float = 0.12

    @property
    def since(self) -> int:
        """When the history begins, µs."""
        return self.until - self.days * DAY
