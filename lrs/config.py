"""Settings: the only place that reads the environment. Each one is in the README's table."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set, as environment variables with the prefix LRS_."""

    model_config = SettingsConfigDict(env_prefix="LRS_", frozen=True, extra="forbid")

    store_url: str = Field("sqlite:///data/lrs.sqlite", description="The store: sqlite:///relative, sqlite:////absolute or mongodb://host/database")
    data: Path = Field(Path("data"), description="The folder of everything else: attachments of the embedded store, facts, broker files")
    broker_url: str = Field("", description="Celery's broker (redis://, amqp://); empty: files in LRS_DATA")
    public_url: str = Field("http://localhost:8080", description="The address people and tools know this store by; the home page of its keys' Authorities")
    host: str = Field("127.0.0.1", description="The address that is listened on")
    port: int = Field(8080, ge=0, le=65535, description="The port that is listened on")
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="Web processes; the default is the number of cores")
    threads: int = Field(4, ge=1, description="Requests that one web process works on at a time")
    trusted_proxies: int = Field(0, ge=0, description="How many proxies in front may set X-Forwarded-For, -Proto, -Host and -Prefix")
    xapi_default_version: str = Field("2.0.0", pattern=r"^(1\.0\.3|2\.0\.0)$", description="The version stamped on an answer to a request that names none")
    max_body_bytes: int = Field(32 * 2**20, ge=1024, description="The largest request body; beyond it 413")
    max_batch: int = Field(5000, ge=1, description="The most Statements in one request; beyond it 413")
    max_attachment_bytes: int = Field(24 * 2**20, ge=1, description="The largest single attachment; beyond it 413")
    max_json_depth: int = Field(64, ge=8, le=500, description="The deepest nesting of JSON; beyond it 400")
    max_page: int = Field(500, ge=1, description="The most Statements in one answer; also what an answer holds when no limit is asked for")
    cors_origins: str = Field("*", description="Origins that browser content may send from, comma separated; * for any; empty for none")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="The least severe log lines that are written")
    drain_seconds: int = Field(30, ge=1, description="How long a stopping server goes on with requests it has accepted")
    min_group: int = Field(10, ge=1, description="The smallest group of people a report may show")
