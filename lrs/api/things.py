"""/xapi/agents, /xapi/activities and /xapi/about (Communication 2.4, 2.5, 2.8)."""

from __future__ import annotations

import time

import orjson
from flask import Response, request
from flask_restx import Namespace, Resource

from lrs.api import described
from lrs.api.http import XapiResource, json_answer
from lrs.domain.parameters import activities_query, agents_query, no_query
from lrs.domain.versions import Version

agents = Namespace("agents", "Who a person is known as", path="/xapi/agents")
activities = Namespace("activities", "What an Activity is", path="/xapi/activities")
about = Namespace("about", "Versions that are spoken", path="/xapi/about")


@agents.route("")
@agents.doc(params={**described.VERSION, **described.AGENT})
class Agents(XapiResource):
    def get(self) -> Response:
        """The Person an Agent belongs to; every property is an array (2.4)."""
        self.call.credential.must("statements/read", "statements/read/mine", "profile/read")
        agent = agents_query(self.call.parameters(), self.call.version)
        found = self.call.lrs.persons.agent_object(agent, time.time_ns() // 1000)
        return json_answer(orjson.dumps(found))


@activities.route("")
@activities.doc(params={**described.VERSION, **described.ACTIVITY})
class Activities(XapiResource):
    def get(self) -> Response:
        """The Activity with its canonical definition (2.5)."""
        self.call.credential.must("statements/read", "statements/read/mine", "profile/read")
        activity_id = activities_query(self.call.parameters(), self.call.version)
        return json_answer(orjson.dumps(self.call.lrs.statements.activity(activity_id)))


@about.route("")
class About(Resource):  # type: ignore[misc]
    def get(self) -> Response:
        """The versions of xAPI spoken here; needs no key and hears no parameters (2.8)."""
        no_query(request.args.to_dict(flat=False), Version.V2)
        return json_answer(orjson.dumps({"version": [str(spoken) for spoken in Version]}))
