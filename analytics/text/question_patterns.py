"""
What questions and requests for knowledge look like in English and Dutch at work.

Every pattern is for one sentence in lower case whose greeting is taken off. `REQUEST` counts
anywhere in the sentence, `OPENING` and `INVERTED` at its start only; `NOT_ASKING` says that a
sentence with a question mark asks nobody for knowledge, `OFFER` that it leads up to an invitation.

Spec: research/analytics.md 2.7.
"""

from __future__ import annotations

import re

Pattern = re.Pattern[str]


def _any(*parts: str) -> Pattern:
    return re.compile("|".join(f"(?:{part})" for part in parts))


_EN_ANYONE = r"(?:anyone|anybody|someone|somebody|any of you|one of you)"
_EN_SUBJECT = (
    r"(?:i|you|we|they|he|she|it|there|this|that|these|those|the|our|my|your|their|his|her|a|an"
    r"|any|everyone|everybody|anyone|anybody|someone|somebody|people|all)"
)
_EN_BE = r"(?:is|are|was|were|isn't|aren't|am)"
_EN_AUX = (
    rf"(?:{_EN_BE}|do|does|did|don't|doesn't|didn't|can|can't|could|couldn't|should|shouldn't"
    r"|would|wouldn't|will|won't|shall|has|have|had|hasn't|haven't|must|may|might)"
)
_EN_WH = r"(?:what|which|where|when|who|whom|whose|why|how)"
_EN_CLAUSE = r"(?:if|whether|how|what|which|where|when|who|why)"

_NL_WH = (
    r"(?:wat|welke?|waar|wanneer|wie|wiens|waarom|hoe|hoeveel|hoelang|hoezo|waarmee|waarvoor"
    r"|waarin|waaruit|waarheen|waarvan|waaraan|waarop|waardoor|sinds wanneer|vanaf wanneer"
    r"|tot wanneer|bij wie|met wie|aan wie|van wie|voor wie|in welke?|op welke?|bij welke?"
    r"|met welke?|voor welke?|via welke?|naar wie|tegen welke?)"
)
_NL_CLAUSE = r"(?:of|hoe|wat|welke?|waar(?:om|mee|voor|in|op|van|aan)?|wanneer|wie|hoeveel)"
# Finite verbs that open a question or follow a question word. "-t" and stem forms alike.
_NL_VERB = (
    r"(?:is|ben|bent|zijn|was|waren|kan|kun|kunt|kunnen|kon|konden|moet|moeten|moest|mag|mogen"
    r"|heeft|heb|hebt|hebben|had|hadden|wordt|word|worden|werd|komt|kom|komen|gaat|ga|gaan|werkt"
    r"|werk|werken|staat|staan|sta|zit|zitten|doet|doe|doen|vind|vindt|vinden|zou|zouden|zal"
    r"|zullen|wil|wilt|willen|weet|weten|krijgt?|krijgen|gebeurt|betekent|geldt|gelden|hoort|horen"
    r"|ligt|liggen|begint|beginnen|start|starten|gebruikt?|gebruiken|maakt?|maken|regelt?|regelen"
    r"|hoeft?|hoeven|bestaat|bestaan|klopt|kloppen|ziet?|zien|lukt|helpt|helpen|duurt|kost|kosten"
    r"|vraagt?|vragen|meldt?|melden|vult?|vullen|slaat|sla|opent?|openen|zetten?|zet|stelt?|stellen"
    r"|bewaart?|bewaren|deelt?|delen|kies|kiest|kiezen|boekt?|boeken|leert?|leren|bel|belt|bellen"
    r"|mail|mailt|mailen|haalt?|halen|neemt?|nemen|geeft?|geef|geven|loopt?|lopen|heet|heten|kent?"
    r"|kennen|snapt?|snappen|begrijpt?|begrijpen|verloopt|verlopen|vervalt|vervallen|voer|voert"
    r"|voeren|verwerkt?|verwerken|bereikt?|bereik|bereiken|stuurt?|sturen|dien|dient|dienen"
    r"|pakt?|pakken|volgt?|volgen|log|logt|loggen|reset|gaf|zegt?|zeggen|telt|tellen|past|passen"
    r"|draait?|draaien|blijft?|blijf|blijven|vroeg|hield|houdt?|hou|houden|schrijft?|schrijven"
    r"|leest?|lees|lezen|installeert?|installeer|installeren|controleert?|controleer|controleren)"
)
_NL_SUBJECT = (
    r"(?:ik|je|jij|u|we|wij|jullie|men|er|het|de|een|dit|dat|deze|die|iemand|hij|zij|ze|onze|ons"
    r"|mijn|jouw|uw|al|nog|ook|hier|iedereen|alle|nu)"
)
_NL_FILLER = r"(?:(?:er|hier|ook|al|misschien|toevallig|nog|wel|eens|dan|in|nou|soms) )*"

REQUEST = {
    "en": _any(
        rf"\b{_EN_AUX} {_EN_ANYONE}\b",
        rf"\b(?:anyone|anybody) (?:else |here |out there )*(?:know|knows|tried|seen|seeing|have|has"
        r"|having|able|got|used|using|familiar|experienced?|willing|who|with|remember|remembers"
        r"|aware|managed|figured|found|up for|able|run|running|noticed|getting|worked)\b",
        r"(?<!if you have )(?<!if you've )(?<!thanks for )(?<!drop )\bany (?:ideas?|tips|suggestions"
        r"|advice|thoughts|pointers|recommendations|clues?|hints?|experiences? with|help (?:is|would"
        r"|with|much|appreciated)|luck with|best practices)\b(?! (?:are )?welcome in\b)",
        r"(?<!was )(?<!were )(?<!been )(?<!you )(?<!you're )(?<!you are )(?<!not )\blooking for"
        r" (?:someone|somebody|anyone|anybody|people (?:who|with)|a\b|an\b|some\b|help|advice|tips|the"
        r"|good|examples?|ideas|input|feedback|recommendations|experiences?|information|info|colleagues"
        r" (?:who|with))",
        r"(?<!you )(?<!who )(?<!people )(?<!longer )(?<!don't )(?<!to )(?<!colleagues )\b(?:need|needs|"
        r"could use|can use|in need of) (?:some |your |a little |a bit of |a hand\b|urgent )*(?:help|"
        r"advice|assistance|input|pointers|tips|guidance|a hand)\b(?!desk)",
        r"^(?:urgent )?help (?:needed|wanted|please|with|me)\b",
        r"\bplease advise\b|\bplease help\b|\badvice (?:needed|wanted|please|welcome|appreciated)\b",
        r"\b(?:tips|suggestions|ideas|pointers|recommendations|help|input) (?:are |is |would be )?"
        r"(?:very |much |most )?(?:welcome|wanted|needed|appreciated)\b",
        rf"\b(?:i(?:'m| am| was|'ve been)? |been |just |still |^)wonder(?:ing)? {_EN_CLAUSE}\b",
        rf"^(?:just |still )?wondering\b",
        r"\b(?:i|we) (?:just |still |really )?(?:can't|cannot|can not|couldn't|don't) (?:seem to )?"
        r"(?:figure out|work out|understand (?:how|why|what|where|when|which))\b",
        rf"\b(?:not|n't) (?:quite |really |entirely )?(?:sure|know|clear|certain) (?:about )?"
        rf"(?:if|whether|how to|how (?:i|we)|what to|what (?:i|we|the)|which|where|who) ",
        r"\bno (?:idea|clue) (?:how|what|where|why|who|which|when)\b",
        rf"\b(?:curious|keen to know|eager to hear|interested to (?:hear|know)) (?:about )?"
        rf"(?:if|whether|how|what|which|who) (?!i\b)",
        r"\b(?:would|'d) (?:really )?(?:like|love|appreciate it if) (?:to )?(?:know|hear|learn|understand|"
        r"someone|somebody|you)\b(?! (?:for|to) )",
        r"\b(?:please|pls|can you|could you) (?:explain|tell me|point me|let me know (?:how|where|what|"
        r"which|if anyone))\b",
        r"\b(?:point me (?:to|in|towards))\b|\bis it (?:just|only) me\b",
        r"\b(?:i have|i've got|got|have) (?:a|another|one|two|some) (?:quick |short |small |stupid |dumb )*"
        r"questions? (?:about|on|regarding|for|concerning)\b",
        r"^(?:quick |short |small |another |one more |stupid |newbie )*question\b\s*(?::|-|about|on|for)",
        r"\b(?:stuck|struggling) (?:on|with|at|trying)\b(?!.*\b(?:used to|no longer|anymore)\b)",
    ),
    "nl": _any(
        rf"\b{_NL_VERB} {_NL_FILLER}(?:iemand|een van jullie|één van jullie)\b",
        r"\biemand (?:anders |hier |toevallig |nog |al |ook |misschien |een |enig |enige |wel |eens )*"
        r"(?:idee|ideeën|tips?|ervaring(?:en)?|suggesties?|bekend|voorbeeld(?:en)?|advies|last van"
        r"|enig idee|een oplossing|weten|verstand)\b",
        r"(?<!was )(?<!waren )(?<!geweest )(?<!ben je )(?<!niet )\bop zoek naar\b"
        r"(?!.*\b(?:gevonden|meld je)\b)",
        r"(?<!je )(?<!jullie )(?<!u )(?<!geen )(?<!die )(?<!meer )\b(?:hulp|help|advies|tips|raad|info"
        r"|informatie|voorbeelden) (?:nodig|gevraagd|gezocht|welkom)\b",
        r"\b(?:ik|we|wij) (?:heb|hebben|kan|kunnen) (?:dringend |even |wat |wel |eens )*"
        r"(?:hulp|advies|een tip|tips|input) (?:nodig|gebruiken)\b",
        r"\bvra(?:ag|gen) (?:me|mij|ons)(?: eigenlijk| al een tijdje| nog steeds)? af\b",
        r"\b(?:zou|wil|zouden|willen) (?:ik |we )?(?:graag |heel graag |wel |eens |even )+"
        r"(?:willen )?(?:weten|horen|leren|begrijpen)\b",
        rf"\b(?:benieuwd|nieuwsgierig) (?:naar (?:jullie|ervaringen|hoe)|{_NL_CLAUSE}\b)"
        r"(?! (?:ik|jullie (?:er )?van))",
        rf"\b(?:weet|weten) (?:ik |we )?(?:echt |nog |eigenlijk |helaas |zelf |even )*niet"
        rf" (?:goed |precies |zeker |meer |helemaal )*{_NL_CLAUSE}\b",
        rf"\bgeen (?:flauw )?idee {_NL_CLAUSE}\b",
        r"\b(?:kom|komen) er (?:zelf |maar |even |echt )*niet (?:meer )?uit\b(?! de)",
        rf"\b(?:ik|we) (?:snap|snappen|begrijp|begrijpen) (?:echt |nog |even )*niet"
        rf" (?:goed |helemaal )*{_NL_CLAUSE}\b",
        r"\b(?:suggesties|tips|ideeën|adviezen|ervaringen|input|hulp) (?:zijn |is |van harte )*"
        r"(?:welkom|gevraagd|gezocht)\b",
        r"^(?:gezocht|gevraagd)\s*:",
        r"^(?:korte |snelle |kleine |domme |nog een |even een |een |praktische )*(?:vraag|vraagje)\b\s*"
        r"(?::|-|over|aan|voor|m\.b\.t)",
        r"\b(?:ik heb|heb|we hebben) (?:nog )?(?:een|wat|twee|nog) (?:korte |kleine |domme |snelle )*"
        r"(?:vraag|vraagje|vragen) (?:over|aan|voor|met betrekking)\b",
        r"^wie (?:weet|kan|kent|heeft|wil|gebruikt|helpt|werkt|snapt|begrijpt|durft|herkent|kwam)\b"
        r"(?!.*, (?:kan|mag|meld|moet|laat|krijgt|is))",
        r"\b(?:ligt het aan mij|ben ik de enige)\b",
        r"\bloop(?:t|en)? (?:ik |we |hier )*(?:vast|tegenaan) (?:op|met|bij)\b.*\b(?:hoe|wie|hulp|tips)\b",
        r"\b(?:kunnen|kun|kan) (?:jullie|je) (?:me |mij |ons )?(?:even |misschien )*"
        r"(?:helpen|uitleggen|vertellen|aangeven)\b",
    ),
}

INVERTED = {
    "en": _any(
        # "Have a look", "Do the test", "May the best team win" are no questions.
        rf"^(?:is|are|was|were|isn't|aren't|can|can't|could|should|shouldn't|would|does|doesn't|did"
        rf"|didn't|has|hasn't|will|won't) {_EN_SUBJECT}\b",
        r"^(?:do|don't|have|haven't|may|might|must|am|shall) (?:i|you|we|they|people)\b",
    ),
    "nl": _any(rf"^{_NL_VERB} {_NL_SUBJECT}\b"),
}

OPENING = {
    "en": _any(
        rf"^(?:and |so |but )?{_EN_WH}(?: (?!i\b|we\b|you\b|to\b|they\b)[\w'’-]+){{0,4}} {_EN_AUX}"
        rf" (?:{_EN_SUBJECT}|[\w'’-]+ing)\b",
        rf"^(?:what|where|who|when|why|how)(?:'s|’s| {_EN_BE}) (?!your\b.*:)\w+",
        r"^who (?:can|could|knows|has|will|would|do|does|did)\b",
        rf"^what (?:do|does|did|can|should|would|could|happens|happened)\b",
        rf"^(?:how|why|where|when) (?:do|does|did|can|should|would|could|will|has|have) \w+",
        r"^how (?:come|about)\b",
    ),
    "nl": _any(
        rf"^(?:en |dus |maar )?{_NL_WH}(?: (?:lang|vaak|snel|ver|oud|groot|laat|exact|precies))?"
        rf" {_NL_VERB}\b",
        rf"^(?:en |dus |maar )?(?:welke?|hoeveel|wat voor|(?:in|op|bij|met|voor|via|tegen) welke?)"
        rf"(?: (?!ik\b|we\b|wij\b|je\b|jij\b)[\w-]+){{1,4}} (?:{_NL_VERB}|[\w-]+) (?:ik|we|wij|jij|er)\b",
        rf"^(?:welke?|hoeveel|wat voor)(?: [\w-]+){{1,3}} {_NL_VERB}\b",
        rf"^{_NL_WH} (?!ik\b|we\b|wij\b|je\b|jij\b|er\b)[\w-]+ (?:ik|we|wij|jij|jullie)\b",
    ),
}

NOT_ASKING = {
    "en": _any(
        r"^did you know\b",
        r"\bwho (?:would have|would've|could have|knew|doesn't (?:love|like))\b",
        r"^(?:how|isn't (?:it|that|this)|wasn't (?:it|that)) (?:cool|great|nice|awesome|amazing|lovely|"
        r"funny|wonderful|good|a great)\b",
        r"^(?:guess (?:what|who)|what's not to like|why not|what could (?:possibly )?go wrong|ready|really"
        r"|right|seriously|you know what|remember|sounds good|how (?:awesome|hard can it be))\b(?! to\b)"
        r"(?!.* (?:how|when|where|which|does|is there)\b)",
        r"^what (?:a|an) \w+",
        r"^who says\b|^isn't it time\b",
    ),
    "nl": _any(
        r"^wist (?:je|jij|u|jullie)(?: al)? (?:dat|hoe|wat)\b",
        r"\bwie had (?:dat|dit|het|ooit|kunnen|er)?\s*(?:ooit |kunnen )?(?:gedacht|verwacht|denken)\b",
        r"^(?:hoe|is dat niet|is dit niet|was het niet) (?:leuk|mooi|gaaf|cool|fijn|tof|geweldig|vet|handig)\b"
        r"(?! (?:is|vinden|vind) (?:het|de|jullie))",
        r"^(?:raad eens|weet je wat|waarom niet|echt|serieus|toch|klaar voor|wie kent (?:het|ze) niet|wie wil"
        r" dat nou niet|wat wil je nog meer|wat kan er misgaan)\b",
        r"^wat een \w+",
        r"^(?:wat|hoe) (?:ben|zijn|is) (?:ik|we|wij|dit|dat|het) (?:toch |weer )?(?:trots|blij|leuk|mooi|gaaf"
        r"|fijn|geweldig)\b",
        r"^wie zegt (?:er )?dat\b",
    ),
}

OFFER = {
    "en": _any(
        r"^(?:do you |would you |you )?(?:want|like|interested|need|got|curious|missed|questions|feedback)\b",
        r"^(?:do|are|have|did|would|could|can) you (?:(?:have|need|want|like|interested|got|ready|miss|missed|"
        r"also|still|curious|ever|love|looking|think you)\b)",
        r"^(?:any|more|still)(?: other)? (?:questions|info|information|feedback|doubts)\b",
        r"^(?:looking|need|in need|new here|sounds)\b",
    ),
    "nl": _any(
        r"^(?:heb|hebt|heeft|hebben|wil|wilt|willen|ben|bent|zijn|kun|kunt|mis|miste|zoek|zoeken|lijkt|weet|vind)"
        r" (?:je|jij|u|jullie)\b",
        r"^(?:vragen|interesse|benieuwd|nieuwsgierig|gemist|zin|meer (?:weten|info|informatie|lezen)|hulp nodig"
        r"|op zoek|nog vragen|twijfels?|feedback|nieuw hier|aanmelden|meedoen|meepraten)\b",
    ),
}

# What an invitation goes on with.
INVITATION = _any(
    r"^(?:please |just |then |dan |gewoon |even )*(?:sign|click|join|mail|e-mail|email|contact|call|check|see"
    r"|read|register|ask|drop|come|send|watch|visit|download|subscribe|book|apply|reach|ping|message|dm|reply"
    r"|comment|take|have a look|find|use|go to|look|start|feel free|let (?:me|us) know|we (?:can|are|'re|have)"
    r"|i (?:can|am|'m) |here|the (?:answer|link)|stop by|this|our|your|it's|you can|join|don't hesitate)\b",
    r"^(?:klik|mail|bel|meld|kijk|lees|schrijf|stuur|neem|kom|vraag|laat|zie|bekijk|gebruik|ga|download|doe|zet"
    r"|reageer|app|boek|volg|check|start|abonneer|dan|wij|we|ik kan|hier|deze|dit|onze|je kunt|spreek|loop|wees"
    r"|geef|deel|plan|zoek|open|probeer|scan)\b",
)

REASON_FOLLOWS = re.compile(r"^(?:because|since|simple|easy|well|omdat|want|simpel|heel eenvoudig|nou)\b")

# A line that names something rather than says something: a publication, its kind before the colon.
TITLE = _any(
    r"^(?:new |nieuwe? |our |latest |this week'?s? |my )*(?:blog(?: ?post)?|blogpost|article|artikel|podcast"
    r"|video|webinar|workshop|training|course|cursus|e-learning|module|session|sessie|presentation|presentatie"
    r"|whitepaper|white paper|recap|summary|samenvatting|guide|handleiding|how-to|tip|tips|reading tip"
    r"|leestip|kijktip|luistertip|nieuwsbrief|newsletter|agenda|theme|thema|poll|quiz|case|talk|lezing"
    r"|book|boek|chapter|hoofdstuk|faq|reminder|herinnering|tip of the week|tip van de week|nieuw|new)"
    r"(?: (?:of|van|over|about|on|for|door|by)(?: [\w-]+){1,4})?(?: (?:is )?online| \d+)?\s*[:|–-]",
    r"\((?:a |an |een |my |mijn |our |onze )?(?:new |nieuwe? |free |gratis |short |korte )?(?:blog(?: ?post)?|blogpost|article"
    r"|artikel|podcast|video|webinar|workshop|poster|slides|pdf|presentation|presentatie|recording|opname|book|boek"
    r"|link(?: in .*)?|infographic|checklist|talk|deel \d+|part \d+|\d+ min(?:uten|utes)?(?: read)?)(?: [^)]*)?\)\s*$",
)

GREETING = re.compile(
    r"^(?:(?:@[\w.-]+|#\w+)[\s,:]*)*"
    r"(?:(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening)|morning|hallo|hoi|hé|heey|dag|beste"
    r"|goede?(?:morgen|middag|navond)|goede (?:morgen|middag|avond)|ha|he|lieve)"
    r"(?: (?:all|team|everyone|everybody|folks|there|people|colleagues|guys|collega'?s?|collega’s|allemaal"
    r"|mensen|iedereen|there|[\w-]+))?(?: (?:all|allen))?\s*[,!.:–-]+\s*"
    r"|(?:sorry|ok|okay|oké|oh|hmm+|um+|eh|ps|p\.s\.|btw|fyi|please|pls|thanks|bedankt|so|and|but|also|en|dus"
    r"|maar|trouwens|verder|even|ter check|all|allen|collega's|team)\s*[,:]\s*"
    r"|(?:@[\w.-]+|#\w+)[\s,:]*)*"
)

# What may stand before a colon in a question: only asking makes the rest a question.
ASKING_LABEL = re.compile(
    r"^(?:(?:quick|short|small|another|one more|newbie|korte|snelle|kleine|praktische|even een|nog een)\s+)*"
    r"(?:question|vraag|vraagje|q|help|hulp|request|verzoek)\s*[:–-]\s*"
)
