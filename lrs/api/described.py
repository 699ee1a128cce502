"""
What the OpenAPI description says of xAPI's parameters and bodies, for people and for generators.

It describes and checks nothing: `lrs.domain.parameters` and `lrs.domain.validation` do.
"""

from __future__ import annotations

from typing import Any

from flask_restx import Namespace

Parameters = dict[str, dict[str, Any]]


def _query(description: str, *, required: bool = False, **more: Any) -> dict[str, Any]:
    return {"in": "query", "description": description, "required": required, **more}


_UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
_FLAG: dict[str, Any] = {"type": "boolean"}
_IRI: dict[str, Any] = {"type": "string", "format": "uri"}

VERSION: Parameters = {
    "X-Experience-API-Version": {
        "in": "header",
        "description": "The version of xAPI that is spoken",
        "required": True,
        "type": "string",
        "enum": ["1.0.3", "2.0.0"],
    }
}
CONDITION: Parameters = {
    name: {"in": "header", "description": meaning, "type": "string"}
    for name, meaning in {
        "If-Match": "Only if the document has this ETag",
        "If-None-Match": "Only if the document has not; * is any",
    }.items()
}
AGENT: Parameters = {"agent": _query("An Agent, as JSON", required=True)}
ACTIVITY: Parameters = {"activityId": _query("The IRI of an Activity", required=True, **_IRI)}
REGISTRATION: Parameters = {"registration": _query("A registration", **_UUID)}
SINCE: Parameters = {"since": _query("Only what was kept after this time", **_TIME)}
STATEMENT_ID: Parameters = {
    "statementId": _query("The Statement's id", required=True, **_UUID),
}
LIST: Parameters = {
    "statementId": _query("The one Statement of this id", **_UUID),
    "voidedStatementId": _query("The one voided Statement of this id", **_UUID),
    "agent": _query("By this Agent or identified Group, as JSON"),
    "verb": _query("With the Verb of this IRI", **_IRI),
    "activity": _query("About the Activity of this IRI", **_IRI),
    **REGISTRATION,
    "related_activities": _query("Look for the Activity everywhere in Statements", **_FLAG),
    "related_agents": _query("Look for the Agent everywhere in Statements", **_FLAG),
    **SINCE,
    "until": _query("Only what was kept until this time", **_TIME),
    "limit": _query("The most Statements on a page; 0: as many as allowed", type="integer"),
    "format": _query("How much is shown", enum=["exact", "ids", "canonical"]),
    "attachments": _query("Answer multipart/mixed, with the data of attachments", **_FLAG),
    "ascending": _query("Oldest first", **_FLAG),
}
AFTER: Parameters = {"after": _query("As the link before gave it", required=True)}


def documents(id_name: str, context: Parameters, document: Any) -> dict[str, Any]:
    """
    The description of a document Resource.

    Args:
        id_name: The parameter that names a document.
        context: The parameters that name what it belongs to.
        document: The model of its body.
    """
    named = {id_name: _query("The document's id", required=True)}
    writing = {"params": {**named, **CONDITION}, "expect": [document]}
    return {
        "params": {**VERSION, **context},
        "get": {"params": {id_name: _query("Without it: list all ids"), **SINCE}},
        "put": writing,
        "post": writing,
        "delete": {"params": {**named, **CONDITION}},
    }


def document(ns: Namespace) -> Any:
    """The body of a document: anything; JSON objects can be merged."""
    return ns.schema_model("Document", {"description": "Any content; POST merges JSON objects"})


def statement(ns: Namespace) -> Any:
    """The body of a Statement, as far as a description needs it."""
    thing = {"type": "object"}
    properties = {
        "id": _UUID,
        "timestamp": _TIME,
        **dict.fromkeys(("actor", "verb", "object", "result", "context"), thing),
        "attachments": {"type": "array", "items": thing},
    }
    schema = {"type": "object", "required": ["actor", "verb", "object"], "properties": properties}
    return ns.schema_model("Statement", schema)
