"""The README's table of settings, made from Settings: `make settings-table` writes it there."""

from __future__ import annotations

import re
from pathlib import Path

from lrs.config import Settings

README = Path(__file__).resolve().parents[2] / "README.md"
_HEAD = "| setting | default | what it is |\n|---|---|---|\n"
_TABLE = re.compile(re.escape(_HEAD) + r"(?:\|.*\n)+")
_MIB = 2**20


def table() -> str:
    """All settings in the order of the class: name in the environment, default, description."""
    rows = [
        f"| `LRS_{name.upper()}` | {_default(name)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return _HEAD + "".join(rows)


def table_of(readme: str) -> str:
    """The table as it stands in the README; empty when there is none."""
    found = _TABLE.search(readme)
    return found.group() if found else ""


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    if field.default_factory is not None:
        return "computed"
    if field.default == "":
        return "empty"
    if isinstance(field.default, int) and field.default and field.default % _MIB == 0:
        return f"`{field.default}` ({field.default // _MIB} MiB)"
    return f"`{field.default}`"


if __name__ == "__main__":
    text = README.read_text()
    README.write_text(_TABLE.sub(lambda _: table(), text, count=1))
