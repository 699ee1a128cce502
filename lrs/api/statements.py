"""/xapi/statements (Communication 2.1)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import orjson
from flask import Response, request
from flask_restx import Namespace, Resource

from lrs.api.http import (
    XapiResource,
    body,
    content_type,
    credential,
    external_path,
    json_answer,
    last_modified,
    lrs,
    needs,
    no_content,
    parameters,
    settings,
    version,
)
from lrs.domain import attachments, strict_json
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest
from lrs.domain.languages import accept_language
from lrs.domain.parameters import (
    StatementParameters,
    no_query,
    put_statement_query,
    statement_query,
)
from lrs.domain.validation import check_uuid
from lrs.services.incoming import Request
from lrs.services.statements import Page

ns = Namespace("statements", "Statements: what happened", path="/xapi/statements")
signatures = Namespace("signatures", "Who signed a Statement", path="/api/signatures")


@ns.route("")
class Statements(XapiResource):
    def get(self) -> Response:
        """Find Statements, or read the one that statementId names (2.1.3)."""
        credential().must("statements/read/mine")
        asked = _asked(parameters())
        if asked.statement_id or asked.voided_statement_id:
            return _one(asked)
        return _list(asked, None)

    def post(self) -> Response:
        """Store one Statement or a batch; answer with the ids in the order given (2.1.2)."""
        credential().must("statements/write")
        no_query(parameters(), version())
        return json_answer(orjson.dumps(lrs().statements.keep(_request())))

    def put(self) -> Response:
        """Store one Statement under the id that the parameter names (2.1.1)."""
        credential().must("statements/write")
        statement_id = put_statement_query(parameters(), version())
        lrs().statements.keep(_request(statement_id))
        return no_content()


@signatures.route("/<string:statement_id>")
class Signatures(Resource):  # type: ignore[misc]
    method_decorators = (needs("statements/read"),)

    def get(self, statement_id: str) -> Response:
        """What was found out about a Statement's signature when it came."""
        found = lrs().statements.signature(check_uuid(statement_id, "statement_id"))
        return json_answer(orjson.dumps(found))


@ns.route("/more")
class More(XapiResource):
    def get(self) -> Response:
        """Go on with a list where the page before ended (Data 2.5)."""
        credential().must("statements/read/mine")
        given = dict(parameters())
        after = given.pop("after", [""])[0]
        if not after.isdecimal() or len(after) > 18:  # noqa: PLR2004 - digits of an int64
            raise BadRequest("this is no link that was given out", at="after")
        return _list(_asked(given), int(after))


def _asked(given: Mapping[str, Sequence[str]]) -> StatementParameters:
    return statement_query(given, version())


def _request(statement_id: str | None = None) -> Request:
    """The Statements in the body, with what they are to be stored by."""
    data, received = _parts()
    return Request(
        body=strict_json.loads(bytes(data), settings().max_json_depth),
        received=received,
        credential=credential(),
        version=version(),
        now=time.time_ns() // 1000,
        statement_id=statement_id,
    )


def _parts() -> tuple[bytes | memoryview, dict[str, Received]]:
    """The JSON of the body, and the attachment data that came with it, by hash (1.5)."""
    kind = content_type()
    if kind == "application/json":
        return body(), {}
    if kind == "multipart/mixed":
        header, limit = request.headers["Content-Type"], settings().max_attachment_bytes
        return attachments.split(header, body(), max_attachment_bytes=limit)
    raise BadRequest(
        "Statements come as application/json or multipart/mixed",
        at="Content-Type",
        spec="Communication 1.5",
    )


def _one(asked: StatementParameters) -> Response:
    languages = accept_language(request.headers.get("Accept-Language"))
    data, stored = lrs().statements.one(asked, credential(), languages)
    return last_modified(_answer(data, [data], asked), stored)


def _list(asked: StatementParameters, after: int | None) -> Response:
    languages = accept_language(request.headers.get("Accept-Language"))
    page = lrs().statements.page(asked, credential(), languages, after)
    data = b'{"statements":[' + b",".join(page.statements) + b'],"more":"' + _more(page) + b'"}'
    return last_modified(_answer(data, page.statements, asked), page.newest)


def _more(page: Page) -> bytes:
    """The rest of the list as a path: empty at the end; no scheme or host (Data 2.5)."""
    if page.after is None:
        return b""
    query = {**parameters(), "after": [str(page.after)]}
    path = external_path("/xapi/statements/more")
    return f"{path}?{urlencode(query, doseq=True)}".encode()


def _answer(data: bytes, statements: list[bytes], asked: StatementParameters) -> Response:
    """application/json, or multipart/mixed where attachments were asked for (1.5.2)."""
    if not asked.attachments:
        return json_answer(data)
    boundary = secrets.token_hex(16)
    stream = attachments.answer(data, lrs().statements.attached(statements), boundary)
    return Response(stream, content_type=f'multipart/mixed; boundary="{boundary}"')
