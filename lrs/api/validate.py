"""POST /api/validate: all that is wrong with one Statement or a list of them."""

from __future__ import annotations

from dataclasses import asdict

import orjson
from flask import Response
from flask_restx import Namespace

from lrs.api.http import ApiResource, json_answer
from lrs.domain.errors import TooLarge
from lrs.domain.validation import problems_in_body, read
from lrs.domain.versions import Version, requested

ns = Namespace("validate", "Check Statements without storing them", path="/api/validate")


@ns.route("")
class Validate(ApiResource):
    @ns.doc(params={"xapi": "The version to check against: 1.0.3 or 2.0.0 (default)"})
    def post(self) -> Response:
        """Answer {valid, errors: [{at, detail, spec}]}; nothing is stored."""
        self.call.credential.must("statements/write", "statements/read/mine")
        version = requested(self.call.parameters().get("xapi", [Version.V2])[0])
        sent, found = read(self.call.body(), self.call.settings.max_json_depth, version)
        most = self.call.settings.max_batch
        if isinstance(sent, list) and len(sent) > most:
            raise TooLarge(f"a request holds at most {most} Statements")
        errors = [asdict(problem) for problem in found + problems_in_body(sent, version)]
        return json_answer(orjson.dumps({"valid": not errors, "errors": errors}))
