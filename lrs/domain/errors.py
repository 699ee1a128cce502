"""Every refusal this project gives: typed here, answered in one place (lrs/api/errors.py)."""

from __future__ import annotations


class LrsError(Exception):
    """
    A refusal with a reason that the sender may read.

    Args:
        detail: What is wrong, in one sentence.
        at: Where: a path such as "actor.account.homePage" or "[3].verb.id", the name of a
            query parameter or of a header; empty when the whole request is meant.
        spec: The section of the standard that says so, such as "Data 2.4.2".
    """

    status = 500

    def __init__(self, detail: str, at: str = "", spec: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.at = at
        self.spec = spec


class BadRequest(LrsError):
    """What was sent breaks a rule."""

    status = 400


class InvalidStatement(BadRequest):
    """A Statement breaks a rule of the standard."""


class Unauthorized(LrsError):
    """No credential, or a wrong one; which of the two parts is never told."""

    status = 401


class Forbidden(LrsError):
    """A right credential whose scopes do not cover the request."""

    status = 403


class NotFound(LrsError):
    """A single thing that is not there."""

    status = 404


class Conflict(LrsError):
    """What is kept differs from what was sent, or was not looked at before."""

    status = 409


class PreconditionFailed(LrsError):
    """An If-Match or If-None-Match that does not hold."""

    status = 412


class TooLarge(LrsError):
    """More than a limit of the settings allows."""

    status = 413


class Busy(LrsError):
    """Too much is asked at once, or it takes long; the same may be asked again soon."""

    status = 503
