"""/api/programmes/<id>/pulses: how far the questions after completion have come."""

from __future__ import annotations

import orjson
from flask import Response, current_app
from flask_restx import Namespace

from lrs.api.http import ApiResource, json_answer
from lrs.services.pulses import Pulses

ns = Namespace("pulses", "Questions after completion", path="/api/programmes")


@ns.route("/<string:programme>/pulses")
class PulsesOf(ApiResource):
    def get(self, programme: str) -> Response:
        """How many were drawn, asked and answered; rounded down, so that nobody can be made out."""
        self.call.credential.must("statements/read")
        pulses: Pulses = current_app.extensions["lrs_pulses"]
        return json_answer(orjson.dumps(pulses.status(programme, self.call.settings.min_group)))
