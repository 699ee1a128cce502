"""The two versions of xAPI that are spoken, and which of them a request asks for."""

from __future__ import annotations

import re
from enum import StrEnum

from lrs.domain.errors import BadRequest


class Version(StrEnum):
    """A version as it is stamped on answers: the latest patch of what the request asked for."""

    V1 = "1.0.3"
    V2 = "2.0.0"

    @property
    def of_statement(self) -> str:
        """The `version` of a Statement that came without (1.0.3 Data 2.4.10; 2.0 4.2.4.3)."""
        return "1.0.0" if self is Version.V1 else "2.0.0"


_V1 = re.compile(r"1\.0(\.\d+)?")
_V2 = re.compile(r"2\.0(\.0)?")


def requested(header: str | None) -> Version:
    """
    The version a request speaks.

    Args:
        header: The value of X-Experience-API-Version, or None when it is missing.

    Raises:
        BadRequest: The header is missing or names a version that is not spoken here.

    Spec: xAPI 1.0.3 Communication 3.3; 2.0 4.1.7.
    """
    if header is None:
        raise BadRequest(
            "the header X-Experience-API-Version is missing",
            at="X-Experience-API-Version",
            spec="Communication 3.3",
        )
    if _V1.fullmatch(header):
        return Version.V1
    if _V2.fullmatch(header):
        return Version.V2
    raise BadRequest(
        "this version of xAPI is not spoken here; 1.0.x and 2.0.0 are",
        at="X-Experience-API-Version",
        spec="Communication 3.3",
    )
