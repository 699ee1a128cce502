"""What has to hold before a server or a worker starts; else only later work would find it out."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lrs.config import Settings
from lrs.domain.errors import BadRequest


def check(settings: Settings) -> None:
    """
    Look whether the settings that are used only later can be used.

    Raises:
        BadRequest: LRS_DATA is no folder that files can be made in, or LRS_SMTP_URL names no
            mail server.
    """
    _check_data(settings.data)
    if settings.smtp_url:
        from lrs.mail import read_url

        read_url(settings.smtp_url)


def _check_data(folder: Path) -> None:
    """Make the folder and a file in it, which is gone at once; on a full disk that still works."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadRequest(
            f"no files can be made in {folder.absolute()}: {error.strerror}", at="LRS_DATA"
        ) from error


def check_broker(url: str) -> None:
    """
    Look whether Celery knows such a broker.

    Raises:
        BadRequest: It does not, or lacks what it needs to speak to it.
    """
    from kombu.transport import get_transport_cls

    scheme = url.partition("://")[0].partition("+")[0]
    try:
        get_transport_cls(scheme)
    except (KeyError, ImportError, AttributeError) as error:
        raise BadRequest("Celery can use no broker of this scheme", at="LRS_BROKER_URL") from error
