"""/xapi/agents/profile and /xapi/activities/profile (Communication 2.6, 2.7)."""

from __future__ import annotations

from flask_restx import Namespace

from lrs.api import described
from lrs.api.documents import DocumentResource, Kind
from lrs.domain.actors import ifi
from lrs.domain.parameters import (
    DocumentParameters,
    activity_profile_query,
    agent_profile_query,
)
from lrs.services.documents import Context

agents = Namespace("agent profiles", "Documents about an Agent", path="/xapi/agents/profile")
activities = Namespace(
    "activity profiles", "Documents about an Activity", path="/xapi/activities/profile"
)


def _agent(asked: DocumentParameters) -> Context:
    return Context("agent-profile", (str(ifi(asked.agent or {})),))


def _activity(asked: DocumentParameters) -> Context:
    return Context("activity-profile", (str(asked.activity),))


@agents.route("")
@agents.doc(**described.documents("profileId", described.AGENT, described.document(agents)))
class AgentProfile(DocumentResource):
    kind = Kind("agent-profile", "profile", True, agent_profile_query, _agent)


@activities.route("")
@activities.doc(
    **described.documents("profileId", described.ACTIVITY, described.document(activities))
)
class ActivityProfile(DocumentResource):
    kind = Kind("activity-profile", "profile", True, activity_profile_query, _activity)
