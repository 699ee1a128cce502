"""The folder is the registry: every file of integrations/sources with an INTEGRATION is one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from integrations import sources
from integrations.base import Integration
from integrations.source import Source
from lrs.domain.errors import BadRequest
from lrs.domain.offers import offers


@cache
def integrations() -> Mapping[str, Integration]:
    """All integrations by name."""
    return offers(sources, "INTEGRATION")


def configured(settings: Mapping[str, Any]) -> Source:
    """
    A source from its settings (see Source.of), checked against the integration it names.

    Raises:
        BadRequest: A setting is missing, unknown or wrong; `at` names it.
    """
    integration = integrations().get(str(settings.get("integration", "")))
    if integration is None:
        names = ", ".join(sorted(integrations()))
        raise BadRequest(f"this setting must be one of: {names}", at="integration")
    source = Source.of(settings, integration.instance)
    if source.verify and source.verify not in integration.checks:
        ways = ", ".join(integration.checks) or "none: it is only harvested"
        raise BadRequest(f"this setting must be one of: {ways}", at="verify")
    return source
