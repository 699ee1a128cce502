"""Tables that people deliver, read by `lrs.domain.tables`."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.base import Unreadable
from lrs.domain import tables
from lrs.domain.errors import BadRequest
from lrs.domain.tables import Row

__all__ = ["Row", "rows"]


def rows(body: bytes) -> Iterator[Row]:
    """
    The rows of a table, empty ones left out.

    Raises:
        Unreadable: No table, or one without rows.
    """
    try:
        yield from tables.rows(body)
    except BadRequest as error:
        raise Unreadable(error.detail) from None
