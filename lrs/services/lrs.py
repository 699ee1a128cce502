"""All use cases over one store, as the API, the pages and the command line get them."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.services.access import Access
from lrs.services.documents import Documents
from lrs.services.statements import Limits, Statements
from lrs.stores.port import Store


@dataclass(frozen=True, slots=True)
class Lrs:
    """The use cases; made once per process by the composition root."""

    store: Store
    access: Access
    statements: Statements
    documents: Documents
    public_url: str

    @classmethod
    def over(cls, store: Store, limits: Limits, public_url: str) -> Lrs:
        return cls(
            store=store,
            access=Access(store, public_url),
            statements=Statements(store, limits),
            documents=Documents(store, limits.max_json_depth),
            public_url=public_url,
        )
