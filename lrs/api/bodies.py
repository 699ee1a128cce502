"""JSON bodies of the REST API."""

from __future__ import annotations

from collections.abc import Collection

from lrs.api.http import Call
from lrs.domain import strict_json
from lrs.domain.queries import Sent


def sent(call: Call, names: Collection[str], *, optional: bool = False) -> Sent:
    """
    The JSON object of a request's body.

    Args:
        names: The fields it may have.
        optional: Whether an empty body stands for an object without fields.

    Raises:
        BadRequest: It is none, or has another field.
    """
    body = call.body()
    if optional and not body:
        return Sent({}, names)
    return Sent(strict_json.loads(body, call.settings.max_json_depth).plain, names)
