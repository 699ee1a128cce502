"""/xapi/statements (Communication 2.1)."""

from __future__ import annotations

import secrets
import time
from urllib.parse import urlencode

import orjson
import structlog
from flask import Response
from flask_restx import Namespace

from lrs.api import described
from lrs.api.http import (
    ApiResource,
    Call,
    Parameters,
    XapiResource,
    json_answer,
    last_modified,
    no_content,
)
from lrs.domain import attachments, strict_json
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest, InvalidStatement
from lrs.domain.languages import accept_language
from lrs.domain.parameters import (
    StatementParameters,
    no_query,
    put_statement_query,
    statement_query,
)
from lrs.domain.validation import check_uuid
from lrs.services.incoming import Request
from lrs.stores.port import StoreUnavailable

ns = Namespace("statements", "Statements: what happened", path="/xapi/statements")
signatures = Namespace("signatures", "Who signed a Statement", path="/api/signatures")

_log = structlog.get_logger()
_CURSOR_DIGITS = 18
_STATEMENT = described.statement(ns)


@ns.route("")
@ns.doc(params=described.VERSION)
class Statements(XapiResource):
    @ns.doc(params=described.LIST)
    def get(self) -> Response:
        """Find Statements, or read the one that statementId names (2.1.3)."""
        self.call.credential.must("statements/read/mine")
        given = self.call.parameters()
        asked = statement_query(given, self.call.version)
        if asked.statement_id or asked.voided_statement_id:
            return _one(self.call, asked)
        return _list(self.call, given, asked, None)

    @ns.expect(_STATEMENT)
    def post(self) -> Response:
        """Store one Statement or a batch; answer with the ids in the order given (2.1.2)."""
        self.call.credential.must("statements/write")
        no_query(self.call.parameters(), self.call.version)
        ids = _keep(self.call, _request(self.call))
        return json_answer(orjson.dumps(ids))

    @ns.doc(params=described.STATEMENT_ID)
    @ns.expect(_STATEMENT)
    def put(self) -> Response:
        """Store one Statement under the id that the parameter names (2.1.1)."""
        self.call.credential.must("statements/write")
        statement_id = put_statement_query(self.call.parameters(), self.call.version)
        _keep(self.call, _request(self.call, statement_id))
        return no_content()


@ns.route("/more")
@ns.doc(params={**described.VERSION, **described.AFTER})
class More(XapiResource):
    def get(self) -> Response:
        """Go on with a list where the page before ended (Data 2.5)."""
        self.call.credential.must("statements/read/mine")
        given = self.call.parameters()
        after, *others = given.pop("after", [""])
        if others or not (after.isascii() and after.isdigit()) or len(after) > _CURSOR_DIGITS:
            raise BadRequest("this is no link that was given out", at="after")
        asked = statement_query(given, self.call.version)
        if asked.statement_id or asked.voided_statement_id:
            raise BadRequest("this is no link that was given out", at="statementId")
        return _list(self.call, given, asked, int(after))


@signatures.route("/<string:statement_id>")
class Signatures(ApiResource):
    def get(self, statement_id: str) -> Response:
        """What was found out about a Statement's signature when it came."""
        self.call.credential.must("statements/read")
        found = self.call.lrs.statements.signature(check_uuid(statement_id, "statement_id"))
        return json_answer(orjson.dumps(found))


def _keep(call: Call, request: Request) -> list[str]:
    """The ids of what is stored. What breaks the standard is refused, and may be kept beside."""
    try:
        return call.lrs.statements.keep(request)
    except InvalidStatement:
        try:
            call.lrs.quarantine.take(request)
        except StoreUnavailable as error:
            _log.warning("not kept in quarantine", key=call.credential.key, reason=str(error))
        raise


def _request(call: Call, statement_id: str | None = None) -> Request:
    """The Statements in the body, with what they are to be stored by."""
    data, received = _parts(call)
    return Request(
        body=strict_json.loads(bytes(data), call.settings.max_json_depth, call.version),
        received=received,
        credential=call.credential,
        version=call.version,
        now=time.time_ns() // 1000,
        statement_id=statement_id,
    )


def _parts(call: Call) -> tuple[bytes | memoryview, dict[str, Received]]:
    """The JSON of the body, and the attachment data that came with it, by hash (1.5)."""
    media_type = call.content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        return call.body(), {}
    if media_type == "multipart/mixed":
        limit = call.settings.max_attachment_bytes
        return attachments.split(call.content_type, call.body(), max_attachment_bytes=limit)
    raise BadRequest(
        "Statements come as application/json or multipart/mixed",
        at="Content-Type",
        spec="Communication 1.5",
    )


def _one(call: Call, asked: StatementParameters) -> Response:
    languages = accept_language(call.header("ACCEPT_LANGUAGE"))
    data, stored = call.lrs.statements.one(asked, call.credential, languages)
    return last_modified(_answer(call, data, [data], asked), stored)


def _list(call: Call, given: Parameters, asked: StatementParameters, after: int | None) -> Response:
    """A page, and the way to the next: a path without scheme or host, empty at the end."""
    languages = accept_language(call.header("ACCEPT_LANGUAGE"))
    page = call.lrs.statements.page(asked, call.credential, languages, after)
    more = ""
    if page.after is not None:
        query = urlencode({**given, "after": [str(page.after)]}, doseq=True)
        more = call.path(f"/xapi/statements/more?{query}")
    statements = b",".join(page.statements)
    data = b'{"statements":[%b],"more":%b}' % (statements, orjson.dumps(more))
    return last_modified(_answer(call, data, page.statements, asked), page.newest)


def _answer(
    call: Call, data: bytes, statements: list[bytes], asked: StatementParameters
) -> Response:
    """application/json, or multipart/mixed where attachments were asked for (1.5.2)."""
    if not asked.attachments:
        return json_answer(data)
    boundary = secrets.token_hex(16)
    attached = call.lrs.statements.attached(statements, call.credential)
    stream = attachments.answer(data, attached, boundary)
    return Response(stream, content_type=f"multipart/mixed; boundary={boundary}")
