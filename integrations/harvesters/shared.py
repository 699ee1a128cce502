"""What several harvesters have in common."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from integrations.source import Source

T = TypeVar("T")


def bearer(source: Source) -> dict[str, str]:
    """`access.token` as an OAuth 2 bearer token, where there is one."""
    token = source.access.get("token")
    return {"Authorization": f"Bearer {token}"} if token else {}


def basic(source: Source) -> dict[str, str]:
    """`access.user` and `access.password` as HTTP Basic, where they are set."""
    user, password = source.access.get("user"), source.access.get("password")
    if not user or not password:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def option_list(source: Source, key: str) -> list[str]:
    """An option that lists things, as strings in the order given."""
    listed = source.options.get(key, ())
    return [str(one) for one in listed] if isinstance(listed, (list, tuple)) else [str(listed)]


def downward(
    state: Mapping[str, Any],
    fetch: Callable[[str | None, str | None], Sequence[tuple[str, T]]],
    back: Callable[[str], str] = str,
) -> Iterator[tuple[list[T], dict[str, Any]]]:
    """
    Walk a list that is only given newest first, without a gap and without page numbers.

    What comes while it is walked lies above `top` and is read by the next walk; a walk that was
    broken off goes on below what was stored.

    Args:
        state: Of the walk before: `after`, what was read up to, and of one under way `top`, its
            beginning, and `before`, how far down it is.
        fetch: From a key (excluded) and up to a key (excluded) to items with their keys, newest
            first; empty at the end.
        back: A key somewhat before another: the overlap that is read again.

    Yields:
        The items of a page, oldest first, and the state once they are stored.
    """
    after, top, before = state.get("after"), state.get("top"), state.get("before")
    floor = back(after) if after else None
    while True:
        page = fetch(floor, before)
        if not page:
            yield [], {"after": top or after}
            return
        top = top or page[0][0]
        before = page[-1][0]
        yield [item for _, item in reversed(page)], {"after": after, "top": top, "before": before}
