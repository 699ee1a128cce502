"""The wording ladder: what each rung says, and that nothing below level 3 claims a cause (§3.8)."""

from __future__ import annotations

import re

import pytest

from analytics.simulate.units import Scenario, organisation, units_of
from analytics.transfer.association import Plan, analyse
from analytics.transfer.sentences import Level
from analytics.transfer.wording import Finding, causal_words, wording

SEEN = Finding(
    "transfer", "active", 2084, people=600, estimate=0.25, ci=(0.17, 0.33), means=(0.7, 0.3),
    covariates=("prior", "acts", "training"), mde=0.115,
)  # fmt: skip
UNSEEN = Finding("transfer", "active", 90, estimate=-0.02, ci=(-0.1, 0.06), mde=0.13)

# the lists of the specification, apart from those of the module under test
NAMED_EN = (
    "cause", "lead to", "leads to", "result in", "improve", "increase", "raise", "boost", "drive",
    "effect of", "impact", "thanks to", "because of",
)  # fmt: skip
NAMED_NL = (
    "veroorzaak", "veroorzaakt", "leidt tot", "leid tot", "verbeter", "verhoog", "stimuleer",
    "effect van", "impact", "dankzij", "door",
)  # fmt: skip


@pytest.mark.parametrize("word", NAMED_EN)
def test_the_linter_finds_every_english_word_of_the_list(word: str) -> None:
    assert causal_words(f"Activity may {word} transfer.", "en")


@pytest.mark.parametrize("word", NAMED_NL)
def test_the_linter_finds_every_dutch_word_of_the_list(word: str) -> None:
    assert causal_words(f"Activiteit {word} transfer.", "nl")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Activity improved scores", "en"),
        ("which led to more", "en"),
        ("Raising scores", "en"),
        ("Dat leidde vorig jaar tot hogere scores", "nl"),
        ("de verbetering", "nl"),
        ("Scores zijn verhoogd", "nl"),
    ],
)
def test_the_linter_knows_inflections(text: str, language: str) -> None:
    assert causal_words(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Not enough because nothing is known; the result is in table 2", "en"),
        ("went together with a difference", "en"),
        ("ging samen met de doorlooptijd en een effect", "nl"),
    ],
)
def test_the_linter_leaves_other_words_alone(text: str, language: str) -> None:
    assert causal_words(text, language) == []


@pytest.mark.parametrize(
    ("level", "finding", "en", "nl"),
    [
        ("0", UNSEEN, "Not enough data to say anything", "Te weinig gegevens"),
        ("1", SEEN, "those with “active” had an average “transfer” of 0.7, others 0.3. This compares different people.", "Dit vergelijkt verschillende mensen."),
        ("2", SEEN, "After taking account of prior, acts and training, “active” went together with “transfer” 0.25 higher (95% interval 0.17 to 0.33; n 2084). People who become active may differ in ways we did not measure.", "Rekening houdend met prior, acts en training ging “active” samen met “transfer” 0,25 hoger (95%-interval 0,17 tot 0,33; n 2084)."),
        ("2", UNSEEN, "We found no clear difference; with this number of people we could only have seen differences of 0.13 or more.", "0,13 of meer"),
        ("2r", SEEN, "it is still not proof of an effect.", "nog altijd geen bewijs van een effect."),
        ("3", SEEN, "If they would otherwise have moved alike, this is what the community added.", "Als zij zich anders gelijk hadden ontwikkeld"),
        ("4", SEEN, "Inviting people (“active”) raised “transfer” by 0.25", "verhoogde “transfer” met 0,25"),
    ],
)  # fmt: skip
def test_every_rung_has_its_sentence(level: Level, finding: Finding, en: str, nl: str) -> None:
    said = wording(level, finding)

    assert said["level"] == level
    assert en in said["en"]
    assert nl in said["nl"]


def test_a_null_result_says_which_level_it_is_about() -> None:
    """Of an exposure with several levels the same sentence stood twice, and named neither."""
    for level, label in (("2", "acts some"), ("4", "acts many")):
        said = wording(level, Finding("y", label, 90, estimate=0.0, ci=(-1.0, 1.0), mde=1.4))

        assert said["en"].endswith(f"of 1.4 or more. This is about “{label}”.")
        assert said["nl"].endswith(f"van 1,4 of meer kunnen zien. Dit gaat over “{label}”.")


def test_a_negative_difference_is_lower_and_a_randomised_one_lowered() -> None:
    down = Finding("transfer", "active", 500, estimate=-0.25, ci=(-0.4, -0.1), mde=0.2)

    assert "“transfer” 0.25 lower (95% interval −0.4 to −0.1" in wording("2", down)["en"]
    assert "lowered “transfer” by 0.25" in wording("4", down)["en"]
    assert "fall by 0.25 further" in wording("3", down)["en"]


def test_a_column_whose_name_claims_a_cause_is_not_repeated() -> None:
    named = Finding(
        "impact_score", "effect_of_training", 500, estimate=1.0, ci=(0.5, 1.5),
        covariates=("increase", "age"),
    )  # fmt: skip

    said = wording("2", named)

    assert said["en"].startswith(
        "After taking account of the covariates, the exposure went together"
    )
    assert causal_words(said["nl"], "nl") == []


def test_no_causal_word_in_200_generated_reports_below_level_3() -> None:
    """Over scenarios with and without an effect, hidden motivation, doses and small groups."""
    scenarios = [
        Scenario(learners=learners, latent=latent, tau=tau)
        for learners in (20, 60, 110, 200)
        for latent in (0.0, 1.0)
        for tau in (0.0, 0.25)
    ]
    levels = set()
    for seed in range(200):
        units = units_of(organisation(scenarios[seed % len(scenarios)], seed))

        said = analyse(units, Plan(seed=seed, repeats=1, no_minimum=seed % 3 == 0))["wording"]

        levels.add(said["level"])
        assert said["level"] in {"0", "1", "2", "2r"}
        assert causal_words(said["en"], "en") == []
        assert causal_words(said["nl"], "nl") == []
        listed = "|".join(NAMED_EN)
        assert not re.search(rf"\b(?:{listed})\b", said["en"])
    assert levels >= {"1", "2"}


def test_a_robust_result_is_called_so_and_one_under_alarm_is_not() -> None:
    calm = analyse(units_of(organisation(Scenario(tau=0.6), 3)), Plan())
    alarmed = analyse(units_of(organisation(Scenario(tau=0.6, latent=1.5), 3)), Plan())

    assert calm["wording"]["level"] == "2r"
    assert alarmed["placebo"]["alarm"]
    assert alarmed["wording"]["level"] == "2"
    assert "A check gave an alarm" in alarmed["wording"]["en"]
