"""The composition root of the web process: store, use cases, API and pages become one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_restx import Api
from werkzeug.middleware.proxy_fix import ProxyFix

from lrs import logs
from lrs.api import errors, http
from lrs.api.alternate import AlternateSyntax
from lrs.api.edge import Edge
from lrs.api.observe import observe
from lrs.config import Settings
from lrs.services.jobs import Jobs
from lrs.services.lrs import Lrs
from lrs.services.pulse_sending import Sending
from lrs.services.pulses import Pulses
from lrs.services.statements import Limits
from lrs.stores.checking import Checks
from lrs.stores.port import Store, StoreUnavailable
from lrs.web import languages
from lrs.web.pages import pages
from lrs.web.programmes import programmes as programme_pages
from lrs.web.reports import reports as report_pages

if TYPE_CHECKING:
    from analytics.desk import Desk
    from analytics.jobs import Work
    from integrations.harvest import Harvests
    from integrations.intake import Intake

_NO_STORE = "LRS_STORE_URL is sqlite:///relative, sqlite:////absolute or mongodb://…"
_DESCRIPTION = "Statements of formal, social and informal learning: kept, found and related."


def open_store(settings: Settings) -> Store:
    """The store that LRS_STORE_URL names."""
    if (file := sqlite_file(settings)) is not None:
        from lrs.stores.sqlite import SqliteStore

        return SqliteStore.open(file, settings.data / "attachments")
    if settings.store_url.startswith("mongodb"):
        from lrs.stores.mongo import MongoStore

        return MongoStore.open(settings.store_url)
    raise SystemExit(_NO_STORE)


def open_checks(settings: Settings) -> Checks:
    """
    The inside of that store, only to be read; nothing is made where there is none.

    Raises:
        StoreUnavailable: There is none, or it does not answer.
        StoreFormatError: It is none that this software knows.
    """
    if (file := sqlite_file(settings)) is not None:
        from lrs.stores.sqlite_checks import SqliteChecks

        return SqliteChecks.open(file, settings.data / "attachments")
    if settings.store_url.startswith("mongodb"):
        from lrs.stores.mongo_checks import MongoChecks

        return MongoChecks.open(settings.store_url)
    raise StoreUnavailable(_NO_STORE)


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the embedded store; None where LRS_STORE_URL names none."""
    scheme, _, path = settings.store_url.partition("///")
    return Path(path) if scheme == "sqlite:" and path else None


def use_cases(settings: Settings, store: Store) -> Lrs:
    """All use cases over a store."""
    limits = Limits(
        max_batch=settings.max_batch,
        max_json_depth=settings.max_json_depth,
        max_page=settings.max_page,
    )
    return Lrs.over(store, limits, settings.public_url, partial(_instances, store))


def _instances(store: Store) -> list[str]:
    """The home pages of the people whom the configured sources tell of."""
    from integrations.catalogue import Sources

    return [source.instance for source in Sources(store).all()]


def open_intake(lrs: Lrs) -> Intake:
    """The way in of all that sources tell."""
    from integrations.intake import Intake

    return Intake.over(lrs, lrs.consent)


def create_app(settings: Settings | None = None, store: Store | None = None) -> Flask:
    """
    The WSGI application.

    Args:
        settings: Read from the environment when not given.
        store: Opened as the settings say when not given.
    """
    settings = settings or Settings()
    logs.configure(settings.log_level)
    app = Flask("lrs.web")
    app.request_class = http.WholeRequest
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        ERROR_INCLUDE_MESSAGE=False,
        RESTX_MASK_SWAGGER=False,
    )
    app.url_map.strict_slashes = False
    # A redirect to the path with fewer slashes could hold what no header may, such as NUL.
    app.url_map.merge_slashes = False
    app.extensions["lrs_settings"] = settings
    app.extensions["lrs"] = use_cases(settings, store or open_store(settings))
    languages.install(app)
    _add_pulses(app)
    app.register_blueprint(pages)  # before the API, which would answer 404 for "/"
    app.register_blueprint(programme_pages)
    app.register_blueprint(report_pages)
    errors.install(app, _api(app))
    app.register_blueprint(observe)
    _add_sources(app)
    _add_analytics(app)
    app.wsgi_app = _wrapped(app, settings)  # type: ignore[method-assign]
    return app


def _add_pulses(app: Flask) -> None:
    """Who was asked something some days after a training answers at /pulse/<token>."""
    from lrs.services.pulse_answers import Answers
    from lrs.web.pulse import pulse

    lrs: Lrs = app.extensions["lrs"]
    app.extensions["lrs_pulses"] = open_pulses(app.extensions["lrs_settings"], lrs)
    app.extensions["lrs_pulse_answers"] = Answers(lrs)
    app.register_blueprint(pulse)


def open_pulses(settings: Settings, lrs: Lrs) -> Pulses:
    """Who is to be asked about what they completed."""
    jobs = Jobs(lrs.store, settings.job_lease_seconds)
    return Pulses(lrs.store, lrs.persons, lrs.programmes, jobs)


def open_sending(settings: Settings, lrs: Lrs) -> Sending:
    """What asks them."""
    return Sending(lrs, Jobs(lrs.store, settings.job_lease_seconds))


def open_harvests(settings: Settings, lrs: Lrs) -> Harvests:
    """What fetches from sources what they do not send."""
    from integrations.harvest import Harvests

    return Harvests(open_intake(lrs), Jobs(lrs.store, settings.job_lease_seconds))


def _add_sources(app: Flask) -> None:
    """
    Social tools and LMSs deliver to /hooks/<source>; /api/sources and /metrics tell of them, and
    the profile says what becomes of it.
    """
    from integrations.desk import Desk, Metrics
    from integrations.flushing import Flusher
    from integrations.hooks import hooks
    from integrations.publishing import profiles

    harvests = open_harvests(app.extensions["lrs_settings"], app.extensions["lrs"])
    desk = Desk(harvests)
    app.extensions["lrs_intake"] = harvests.intake
    app.extensions["lrs_desk"] = desk
    app.extensions["lrs_collectors"] = [Metrics(desk)]
    app.register_blueprint(hooks)
    app.register_blueprint(profiles)
    Flusher(harvests.intake.flush).start()


def open_work(settings: Settings, lrs: Lrs) -> Work:
    """The runs of analytics."""
    from analytics.jobs import Work

    jobs = Jobs(lrs.store, settings.job_lease_seconds)
    return Work(lrs, jobs, settings.data, settings.min_group)


def open_desk(settings: Settings, lrs: Lrs) -> Desk:
    """Figures for one who waits for them: they are measured here, and nothing is kept."""
    from analytics.asking import measured
    from analytics.desk import Desk

    work = open_work(settings, lrs)
    return Desk(work, lambda asking: measured(asking, work.facts, work.engine))


def _add_analytics(app: Flask) -> None:
    """/api/analytics and /metrics tell of the facts; a process beside this one measures them."""
    from analytics.asking import Answers
    from analytics.desk import Desk, Health
    from analytics.measuring_process import MeasuringProcess, share

    settings: Settings = app.extensions["lrs_settings"]
    work = open_work(settings, app.extensions["lrs"])
    answers = Answers(settings.data / "answers", work.facts)
    engine = share(work.engine, settings.workers)
    # At least half of a process's threads are free for Statements, whatever is measured.
    beside = MeasuringProcess(work.facts, answers, engine, requests=max(1, settings.threads // 2))
    app.extensions["lrs_analytics"] = Desk(work, beside.ask, beside.parquet)
    app.extensions["lrs_collectors"].append(Health(work))


def _wrapped(app: Flask, settings: Settings) -> Any:
    """The application behind its edge, the alternate syntax and the proxies that are trusted."""
    lrs: Lrs = app.extensions["lrs"]
    edge = Edge(app.wsgi_app, settings, lrs.statements.consistent_through)
    wsgi = AlternateSyntax(edge, settings.max_body_bytes)
    hops = settings.trusted_proxies
    return ProxyFix(wsgi, hops, hops, hops, 0, hops) if hops else wsgi


def _api(app: Flask) -> Api:
    """Routing and OpenAPI; Swagger UI is at /api/docs."""
    from lrs.api import (
        analytics,
        consents,
        histories,
        keys,
        persons,
        profiles,
        programmes,
        pulses,
        quarantine,
        sources,
        state,
        statements,
        things,
        topics,
        validate,
    )

    api = Api(
        app,
        version="1",
        title="Learning Record Store",
        description=_DESCRIPTION,
        doc="/api/docs",
        authorizations={"key": {"type": "basic"}},
        security="key",
    )
    for namespace in (
        statements.ns,
        statements.signatures,
        state.ns,
        things.agents,
        things.activities,
        things.about,
        profiles.agents,
        profiles.activities,
        validate.ns,
        keys.ns,
        sources.ns,
        analytics.ns,
        quarantine.ns,
        persons.ns,
        consents.ns,
        histories.ns,
        histories.access_log,
        programmes.ns,
        pulses.ns,
        topics.ns,
    ):
        api.add_namespace(namespace)
    return api
