"""YAML as people write it: only plain data, and nothing lost where a name stands twice."""

from __future__ import annotations

from typing import Any

import yaml

from lrs.domain.errors import BadRequest
from lrs.domain.problems import shown


class _Strict(yaml.SafeLoader):
    """Refuses a field that is given twice, of which YAML would keep the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        met: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in met:
                raise yaml.constructor.ConstructorError(
                    problem=f"{shown(key.value)} is given twice", problem_mark=key.start_mark
                )
            met.add(key.value)
        return super().construct_mapping(node, deep=deep)


def loads(body: bytes) -> Any:
    """
    The value of one YAML document; JSON is YAML too.

    Args:
        body: UTF-8.

    Raises:
        BadRequest: Not such YAML; `at` names the line.
    """
    try:
        return yaml.load(body.decode("utf-8-sig"), Loader=_Strict)  # noqa: S506 - a SafeLoader
    except UnicodeDecodeError:
        raise BadRequest("this is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f"line {mark.line + 1}" if mark else ""
        raise BadRequest(f"this is not YAML: {error.problem}", at=at) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = (
            str(error).partition("\n")[0] if not isinstance(error, RecursionError) else "too deep"
        )
        raise BadRequest(f"this is not YAML: {said}") from None
