"""A simulated organisation that was sent to a real server, its facts, and its truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.facts.projection import code
from analytics.simulate.organisation import Organisation, programmes
from analytics.simulate.people import PEOPLE, ROSTER_ACCOUNTS, roster
from analytics.simulate.send import Lrs, add_sources, send
from analytics.simulate.subjects import vocabulary
from analytics.simulate.truth import truth
from benchmarks.servers import Server
from tests.server import Client, run_lrs, serving

HOOK_SECRET = "what forum and intranet sign with"


@dataclass(frozen=True)
class Simulated:
    """A server that holds an organisation; figures come from its API."""

    server: Server
    client: Client
    planted: Organisation
    truth: dict[str, Any]

    @property
    def since(self) -> str:
        return self.truth["planted"]["since"]

    @property
    def until(self) -> str:
        return self.truth["planted"]["until"]

    def report(self, name: str, **asked: Any) -> dict[str, Any]:
        """What the API answers of a metric over the whole history."""
        window = {"since": self.since, "until": self.until, **asked}
        answer = self.client.get(f"/api/analytics/metrics/{name}", params=window)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def result(self, name: str, **asked: Any) -> dict[str, Any]:
        return self.report(name, **asked)["result"]

    @property
    def facts(self) -> Path:
        return self.server.log.parent / "facts"

    def analyse(self, *words: str) -> None:
        done = run_lrs(self.server, "analyse", *words, LRS_MIN_GROUP="1")
        assert done.returncode == 0, done.stderr

    def person_codes(self) -> dict[int, int]:
        """Code of the person in the facts → number of the member."""
        found = {}
        for member in self.planted.members:
            if not member.bot:
                asked = {"identifier": f"account:{PEOPLE}|p{member.number:04}"}
                answer = self.client.get("/api/persons", params=asked)
                assert answer.status_code == 200, answer.text
                found[code(answer.json()["id"])] = member.number
        return found


@contextmanager
def simulated(planted: Organisation, folder: Path, **settings: str) -> Iterator[Simulated]:
    """Send it in two parts with a refresh after each, so that late acts make old months dirty."""
    with serving(LRS_MIN_GROUP="1", **settings) as server:
        client = Client.of(server)
        made = Simulated(server, client, planted, truth(planted))
        table = folder / "roster.csv"
        table.write_bytes(roster(planted.members))
        accounts = [f"--account={column}={home}" for column, home in ROSTER_ACCOUNTS.items()]
        done = run_lrs(server, "persons", "import", str(table), "--home", PEOPLE, *accounts)
        assert done.returncode == 0, done.stderr
        put = client.put("/api/topics", json=vocabulary())
        assert put.ok, put.text
        for programme in programmes(planted.plan):
            declared = client.post("/api/programmes", json=programme)
            assert declared.status_code == 201, declared.text
        lrs = Lrs(server.url, server.key, server.secret, HOOK_SECRET)
        add_sources(lrs)
        half = planted.plan.since + (planted.plan.until - planted.plan.since) // 2
        for part in (
            [one for one in planted.told if one.at < half],
            [one for one in planted.told if one.at >= half],
        ):
            send(lrs, part)
            made.analyse("refresh")
        yield made
