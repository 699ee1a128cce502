"""Consent where nothing but withdrawals is known: a source that has to ask records nobody."""

from __future__ import annotations

from typing import Any

from lrs.domain.actors import ifi
from lrs.stores.port import Draft, RecordStore

KIND = "withdrawal"


class WithdrawalsOnly:
    """Keeps who withdrew from which source."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def may_record(self, source_name: str, mode: str, agent: dict[str, Any]) -> bool:
        """Only where nobody has to be asked, and not who withdrew."""
        key = f"{source_name} {ifi(agent)}"
        return mode == "not needed" and self._records.record(KIND, key) is None

    def withdraw(self, source_name: str, agent: dict[str, Any]) -> None:
        """From now on the source may not record this Agent."""
        self._records.change(KIND, f"{source_name} {ifi(agent)}", lambda _: Draft(b"{}"))
