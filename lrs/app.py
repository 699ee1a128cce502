"""The composition root of the web process: store, use cases, API and pages become one."""

from __future__ import annotations

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
from lrs.services.statements import Limits
from lrs.stores.port import Store
from lrs.web.pages import pages

if TYPE_CHECKING:
    from integrations.harvest import Harvests
    from integrations.intake import Intake

_DESCRIPTION = "Statements of formal, social and informal learning: kept, found and related."


def open_store(settings: Settings) -> Store:
    """The store that LRS_STORE_URL names."""
    url = settings.store_url
    if url.startswith("sqlite:///"):
        from lrs.stores.sqlite import SqliteStore

        return SqliteStore.open(Path(url.removeprefix("sqlite:///")), settings.data / "attachments")
    if url.startswith("mongodb"):
        from lrs.stores.mongo import MongoStore

        return MongoStore.open(url)
    raise SystemExit("LRS_STORE_URL is sqlite:///relative, sqlite:////absolute or mongodb://…")


def use_cases(settings: Settings, store: Store) -> Lrs:
    """All use cases over a store."""
    limits = Limits(
        max_batch=settings.max_batch,
        max_json_depth=settings.max_json_depth,
        max_page=settings.max_page,
    )
    return Lrs.over(store, limits, settings.public_url)


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
    app.register_blueprint(pages)  # before the API, which would answer 404 for "/"
    errors.install(app, _api(app))
    app.register_blueprint(observe)
    _add_sources(app)
    app.wsgi_app = _wrapped(app, settings)  # type: ignore[method-assign]
    return app


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
        consents,
        histories,
        keys,
        persons,
        profiles,
        quarantine,
        sources,
        state,
        statements,
        things,
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
        quarantine.ns,
        persons.ns,
        consents.ns,
        histories.ns,
        histories.access_log,
    ):
        api.add_namespace(namespace)
    return api
