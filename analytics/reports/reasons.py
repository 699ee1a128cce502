"""
Why something is withheld, in the language of the report.

The modules that withhold say why in English; this is the Dutch of each of those sentences. A
sentence that is not known here is given as it is.
"""

from __future__ import annotations

import re

from analytics.reports.language import Text, Tongue

_DUTCH: tuple[tuple[str, str], ...] = (
    (r"fewer than (\d+) people in arm (.+)", "minder dan {0} mensen in arm {1}"),
    (r"fewer than (\d+) people in all", "minder dan {0} mensen in totaal"),
    (r"(\d+) units, fewer than (\d+)", "{0} eenheden, minder dan {1}"),
    (r"(\d+) units in arm (.+), fewer than (\d+)", "{0} eenheden in arm {1}, minder dan {2}"),
    (r"(\d+) clusters, fewer than (\d+)", "{0} clusters, minder dan {1}"),
    (r"fewer than (\d+) clusters in arm (.+)", "minder dan {0} clusters in arm {1}"),
    (r"the variance of (.+) is not positive", "de variantie van {0} is niet positief"),
    (
        r"(\d+) exposed units for (\d+) covariate columns, fewer than (\d+) each",
        "{0} actieve eenheden voor {1} kolommen met covariaten, minder dan {2} per kolom",
    ),
    (
        r"evidence covers (\d+)% of an arm, less than (\d+)%",
        "er is bewijs van {0}% van een arm, minder dan {1}%",
    ),
    (
        r"evidence coverage differs by (\d+) points between arms, more than (\d+)",
        "hoeveel bewijs er is, verschilt {0} punten tussen de armen, meer dan {1}",
    ),
    (
        r"evidence covers too little of an arm, or the arms too unevenly",
        "er is te weinig bewijs van een arm, of te ongelijk verdeeld over de armen",
    ),
    (
        r"evidence covers too little of a lot, or lots too unevenly",
        "er is te weinig bewijs van een van de gelote groepen, of te ongelijk verdeeld",
    ),
    (
        r"fewer than (\d+) completed without a lot, and could be told from the difference",
        "minder dan {0} rondden af zonder lot, en zouden uit het verschil zijn af te leiden",
    ),
    (
        r"the missingness model is of the ATE",
        "het model voor ontbrekend bewijs geeft alleen het gemiddelde over allen",
    ),
    (
        r"a fold leaves an arm without evidence",
        "een deel van de gegevens laat een arm zonder bewijs",
    ),
    (r"no complete rows", "geen volledige rijen"),
    (r"the outcome does not vary", "de uitkomst verschilt niet"),
    (r"the outcome leaves nothing to explain", "de uitkomst laat niets te verklaren over"),
    (r"the exposure does not vary", "de activiteit verschilt niet"),
    (
        r"the exposure does not vary within any learner",
        "de activiteit verschilt bij geen enkele lerende tussen trainingen",
    ),
    (
        r"the exposure does not vary, or the covariates explain it entirely",
        "de activiteit verschilt niet, of de covariaten verklaren haar helemaal",
    ),
    (
        r"the covariates predict the exposure perfectly(?:, or nearly so)?",
        "de covariaten voorspellen de activiteit (bijna) volmaakt",
    ),
    (
        r"(\w+) is explained by the covariates",
        "de covariaten verklaren {0} helemaal",
    ),
    (r"needs learners or clusters", "hiervoor zijn lerenden of clusters nodig"),
    (
        r"needs at least two groups and more units than groups and columns",
        "hiervoor zijn twee groepen nodig, en meer eenheden dan groepen en kolommen",
    ),
    (
        r"needs at least (\d+) learners or clusters to make folds of",
        "hiervoor zijn minstens {0} lerenden of clusters nodig",
    ),
    (r"needs an exposure", "hiervoor is een activiteit nodig"),
    (
        r"needs an exposure with levels; this one is a dose",
        "hiervoor is een activiteit met niveaus nodig; deze is een hoeveelheid",
    ),
    (r"needs covariates", "hiervoor zijn covariaten nodig"),
    (
        r"an arm has (\d+) units for (\d+) columns",
        "een arm heeft {0} eenheden voor {1} kolommen",
    ),
    (r"a fold leaves an arm empty", "een deel van de gegevens laat een arm leeg"),
    (
        r"no overlap: an arm has nobody within \[\.05, \.95\]",
        "geen overlap: een arm heeft niemand met een kans tussen 0,05 en 0,95",
    ),
    (
        r"overlap: the weights leave ([\d.]+) effective units in arm (.+), fewer than (\d+)",
        "overlap: na weging telt arm {1} voor {0} eenheden, minder dan {2}",
    ),
    (
        r"overlap: (\d+)% of the units have a propensity in \[\.05, \.95\], fewer than (\d+)%",
        "overlap: {0}% van de eenheden heeft een kans tussen 0,05 en 0,95, minder dan {1}%",
    ),
    (
        r"overlap: fewer than (\d+)% of the units have a propensity in \[\.05, \.95\]",
        "overlap: minder dan {0}% van de eenheden heeft een kans tussen 0,05 en 0,95",
    ),
    (r"rests on (\w+), which is withheld", "berust op {0}, en dat wordt niet verteld"),
    (
        r"fewer than (\d+) learners were active for one and not all",
        "minder dan {0} lerenden waren bij een deel van hun trainingen actief",
    ),
    (
        r"of fewer than (\d+) learners nothing is known before",
        "van minder dan {0} lerenden is van tevoren niets bekend",
    ),
    (
        r"no colleague whom learners dealt with before was active",
        "geen collega met wie lerenden eerder contact hadden, was actief",
    ),
    (r"fewer than (\d+) learners in an arm", "minder dan {0} lerenden in een arm"),
    (r"too few learners in an arm", "te weinig lerenden in een arm"),
    (r"too few learners for a model", "te weinig lerenden voor een model"),
    (
        r"a figure with a level of its own is not applied or not applied",
        "bij een cijfer met een eigen niveau is er geen wel of niet toegepast",
    ),
    (
        r"few learners of an arm applied it, or few did not",
        "weinig lerenden van een arm pasten het toe, of weinig juist niet",
    ),
    (
        r"too few learners with evidence in an arm",
        "te weinig lerenden met bewijs in een arm",
    ),
    (
        r"too few learners with evidence in a lot",
        "te weinig lerenden met bewijs in een van de gelote groepen",
    ),
    (r"fewer than (\d+) departments", "minder dan {0} afdelingen"),
    (
        r"fewer than (\d+) departments in a lot",
        "minder dan {0} afdelingen in een van de gelote groepen",
    ),
    (
        r"evidence of fewer than two departments or months",
        "bewijs van minder dan twee afdelingen of maanden",
    ),
    (
        r"evidence of fewer than (\d+) people in a month of a group",
        "bewijs van minder dan {0} mensen in een maand van een groep",
    ),
    (
        r"no treated unit has a period before and a comparison after its start",
        "geen afdeling heeft een periode vóór haar start en een vergelijking erna",
    ),
    (
        r"(\d+) comparison units, fewer than (\d+)",
        "{0} afdelingen om mee te vergelijken, minder dan {1}",
    ),
    (
        r"(\d+) treated units, fewer than (\d+)",
        "{0} afdelingen waar de community openging, minder dan {1}",
    ),
    (
        r"groups moved apart before the start \(p (.+)\)",
        "de groepen liepen vóór de start al uiteen (p {0})",
    ),
    (
        r"no check of earlier trends: too few periods before the start, or units",
        "het verloop vooraf is niet na te gaan: te weinig perioden vóór de start, of afdelingen",
    ),
    (
        r"the jackknife needs a treated and a comparison unit whichever is left out",
        "de jackknife heeft een geopende en een andere afdeling nodig, welke ook wegvalt",
    ),
    (r"no evidence is declared", "er is geen bewijs aangewezen"),
    (r"no topics are declared", "er zijn geen onderwerpen aangewezen"),
    (
        r"the columns predict the outcome perfectly, or nearly so",
        "de kolommen voorspellen de uitkomst (bijna) volmaakt",
    ),
    (
        r"it does not vary, or other columns explain it",
        "het verschilt niet, of andere kolommen verklaren het",
    ),
    (
        r"(\d+) rows leave no degree of freedom for (\d+) parameters",
        "{0} rijen laten geen vrijheidsgraad over voor {1} parameters",
    ),
    (r"it does not vary, or is not known", "het verschilt niet, of is niet bekend"),
    (
        r"nobody's consent to be asked is known",
        "van niemand is bekend of er iets gevraagd mag worden",
    ),
    (
        r"fewer than (\d+) who consented in a tenth",
        "minder dan {0} in een tiende deel die toestemming gaven",
    ),
    (r"another scale", "een andere schaal"),
    (r"nobody is mature", "van niemand is de uitkomstperiode voorbij"),
)
_PATTERNS = tuple((re.compile(english), dutch) for english, dutch in _DUTCH)

WHAT = {
    "crude": Text("Difference of means", "Verschil van gemiddelden"),
    "ols": Text("Regression with covariates", "Regressie met covariaten"),
    "ipw": Text("Weighting", "Weging"),
    "standardised": Text("Standardisation", "Standaardisatie"),
    "aipw": Text("Doubly robust", "Dubbel robuust"),
    "aipw_crossfit": Text("Doubly robust, cross-fitted", "Dubbel robuust, kruiselings geschat"),
    "within": Text("Learners compared with themselves", "Lerenden vergeleken met zichzelf"),
    "random_intercept": Text("Random intercept", "Willekeurig intercept"),
    "placebo": Text("Activity on other topics", "Activiteit over andere onderwerpen"),
    "covariate": Text("Covariate", "Covariaat"),
    "se": Text("(standard error)", "(standaardfout)"),
    "sensitivity": Text("Sensitivity", "Gevoeligheid"),
    "outcome": Text("Outcome", "Uitkomst"),
    "exposure": Text("Activity", "Activiteit"),
    "stratified": Text("Correlation within groups", "Samenhang binnen groepen"),
    "applied": Text("Share who apply it", "Deel dat het toepast"),
    "placebo_outcome": Text("Earlier evidence as outcome", "Eerder bewijs als uitkomst"),
    "interference": Text("Active colleagues", "Actieve collega's"),
    "pooled": Text("All trainings together", "Alle trainingen samen"),
    "rollout": Text("Roll-out by department", "Invoering per afdeling"),
    "invitation": Text("Invitation by lot", "Uitnodiging bij loting"),
    "att": Text("what was added", "wat erbij kwam"),
    "by_event_time": Text("by month since the start", "per maand sinds de start"),
    "group_time": Text("by group and month", "per groep en maand"),
    "ate": Text("(everyone)", "(iedereen)"),
}


def reason(tongue: Tongue, why: str) -> str:
    """Why something is withheld."""
    if tongue.name == "en":
        return why
    for pattern, dutch in _PATTERNS:
        found = pattern.fullmatch(why)
        if found:
            return dutch.format(*(_own(group) for group in found.groups()))
    return why


def is_known(why: str) -> bool:
    """Whether there is Dutch for it."""
    return any(pattern.fullmatch(why) for pattern, _ in _PATTERNS)


def what(tongue: Tongue, name: str) -> str:
    """What is withheld, such as "pooled within"."""
    return " ".join(tongue.say(WHAT[word]) if word in WHAT else word for word in name.split())


def _own(group: str) -> str:
    """A figure as Dutch writes it; the name of a method as the tables have it."""
    if group in WHAT:
        return WHAT[group].nl
    return group.replace(".", ",") if re.fullmatch(r"[\d.e+-]+", group) else group
