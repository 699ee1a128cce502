"""
`lrs demo`: the whole thread, from sending to a measure, with pages to look at.

What is sent through the real endpoints is a simulated organisation (docs/simulation.md), and real
Statements where the project's developers have them.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
import requests

from lrs.app import open_desk, open_store, use_cases
from lrs.config import Settings, export
from lrs.serve import wait_for_port
from lrs.services.analytics import Asked
from lrs.services.lrs import Lrs

if TYPE_CHECKING:
    from analytics.desk import Desk
    from analytics.simulate.organisation import Organisation

KEY = SECRET = "demo"  # noqa: S105 - of a store that holds a demonstration
HOOK_SECRET = "a secret that forum and intranet share"  # noqa: S105 - of a demonstration
# They lie beside a checkout of the project's developers.
REAL = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "xapi"
PEOPLE, SEED = 90, 1
SHOWN = "lockout"
"""The programme whose transfer is analysed."""
REPORTS = ("report/overview", f"report/transfer/{SHOWN}")
"""Made once all can be looked at, for they take as long as the rest."""
_DAY = 86_400_000_000
_PATIENCE_SECONDS = 60
_LOOK_SECONDS = 0.2
_MANY = 50


def run(settings: Settings) -> None:
    """
    Serve a fresh store, send an organisation, measure, and stay in the foreground.

    Prints `ready <url>` once all is there; SIGTERM or Ctrl-C stops all of it.
    """
    from analytics.simulate.organisation import simulate
    from analytics.simulate.plan import Plan

    folder = settings.data / "demo"
    wait_for_port(settings)  # before anything is removed: another demo may be using it
    shutil.rmtree(folder, ignore_errors=True)
    # Nobody in it exists, so figures of few people are shown too.
    own = {"store_url": f"sqlite:///{folder / 'lrs.sqlite'}", "data": folder, "min_group": 1}
    settings = settings.model_copy(update=own)
    export(settings)
    now = time.time_ns() // 1000
    lrs = use_cases(settings, open_store(settings))
    server = None
    try:
        lrs.access.create("demonstration", ["all"], key=KEY, secret=SECRET)
        server = _serve()
        organisation = simulate(Plan(until=now - now % _DAY, people=PEOPLE, evidence=0.8), SEED)
        _prepare(lrs, organisation, now)
        url = _wait(settings, server)
        _send(url, organisation)
        _send_real(url)
        desk = open_desk(settings, lrs)
        _measure(desk, organisation)
        click.echo(f"sign in with key {KEY} and secret {SECRET}")
        click.echo(f"ready {url}")
        for report in REPORTS:
            desk.work.run(report)
        click.echo(f"reports {url}/reports")
        # Not wait(): what draws reports has handlers of signals after which Linux goes on waiting
        # by itself, and Python would never come to ours.
        while server.poll() is None:
            time.sleep(_LOOK_SECONDS)
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        lrs.store.close()


def _serve() -> subprocess.Popen[bytes]:
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: sys.exit(0))
    return subprocess.Popen([sys.executable, "-m", "lrs.cli", "serve"])


def _prepare(lrs: Lrs, organisation: Organisation, now: int) -> None:
    """Roster, vocabulary and programmes, which are declared before anybody looks at data."""
    from analytics.simulate.organisation import programmes
    from analytics.simulate.people import PEOPLE as HOME
    from analytics.simulate.people import ROSTER_ACCOUNTS, roster
    from analytics.simulate.subjects import vocabulary
    from lrs.services.rosters import Options, import_roster

    options = Options(home=HOME, accounts=ROSTER_ACCOUNTS)
    table = roster(organisation.members)
    report = import_roster(lrs.persons, table, options, by=KEY, evidence="roster of the demo")
    lrs.topics.put(vocabulary(), by=KEY, now=now)
    declared = [
        lrs.programmes.declare(programme, by=KEY, now=now)
        for programme in programmes(organisation.plan)
    ]
    click.echo(f"{report.counts['new']} people on the roster, {len(declared)} programmes declared")


def _wait(settings: Settings, server: subprocess.Popen[bytes]) -> str:
    """The server's address, once it answers."""
    url = f"http://{settings.host}:{settings.port}"
    until = time.monotonic() + _PATIENCE_SECONDS
    with _session() as session:
        while time.monotonic() < until:
            if server.poll() is not None:
                raise click.ClickException("the server did not start; its reason is above")
            try:
                if session.get(f"{url}/health/ready", timeout=5).ok:
                    return url
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)  # it is still starting
    raise click.ClickException(f"the server does not answer at {url}")


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy that is set there leads away from this machine
    return session


def _send(url: str, organisation: Organisation) -> None:
    """Everything that the organisation's systems tell, each in its own way."""
    from analytics.simulate.send import Lrs as Receiver
    from analytics.simulate.send import add_sources, send

    receiver = Receiver(url, KEY, SECRET, HOOK_SECRET)
    add_sources(receiver)
    begun = time.monotonic()
    send(receiver, organisation.told)
    told = Counter(one.way for one in organisation.told)
    click.echo(
        f"sent {told['statements']} Statements, delivered {told['forum']} forum posts and "
        f"{told['intranet']} events of the intranet, signed, in {time.monotonic() - begun:.1f} s"
    )


def _send_real(url: str) -> None:
    """Send every real Statement through the Resource, and say how many were kept."""
    sent = kept = 0
    with _session() as session:
        for statements in _batches():
            sent += len(statements)
            kept += _post(session, url, statements)
    if sent:
        click.echo(f"sent {sent} Statements, kept {kept} (real ones from {REAL})")


def _post(session: requests.Session, url: str, statements: list[dict[str, Any]]) -> int:
    """How many are kept; a batch with one that must be refused is sent one by one."""
    answer = session.post(
        f"{url}/xapi/statements",
        data=orjson.dumps(statements),
        headers={"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"},
        auth=(KEY, SECRET),
        timeout=_PATIENCE_SECONDS,
    )
    if answer.ok:
        return len(statements)
    if len(statements) > 1:
        return sum(_post(session, url, [statement]) for statement in statements)
    refusal = answer.json()["error"]
    click.echo(f"refused: {refusal['at']}: {refusal['detail']}")
    return 0


def _batches() -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for statement in _real():
        batch.append(statement)
        if len(batch) == _MANY:
            yield batch
            batch = []
    if batch:
        yield batch


def _real() -> Iterator[dict[str, Any]]:
    """Each under an id of its own, for theirs repeat."""
    for path in sorted(REAL.rglob("*.json")):
        if path.parent.name == "invalid":
            continue
        read = orjson.loads(path.read_bytes())
        for number, statement in enumerate(read if isinstance(read, list) else [read]):
            name = f"{path.relative_to(REAL)} {number}"
            yield {**statement, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name))}


def _measure(desk: Desk, organisation: Organisation) -> None:
    """Project the facts and print some real measures."""
    plan = organisation.plan
    done = desk.work.run("refresh")
    click.echo(f"{done['statements']} Statements in the facts, {len(done['months'])} months")

    def ask(name: str, **options: Any) -> Any:
        return desk.metric(name, Asked(plan.since, plan.until, options=options))["result"]

    beside = {row["period"]: row for row in ask("formal_social", period="month")["periods"]}
    click.echo("month     people in social  social learners  people in formal")
    for row in ask("participation")["months"]:
        formal = beside[row["month"]]["formal_only"] + beside[row["month"]]["both"]
        click.echo(
            f"{row['month']}  {row['participants']:>16}  {row['social_learners']:>15}  {formal:>16}"
        )
    people, asked = ask("tenure", complete_start=True)["people"], ask("demand")["questions"]
    network = ask("network", permutations=500)
    click.echo(
        f"half take part for more than {people['median']:.0f} days; "
        f"{asked['answered_within_24_hours']:.0%} of the questions are answered in a day; "
        f"{network['reciprocity']:.0%} of who replies to whom is mutual"
    )
    desk.work.run(f"transfer/{SHOWN}")
    click.echo(f"transfer of {SHOWN}: {desk.transfer(SHOWN)['wording']['en']}")
