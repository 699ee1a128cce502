"""Attachments in GridFS: content-addressed, each kept once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from bson import ObjectId
from gridfs import GridFSBucket
from gridfs.errors import FileExists

from lrs.stores.mongo_models import AttachmentFile
from lrs.stores.mongo_wire import Wire, answering

_PIECE_BYTES = 2**20


class MongoAttachments:
    """
    Attachment data, named by SHA-2.

    GridFS writes the chunks first and the file's entry last, so a file that is listed is whole. A
    writer that dies in between leaves chunks that nobody lists; they cost space only.
    """

    def __init__(self, wire: Wire) -> None:
        self._bucket = GridFSBucket(wire.durable, "attachments")
        self._files = AttachmentFile.within(wire.durable)
        self._chunks = wire.durable["attachments.chunks"]

    def put(self, sha2: str, content: bytes | memoryview) -> None:
        with answering():
            if self._files.find_one({"filename": sha2}, {"_id": 1}) is not None:
                return
            file_id = ObjectId()
            try:
                with self._bucket.open_upload_stream_with_id(file_id, sha2) as upload:
                    # Piece by piece, so that no second copy of a large one is made.
                    for start in range(0, len(content), _PIECE_BYTES):
                        upload.write(bytes(content[start : start + _PIECE_BYTES]))
            except FileExists:  # another writer was quicker; the name is unique
                self._chunks.delete_many({"files_id": file_id})

    def open(self, sha2: str) -> BinaryIO | None:
        with answering():
            entry = self._files.find_one({"filename": sha2}, {"_id": 1})
            if entry is None:
                return None
            return cast(BinaryIO, self._bucket.open_download_stream(entry["_id"]))

    def hashes(self) -> Iterator[str]:
        with answering():
            for entry in self._files.find({}, {"filename": 1}):
                yield entry["filename"]
