"""What the three document Resources share: read, change under a condition, list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import orjson
from flask import Response

from lrs.api.http import Call, XapiResource, json_answer, last_modified, no_content
from lrs.domain import documents, strict_json
from lrs.domain.parameters import DocumentParameters
from lrs.services.documents import Context, Document


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One of the three Resources.

    Args:
        name: As `Context.kind` has it.
        scope: The scope that may change its documents; `<scope>/read` may read them.
        conditional: Whether 1.0.3 demands a condition of PUT (profiles: yes, State: no).
        asked: Reads the query parameters, strictly.
        context: What the documents that are asked for belong to.
        clearable: Whether DELETE without an id removes all documents of the context.
    """

    name: str
    scope: str
    conditional: bool
    asked: Callable[..., DocumentParameters]
    context: Callable[[DocumentParameters], Context]
    clearable: bool = False


class DocumentResource(XapiResource):
    """GET, PUT, POST and DELETE of documents; a Resource says its kind."""

    kind: Kind

    def get(self) -> Response:
        """Read one document, or list the ids of those changed `since`."""
        self.call.credential.must(self.kind.scope, f"{self.kind.scope}/read")
        asked = self._asked()
        if asked.document_id is None:
            ids, newest = self.call.lrs.documents.ids(self.kind.context(asked), asked.since)
            return last_modified(json_answer(orjson.dumps(ids)), newest)
        return _document(self.call.lrs.documents.get(self.kind.context(asked), asked.document_id))

    def put(self) -> Response:
        """Replace a document."""
        self.call.credential.must(self.kind.scope)
        asked, content, content_type = self._asked(), *_content(self.call)
        self.call.lrs.documents.put(
            self.kind.context(asked), str(asked.document_id), content, content_type, self._check()
        )
        return no_content()

    def post(self) -> Response:
        """Merge a JSON object into a document, or keep a new one."""
        self.call.credential.must(self.kind.scope)
        asked, content, content_type = self._asked(), *_content(self.call)
        self.call.lrs.documents.post(
            self.kind.context(asked), str(asked.document_id), content, content_type, self._check()
        )
        return no_content()

    def delete(self) -> Response:
        """Remove a document, or every State document of a context."""
        self.call.credential.must(self.kind.scope)
        asked = self._asked()
        if asked.document_id is None:
            self.call.lrs.documents.clear(self.kind.context(asked))
        else:
            self.call.lrs.documents.delete(
                self.kind.context(asked), asked.document_id, self._check()
            )
        return no_content()

    def _asked(self) -> DocumentParameters:
        return self.kind.asked(self.call.parameters(), self.call.version, self.call.method)

    def _check(self) -> Callable[[str | None], None]:
        """The request's condition on the ETag that is there."""
        return partial(
            documents.check_preconditions,
            method=self.call.method,
            if_match=self.call.header("IF_MATCH"),
            if_none_match=self.call.header("IF_NONE_MATCH"),
            required=self.kind.conditional,
            version=self.call.version,
        )


def _content(call: Call) -> tuple[bytes, str]:
    """The body and its Content-Type; what says it is JSON has to be JSON."""
    content = call.body()
    content_type = call.content_type or "application/octet-stream"
    if documents.is_json(content_type):
        strict_json.loads(content, call.settings.max_json_depth, call.version)
    return content, content_type


def _document(document: Document) -> Response:
    response = Response(document.content)
    response.headers["Content-Type"] = document.content_type
    response.headers["ETag"] = f'"{document.etag}"'
    # Anyone who may write documents chooses their type: no page of ours, should a browser show it.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return last_modified(response, document.updated)
