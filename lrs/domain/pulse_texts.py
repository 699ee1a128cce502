"""
What pulses ask, in English and Dutch: the form's questions and the words that answers are kept as.

The same texts stand in the form and, by language, in the definition of the Activity that is asked
about; so they are data here and no catalogue of the pages. There is no field for free text: what
people write about their work and each other is not needed to tell whether they apply it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lrs.domain.programmes import Asked

LANGUAGES = ("en", "nl")
NONE = "none"
"""The answer that is no number: there was no occasion, or who is asked cannot tell."""


class Form(NamedTuple):
    """The one question that has to be answered; `{name}` is the programme, `{learner}` a person."""

    question: str
    hint: str
    low: str
    high: str
    none: str


FORMS: Mapping[Asked, Mapping[str, Form]] = {
    "learner": {
        "en": Form(
            "In how many of the situations that called for it did you use what you learned in "
            "“{name}”?",
            "Think of the last four weeks. 0 is never, 100 is every time.",
            "never",
            "every time",
            "There was no such situation",
        ),
        "nl": Form(
            "In hoeveel van de situaties die erom vroegen, gebruikte u wat u bij “{name}” leerde?",
            "Denk aan de afgelopen vier weken. 0 is nooit, 100 is elke keer.",
            "nooit",
            "elke keer",
            "Er was geen zo'n situatie",
        ),
    },
    "supervisor": {
        "en": Form(
            "How far does {learner} use at work what “{name}” teaches?",
            "Answer from what you saw in the last four weeks. 0 is not at all, 100 is fully.",
            "not at all",
            "fully",
            "I cannot tell",
        ),
        "nl": Form(
            "In hoeverre past {learner} in het werk toe wat “{name}” leert?",
            "Ga af op wat u de afgelopen vier weken zag. 0 is helemaal niet, 100 is volledig.",
            "helemaal niet",
            "volledig",
            "Ik kan het niet zeggen",
        ),
    },
}

OBSTACLES: Mapping[str, Mapping[str, str]] = {
    "no-time": {"en": "There was no time", "nl": "Er was geen tijd"},
    "no-occasion": {"en": "The work did not call for it", "nl": "Het werk vroeg er niet om"},
    "no-means": {
        "en": "Tools or permissions were missing",
        "nl": "Middelen of rechten ontbraken",
    },
    "no-support": {
        "en": "Others did not go along with it",
        "nl": "Anderen werkten niet mee",
    },
    "not-sure-how": {
        "en": "I was not sure how to go about it",
        "nl": "Ik wist niet goed hoe het moest",
    },
    "works-as-it-is": {
        "en": "The old way worked better",
        "nl": "De oude manier werkte beter",
    },
}
HELPED_BY: Mapping[str, Mapping[str, str]] = {
    "colleague": {"en": "A colleague", "nl": "Een collega"},
    "supervisor": {"en": "My supervisor", "nl": "Mijn leidinggevende"},
    "community": {
        "en": "A forum, wiki or chat group",
        "nl": "Een forum, wiki of chatgroep",
    },
    "trainer": {"en": "The trainer", "nl": "De trainer"},
    "outside": {
        "en": "Somebody outside the organisation",
        "nl": "Iemand buiten de organisatie",
    },
    "nobody": {"en": "Nobody", "nl": "Niemand"},
}

PAGE: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Two minutes about your work",
        "obstacles": "What stood in the way?",
        "helped_by": "Who helped you with it?",
        "optional": "Not required; choose as many as apply.",
        "send": "Send",
        "why": "Your answer is kept with the learning records of the organisation, under the "
        "learner's name, and is shown only in figures about groups.",
        "missing": "Please choose one of the answers first.",
        "until": "This link works once, until {day}.",
        "thanks": "Thank you",
        "thanks_text": "Your answer has been received. You can close this page.",
        "used": "Already answered",
        "used_text": "This link has been used, and the answer was received. Thank you; there is "
        "nothing more to do.",
        "expired": "This link has expired",
        "expired_text": "The time for this question is over. You need not do anything.",
        "closed": "No longer open",
        "closed_text": "This question is no longer asked. You need not do anything.",
        "stop": "Do not ask me again",
        "stop_text": "From now on you get no such questions, about any training, and none are "
        "asked about you. You can have this undone by who looks after learning records.",
        "stopped": "You will not be asked again",
        "stopped_text": "This holds from now on.",
        "language": "Deze pagina in het Nederlands",
    },
    "nl": {
        "title": "Twee minuten over uw werk",
        "obstacles": "Wat stond in de weg?",
        "helped_by": "Wie hielp u erbij?",
        "optional": "Niet verplicht; kies er zoveel als van toepassing zijn.",
        "send": "Verstuur",
        "why": "Uw antwoord wordt op naam van de deelnemer bewaard bij de leergegevens van de "
        "organisatie, en is alleen te zien in cijfers over groepen.",
        "missing": "Kies eerst een van de antwoorden.",
        "until": "Deze link werkt één keer, tot {day}.",
        "thanks": "Dank u wel",
        "thanks_text": "Uw antwoord is ontvangen. U kunt deze pagina sluiten.",
        "used": "Al beantwoord",
        "used_text": "Deze link is gebruikt en het antwoord is ontvangen. Dank u wel; u hoeft "
        "niets meer te doen.",
        "expired": "Deze link is verlopen",
        "expired_text": "De tijd voor deze vraag is voorbij. U hoeft niets te doen.",
        "closed": "Niet meer open",
        "closed_text": "Deze vraag wordt niet meer gesteld. U hoeft niets te doen.",
        "stop": "Vraag mij dit niet meer",
        "stop_text": "Vanaf nu krijgt u zulke vragen niet meer, over geen enkele training, en "
        "worden ze ook niet over u gesteld. Wie de leergegevens beheert, kan dit terugdraaien.",
        "stopped": "U krijgt deze vragen niet meer",
        "stopped_text": "Dit geldt vanaf nu.",
        "language": "This page in English",
    },
}
LETTER: Mapping[str, Mapping[str, str]] = {
    "en": {
        "learner": "You completed “{name}” {day} days ago. We would like to know whether you can "
        "use it at work. It takes two minutes:",
        "supervisor": "{learner} completed “{name}” {day} days ago. We would like to know from you "
        "whether it is used at work. It takes two minutes:",
        "subject": "Two minutes: “{name}” at work",
        "reminder": "Reminder: two minutes about “{name}” at work",
        "until": "The link is yours alone and works once, until {until}. Answering is up to you.",
        "stop": "Do not ask me again:",
        "answer": "Answer",
    },
    "nl": {
        "learner": "U rondde {day} dagen geleden “{name}” af. We horen graag of u het in uw werk "
        "kunt gebruiken. Het kost twee minuten:",
        "supervisor": "{learner} rondde {day} dagen geleden “{name}” af. We horen graag van u of "
        "het in het werk wordt gebruikt. Het kost twee minuten:",
        "subject": "Twee minuten: “{name}” in het werk",
        "reminder": "Herinnering: twee minuten over “{name}” in het werk",
        "until": "De link is alleen voor u en werkt één keer, tot {until}. "
        "U bepaalt zelf of u antwoordt.",
        "stop": "Vraag mij dit niet meer:",
        "answer": "Antwoord geven",
    },
}


LEARNER: Mapping[str, str] = {"en": "the learner", "nl": "de deelnemer"}
"""Who is asked about, where no name may stand."""


def question(asked: Asked, language: str, name: str, learner: str = "") -> str:
    """
    The question as it is put.

    Args:
        name: Of the programme.
        learner: Their name; "" where it stands in what everybody may read.
    """
    text = FORMS[asked][language].question.replace("{learner}", learner or LEARNER[language])
    return text.replace("{name}", name)


def said(texts: Mapping[str, str], language: str) -> str:
    """What is said in a language, else in English, else in whichever there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
