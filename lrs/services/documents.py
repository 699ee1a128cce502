"""The three document Resources: State, Agent Profile, Activity Profile (Communication 2.2-2.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from lrs.domain import documents, strict_json
from lrs.domain.errors import NotFound
from lrs.stores.port import Draft, Record, RecordStore


@dataclass(frozen=True, slots=True)
class Context:
    """
    What a document belongs to.

    Args:
        kind: "state", "agent-profile" or "activity-profile".
        parts: What identifies the context, such as activity, agent's ifi and registration.
    """

    kind: str
    parts: tuple[str, ...]

    @property
    def tag(self) -> str:
        return orjson.dumps(self.parts).decode()

    def key(self, document_id: str) -> str:
        return orjson.dumps([*self.parts, document_id]).decode()


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was sent: its bytes and Content-Type; `updated` in µs."""

    content: bytes
    content_type: str
    etag: str
    updated: int


class Documents:
    """Reads and changes documents; each change is one atomic step, its condition included."""

    def __init__(self, records: RecordStore, max_json_depth: int) -> None:
        self._records = records
        self._max_json_depth = max_json_depth

    def get(self, context: Context, document_id: str) -> Document:
        """Raise NotFound when there is none."""
        record = self._records.record(context.kind, context.key(document_id))
        if record is None:
            raise NotFound("there is no such document")
        return _document(record)

    def ids(self, context: Context, since: int | None) -> tuple[list[str], int | None]:
        """The ids of a context's documents changed after `since` (µs), and the newest change."""
        records = self._records.records(context.kind, context.tag, since=since)
        ids = [orjson.loads(record.key)[-1] for record in records]
        return ids, max((record.updated for record in records), default=None)

    def put(
        self,
        context: Context,
        document_id: str,
        content: bytes,
        content_type: str,
        check: Callable[[str | None], None],
    ) -> None:
        """
        Replace a document.

        Args:
            check: Raises when the condition on the ETag that is there (None: no document) fails.
        """
        self._change(context, document_id, check, lambda _: (content, content_type))

    def post(
        self,
        context: Context,
        document_id: str,
        content: bytes,
        content_type: str,
        check: Callable[[str | None], None],
    ) -> None:
        """Merge a JSON object into the one that is there, or keep it as a new document."""

        def merge(kept: Record | None) -> tuple[bytes, str]:
            if kept is None:
                return content, content_type
            merged = documents.merged_document(
                kept.value,
                kept.meta["content_type"],
                content,
                content_type,
                lambda body: strict_json.loads(body, self._max_json_depth),
            )
            return merged, kept.meta["content_type"]

        self._change(context, document_id, check, merge)

    def delete(
        self, context: Context, document_id: str, check: Callable[[str | None], None]
    ) -> None:
        """Remove a document; one that is not there is no error."""
        self._change(context, document_id, check, lambda _: None)

    def clear(self, context: Context) -> None:
        """Remove all documents of a context."""
        self._records.drop(context.kind, context.tag)

    def _change(
        self,
        context: Context,
        document_id: str,
        check: Callable[[str | None], None],
        decide: Callable[[Record | None], tuple[bytes, str] | None],
    ) -> None:
        def step(kept: Record | None) -> Draft | None:
            check(kept.meta["etag"] if kept else None)
            decided = decide(kept)
            if decided is None:
                return None
            content, content_type = decided
            meta = {"content_type": content_type, "etag": documents.etag(content)}
            return Draft(content, meta, frozenset((context.tag,)))

        self._records.change(context.kind, context.key(document_id), step)


def _document(record: Record) -> Document:
    return Document(record.value, record.meta["content_type"], record.meta["etag"], record.updated)
