"""Settings: the only place that reads the environment. Each one is in the README's table."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set, as environment variables with the prefix LRS_."""

    model_config = SettingsConfigDict(env_prefix="LRS_", frozen=True, extra="forbid")

    store_url: str = Field(
        default="sqlite:///data/lrs.sqlite",
        description="The store: sqlite:///relative, sqlite:////absolute or mongodb://host/database",
    )
    data: Path = Field(
        default=Path("data"),
        description="The folder of everything else: attachments, facts, broker files",
    )
    broker_url: str = Field(
        default="", description="Celery's broker (redis://, amqp://); empty: files in LRS_DATA"
    )
    public_url: str = Field(
        default="http://localhost:8080",
        pattern=r"^https?://[^\s|]+$",
        description="The address this store is known by; the home page of its keys' Authorities",
    )
    host: str = Field(default="127.0.0.1", description="The address that is listened on")
    port: int = Field(default=8080, ge=1, le=65535, description="The port that is listened on")
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="Web processes; the default is the number of cores",
    )
    threads: int = Field(default=4, ge=1, description="Requests a web process works on at a time")
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        description="How many proxies in front may set X-Forwarded-For, -Proto, -Host and -Prefix",
    )
    xapi_default_version: str = Field(
        default="2.0.0",
        pattern=r"^(1\.0\.3|2\.0\.0)$",
        description="The version stamped on an answer to a request that names none",
    )
    max_body_bytes: int = Field(
        default=32 * 2**20, ge=1024, description="The largest request body; beyond it 413"
    )
    max_batch: int = Field(
        default=5000, ge=1, description="The most Statements in one request; beyond it 413"
    )
    max_attachment_bytes: int = Field(
        default=24 * 2**20, ge=1, description="The largest single attachment; beyond it 413"
    )
    max_json_depth: int = Field(
        default=64, ge=8, le=240, description="The deepest nesting of JSON; beyond it 400"
    )
    max_page: int = Field(
        default=500,
        ge=1,
        description="The most Statements in one answer, with or without a limit",
    )
    cors_origins: str = Field(
        default="*",
        description="Origins that browser content may send from, by comma; * for any",
    )
    log_level: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="The least severe log lines that are written",
    )
    drain_seconds: int = Field(
        default=30,
        ge=1,
        description="How long a stopping server goes on with requests it has accepted",
    )
    job_lease_seconds: int = Field(
        default=60,
        ge=2,
        description="After so long without a sign of life a worker's job is taken over by another",
    )
    smtp_url: str = Field(
        default="",
        description="The mail server of pulses, smtp://user:password@host:587?starttls=1&rate=10 "
        "or smtps://…; empty: no mail, links by `lrs pulses links`",
    )
    mail_from: str = Field(
        default="", description="The address pulses are sent from, such as Learning <l@example.org>"
    )
    min_group: int = Field(default=10, ge=1, description="The fewest people a report may show")


def export(settings: Settings) -> None:
    """Hand settings on to the processes that this one starts."""
    for name, value in settings.model_dump().items():
        os.environ[f"LRS_{name.upper()}"] = str(value)


def share_metrics(folder: Path) -> None:
    """Tell prometheus-client where the processes of one server share their counters."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
