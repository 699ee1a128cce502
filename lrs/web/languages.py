"""
The languages of the pages: as `?lang=` asks, else as the browser does, else English.

Texts stand in templates and code in English, within `gettext` (`_` in templates); Dutch is in
`translations/nl/LC_MESSAGES/messages.po`. `make translations` gathers the texts and compiles.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request
from flask_babel import Babel, get_locale

from lrs.domain.languages import accept_language

LANGUAGES = {"en": "English", "nl": "Nederlands"}
_DEFAULT = "en"


def install(app: Flask) -> None:
    """Give every template `_`, `language`, `languages` and `in_language`; links keep `?lang=`."""
    Babel(app, default_locale=_DEFAULT, locale_selector=_selected)
    app.url_defaults(_keep_asked)
    app.context_processor(_for_templates)


def language() -> str:
    """The language of this request: a key of LANGUAGES."""
    return str(get_locale())


def told(response: Response) -> Response:
    """Say in a page's headers which language it is in; for `Blueprint.after_request`."""
    response.headers["Content-Language"] = language()
    response.vary.add("Accept-Language")
    return response


def named(name: dict[str, str]) -> str:
    """A name that was given by language, in that of this request or another; "" where empty."""
    return name.get(language()) or next(iter(name.values()), "")


def noted(text: str) -> str:
    """The text as it is: it is only marked to be translated, where it is shown."""
    return text


def _asked() -> str | None:
    """What `?lang=` asks for, as far as there is such a language."""
    wanted = request.args.get("lang")
    return wanted if wanted in LANGUAGES else None


def _selected() -> str:
    return _asked() or accepted(request.headers.get("Accept-Language"))


def accepted(header: str | None) -> str:
    """The language of the pages that an Accept-Language header likes best: "en-GB" is English."""
    for wanted in sorted(accept_language(header), key=lambda wish: -wish.quality):
        family = wanted.tag.partition("-")[0]
        if wanted.quality and family in LANGUAGES:
            return family
    return _DEFAULT


def _keep_asked(endpoint: str, values: dict[str, Any]) -> None:
    """Links from page to page; those of the API have no blueprint in their name."""
    if "." in endpoint and not endpoint.endswith(".static"):
        wanted = _asked()
        if wanted:
            values.setdefault("lang", wanted)


def _for_templates() -> dict[str, Any]:
    return {
        "language": language(),
        "languages": LANGUAGES,
        "in_language": _in_language,
        "named": named,
    }


def _in_language(code: str) -> str:
    """The page that is shown in another language, as a reference that holds on it."""
    return "?" + urlencode({**request.args, "lang": code})
