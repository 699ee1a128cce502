"""/xapi/activities/state (Communication 2.3)."""

from __future__ import annotations

from flask_restx import Namespace

from lrs.api import described
from lrs.api.documents import DocumentResource, Kind
from lrs.domain.actors import ifi
from lrs.domain.parameters import DocumentParameters, state_query
from lrs.services.documents import Context

ns = Namespace("state", "State: where content left off", path="/xapi/activities/state")

_OF = {**described.ACTIVITY, **described.AGENT, **described.REGISTRATION}


def _context(asked: DocumentParameters) -> Context:
    """Activity, Agent and registration; no registration is a context of its own."""
    agent = ifi(asked.agent or {})
    return Context("state", (str(asked.activity), str(agent), asked.registration or ""))


@ns.route("")
@ns.doc(**described.documents("stateId", _OF, described.document(ns)))
class State(DocumentResource):
    kind = Kind("state", "state", False, state_query, _context, clearable=True)
