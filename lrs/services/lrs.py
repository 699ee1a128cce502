"""All use cases over one store, as the API, the pages and the command line get them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lrs.services.access import Access
from lrs.services.access_log import AccessLog
from lrs.services.consent import Consent
from lrs.services.documents import Documents
from lrs.services.histories import Histories
from lrs.services.persons import Persons
from lrs.services.programmes import Programmes
from lrs.services.quarantine import Quarantine
from lrs.services.statements import Limits, Statements
from lrs.services.suggestions import Suggestions
from lrs.services.topics import Topics
from lrs.stores.port import Store


@dataclass(frozen=True, slots=True)
class Lrs:
    """The use cases; made once per process by the composition root."""

    store: Store
    access: Access
    statements: Statements
    documents: Documents
    persons: Persons
    suggestions: Suggestions
    consent: Consent
    access_log: AccessLog
    histories: Histories
    quarantine: Quarantine
    programmes: Programmes
    topics: Topics
    public_url: str

    @classmethod
    def over(
        cls,
        store: Store,
        limits: Limits,
        public_url: str,
        instances: Callable[[], Iterable[str]] = tuple,
    ) -> Lrs:
        """All of them; `instances` as `Suggestions` takes them."""
        persons, access_log = Persons(store), AccessLog(store)
        access, statements = Access(store, public_url), Statements(store, limits)
        return cls(
            store=store,
            access=access,
            statements=statements,
            documents=Documents(store, limits.max_json_depth),
            persons=persons,
            suggestions=Suggestions(persons, store, instances),
            consent=Consent(store, persons),
            access_log=access_log,
            histories=Histories(store, persons, access_log),
            quarantine=Quarantine(store, access, statements),
            programmes=Programmes(store),
            topics=Topics(store),
            public_url=public_url,
        )
