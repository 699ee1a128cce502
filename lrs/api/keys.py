"""/api/keys: create, list and revoke credentials; needs the scope `all`."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_restx import Namespace, fields

from lrs.api.http import ApiResource, Call, json_answer, no_content
from lrs.domain import strict_json
from lrs.domain.errors import BadRequest
from lrs.domain.repairs import RULES, check
from lrs.services.access import SCOPES, Credential

ns = Namespace("keys", "Credentials of LMSs, tools and people", path="/api/keys")
_NEW = ns.model(
    "NewKey",
    {
        "name": fields.String(required=True, description="For people"),
        "scopes": fields.List(fields.String(enum=list(SCOPES)), required=True),
        "key": fields.String(description="Chosen by the store when absent"),
        "secret": fields.String(description="Chosen by the store when absent"),
        "authority": fields.Raw(description="The Agent that stands as Authority"),
        "quarantine": fields.List(
            fields.String(enum=list(RULES)),
            description="Keep what it sends and is refused, to be repaired by these rules",
        ),
    },
)
_LISTS = {"scopes": "scopes", "quarantine": "names of rules"}


@ns.route("")
class Keys(ApiResource):
    def get(self) -> Response:
        """List keys with their names and scopes; secrets are never shown again."""
        self.call.credential.must("all")
        return json_answer(orjson.dumps([_shown(one) for one in self.call.lrs.access.list()]))

    @ns.expect(_NEW)
    def post(self) -> Response:
        """Create a key; the answer holds the secret, this once."""
        self.call.credential.must("all")
        wanted = _wanted(self.call)
        rules = wanted.pop("quarantine", None)
        credential, secret = self.call.lrs.access.create(**wanted)
        if rules is not None:
            credential = self.call.lrs.access.quarantine(credential.key, rules)
        return json_answer(orjson.dumps({**_shown(credential), "secret": secret}), 201)


@ns.route("/<path:key>")
class Key(ApiResource):
    def delete(self, key: str) -> Response:
        """Revoke a key; it is refused everywhere within a second."""
        self.call.credential.must("all")
        self.call.lrs.access.revoke(key)
        return no_content()


def _shown(credential: Credential) -> dict[str, Any]:
    shown = {
        "key": credential.key,
        "name": credential.name,
        "scopes": sorted(credential.scopes),
        "authority": credential.authority,
    }
    marked = credential.quarantine is not None
    return {**shown, "quarantine": list(credential.quarantine or ())} if marked else shown


def _wanted(call: Call) -> dict[str, Any]:
    """The body of a creation: the fields of NewKey and no others."""
    sent = strict_json.loads(call.body(), call.settings.max_json_depth).plain
    if not isinstance(sent, dict) or not set(sent) <= set(_NEW):
        raise BadRequest(f"a JSON object with {', '.join(_NEW)}")
    for name in ("name", "key", "secret"):
        if not isinstance(sent.get(name, ""), str):
            raise BadRequest("a string", at=name)
    for name, default in (("scopes", None), ("quarantine", [])):
        listed = sent.get(name, default)
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise BadRequest(f"a list of {_LISTS[name]}", at=name)
    check(sent.get("quarantine", ()), "quarantine")
    if not sent.get("name"):
        raise BadRequest("a name is needed", at="name")
    return sent
