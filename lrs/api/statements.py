"""/xapi/statements (Communication 2.1)."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, g, request
from flask_restx import Namespace

from lrs.api.http import (
    XapiResource,
    body,
    content_type,
    credential,
    external_path,
    json_answer,
    last_modified,
    lrs,
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
from lrs.domain.strict_json import Parsed
from lrs.services.statements import Page

ns = Namespace("statements", "Statements: what happened", path="/xapi/statements")


class StatementResource(XapiResource):
    """Tells on every answer how far the store is consistent, as of before it was read."""

    def dispatch_request(self, *args: Any, **kwargs: Any) -> Any:
        if request.method in ("GET", "HEAD"):
            g.consistent_through = lrs().statements.consistent_through()
        return super().dispatch_request(*args, **kwargs)


@ns.route("")
class Statements(StatementResource):
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
        sent, received = _statements_in_body()
        ids = lrs().statements.keep(sent, received, credential(), version())
        return json_answer(orjson.dumps(ids))

    def put(self) -> Response:
        """Store one Statement under the id that the parameter names (2.1.1)."""
        credential().must("statements/write")
        statement_id = put_statement_query(parameters(), version())
        sent, received = _statements_in_body()
        lrs().statements.keep(
            sent, received, credential(), version(), statement_id=statement_id
        )
        return no_content()


@ns.route("/more")
class More(StatementResource):
    def get(self) -> Response:
        """Go on with a list where the page before ended (Data 2.5)."""
        credential().must("statements/read/mine")
        given = dict(parameters())
        after = given.pop("after", [""])[0]
        if not after.isdecimal() or len(after) > 18:  # noqa: PLR2004 - digits of an int64
            raise BadRequest("this is no link that was given out", at="after")
        return _list(_asked(given), int(after))


def _asked(given: Any) -> StatementParameters:
    return statement_query(given, version())


def _statements_in_body() -> tuple[Parsed, dict[str, Received]]:
    """The JSON of a request and its attachment data by hash."""
    kind, data = content_type(), body()
    received: dict[str, Received] = {}
    if kind == "multipart/mixed":
        data, received = attachments.split(
            request.headers["Content-Type"],
            data,
            max_attachment_bytes=settings().max_attachment_bytes,
        )
    elif kind != "application/json":
        raise BadRequest(
            "Statements come as application/json or multipart/mixed",
            at="Content-Type",
            spec="Communication 1.5",
        )
    return strict_json.loads(bytes(data), settings().max_json_depth), received


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
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    path = external_path("/xapi/statements/more")
    return f"{path}?{urlencode([*query, ('after', page.after)])}".encode()


def _answer(data: bytes, statements: list[bytes], asked: StatementParameters) -> Response:
    """application/json, or multipart/mixed where attachments were asked for (1.5.2)."""
    if not asked.attachments:
        return json_answer(data)
    boundary = secrets.token_hex(16)
    stream = attachments.answer(data, lrs().statements.attached(statements), boundary)
    return Response(stream, content_type=f'multipart/mixed; boundary="{boundary}"')
