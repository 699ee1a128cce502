"""/profiles/social-learning: the xAPI profile of what integrations emit, for everybody."""

from __future__ import annotations

from flask import Blueprint, Response

from integrations.templates import published

profiles = Blueprint("profiles", __name__)


@profiles.get("/profiles/social-learning")
def social_learning() -> Response:
    """The profile as JSON-LD; needs no key."""
    return Response(published(), content_type="application/ld+json")
