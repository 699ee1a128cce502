"""What the API, the pages and the command line ask of analytics; `analytics.desk` answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Json = dict[str, Any]
Format = Literal["json", "csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A question to a metric; times in µs.

    Args:
        since, until: The acts asked about; `until` is exclusive.
        by: What to split by.
        cutoff: What was known then; None for all that is known.
        timezone: IANA name, of calendar months and days.
        ids: How many of the Statements' ids to give, oldest first.
        options: Of the metric, by name; as texts they are read as the metric's defaults are.
    """

    since: int
    until: int
    by: str | None = None
    cutoff: int | None = None
    timezone: str = "UTC"
    ids: int = 0
    options: dict[str, Any] = field(default_factory=dict)


class AnalyticsDesk(Protocol):
    """Figures with their provenance. NotFound where a name is not there, or no facts yet."""

    def metrics(self) -> list[Json]:
        """Every metric: name, question, version, by, options."""
        ...

    def metric(self, name: str, asked: Asked) -> Json:
        """One metric's figures; BadRequest for a window, split or option that cannot be."""
        ...

    def transfer(self, programme: str, version: int | None = None) -> Json:
        """The newest result of a programme's transfer run; NotFound before the first."""
        ...

    def report(self, name: str, language: str, form: str) -> bytes:
        """
        The newest report of a name; NotFound before the first.

        Args:
            name: Of a kind, such as `overview`, or of a kind and a programme, `transfer/<id>`.
            language: `en` or `nl`.
            form: `html` or `pdf`.
        """
        ...

    def table(self, result: Json, form: Literal["csv", "parquet"]) -> bytes:
        """The figures of a result as one flat table."""
        ...

    def figures(self, result: Json) -> int:
        """How many rows the table of a result has."""
        ...

    def jobs(self) -> list[Json]:
        """Every run there is, as `job` tells it."""
        ...

    def ask(self, job: str) -> Json:
        """Ask a worker for a run (`refresh`, `transfer/<programme>`, `report/<name>`); its row."""
        ...

    def job(self, job: str) -> Json:
        """How a run is getting on: running, started, finished, progress, error."""
        ...

    def cancel(self, job: str) -> None:
        """Ask a run to end."""
        ...
