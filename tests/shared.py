"""Where the shared fixtures and specifications are, if they are there at all."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="not run: the folder ../shared with fixtures and specifications is absent",
)
