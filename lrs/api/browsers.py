"""
What a browser sends on behalf of other sites (cross-site request forgery).

Until there is sign-in a browser keeps a user's key and adds it to every request to this store, also
to one that another site's page had it send. Such a page can send forms and plain text; anything
else, JSON or a header of xAPI, a browser asks us about first and then sends without that key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrs.domain.errors import Forbidden


def from_elsewhere(environ: Mapping[str, Any]) -> bool:
    """Whether a browser says that a page of another site made it send this request."""
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2] != environ.get("HTTP_HOST")


def refuse_forms_of_others(environ: Mapping[str, Any]) -> None:
    """
    Refuse a POST that a page of another site may have sent without asking first.

    Raises:
        Forbidden: It comes from elsewhere and is not application/json.
    """
    if environ["REQUEST_METHOD"] != "POST" or not from_elsewhere(environ):
        return
    kind = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Forbidden("from another site only application/json is taken", at="Content-Type")
