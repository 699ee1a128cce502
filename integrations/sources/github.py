"""
GitHub: Discussions, wiki pages and comments on issues by webhook (research/integrations.md 10).

Repositories are named by their number, which survives renames; people by theirs, because logins
are used again. In a category whose questions can be answered, a discussion asks and a comment of
the first level answers. Reactions send no events; `gollum` tells no time.
Options: `private`, true to record private repositories too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

import orjson

from integrations.base import (
    Act,
    Delivery,
    Integration,
    Party,
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Unreadable,
    Why,
)
from integrations.checks import Hmac
from integrations.source import Source
from integrations.text import tidy
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

# A login after @, not inside a word, an address or code, and not a team (@org/team).
_MENTION = re.compile(r"(?<![\w`/.@-])@([A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?)(?![\w/-])")


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    event = delivery.headers.get("x-github-event", "")
    body = _body(delivery)
    if not event:
        raise Unreadable("the header X-GitHub-Event is missing")
    if event == "ping":
        yield Skip(Why.PING)
        return
    translator = _EVENTS.get(event)
    if translator is None:
        yield Skip(Why.UNKNOWN_EVENT, event)
        return
    hidden = _hidden(body, source)
    yield from [hidden] if hidden else translator(body, source)


def _body(delivery: Delivery) -> Json:
    """A hook can be set to send its JSON as a form's field; the signature covers the form."""
    if delivery.body.startswith(b"payload="):
        try:
            found = orjson.loads(parse_qs(delivery.text)["payload"][0])
        except orjson.JSONDecodeError as error:
            raise Unreadable(f"the payload is no JSON: {error}") from None
    else:
        found = delivery.json
    if not isinstance(found, dict):
        raise Unreadable("the body is no JSON object")
    return found


def _hidden(body: Json, source: Source) -> Skip | None:
    if body["repository"]["private"] and source.options.get("private") is not True:
        return Skip(Why.PRIVATE, "a private repository")
    return _nobody(body.get("sender"))


def _nobody(user: Json | None) -> Skip | None:
    """A deleted account is null or the ghost."""
    if user is None or user["login"] == "ghost":
        return Skip(Why.ANONYMOUS)
    robot = user.get("type") == "Bot" or user["login"].endswith("[bot]")
    return Skip(Why.BOT, user["login"]) if robot else None


def _discussion(body: Json, source: Source) -> Iterator[Translated]:
    discussion, action = body["discussion"], body["action"]
    place = _discussion_thing(body)
    if action == "created":
        act = Act.ASK if _answerable(body) else Act.POST
        yield _said(act, body, discussion, place, source, at="created_at")
    elif action == "edited":
        yield _said(Act.EDIT, body, discussion, place, source, at="updated_at")
    elif action in ("answered", "unanswered"):
        yield _answer_chosen(body, place)
    elif action in ("deleted", "transferred"):
        act = Act.DELETE if action == "deleted" else Act.MOVE
        yield _done(act, body, f"discussion/{discussion['id']}/{action}", place)
    else:
        yield Skip(Why.NOT_SOCIAL, f"discussion {action}")


def _answer_chosen(body: Json, place: Thing) -> SocialEvent:
    """The sender chose; when a choice is taken back is not told."""
    chosen = body["action"] == "answered"
    answer, at = (
        body["answer" if chosen else "old_answer"],
        body["discussion"].get("answer_chosen_at"),
    )
    return SocialEvent(
        act=Act.ACCEPT if chosen else Act.UNACCEPT,
        source_id=f"discussion_comment/{answer['id']}/{body['action']}/{at}",
        at=iso(at) if at and chosen else None,
        actor=_user(body["sender"]),
        object=_comment_thing(body, answer["id"], v.SOLUTION, answer.get("html_url")),
        answered=_user(answer["user"]) if not _nobody(answer.get("user")) else None,
        parent=place,
        containers=_containers(body),
    )


def _discussion_comment(body: Json, source: Source) -> Iterator[Translated]:
    comment = body["comment"]
    first_level = comment.get("parent_id") is None
    answers = first_level and _answerable(body)
    kind = v.SOLUTION if answers else v.FORUM_REPLY
    made = _comment_thing(body, comment["id"], kind, comment.get("html_url"))
    above = _discussion_thing(body)
    parent = above if first_level else _comment_thing(body, comment["parent_id"], v.FORUM_REPLY)
    act = Act.ANSWER if answers else Act.REPLY
    whom = body["discussion"].get("user") if first_level else None
    yield _comment(act, body, made, parent, whom, source)


def _issue_comment(body: Json, source: Source) -> Iterator[Translated]:
    comment, issue = body["comment"], body["issue"]
    path = f"{_repository(body)}/issues/{issue['number']}"
    parent = Thing(path, v.DISCUSSION, issue["title"], url=issue.get("html_url"))
    made = Thing(f"{path}#issuecomment-{comment['id']}", v.COMMENT, url=comment.get("html_url"))
    yield _comment(Act.COMMENT, body, made, parent, issue.get("user"), source)


def _comment(
    act: Act, body: Json, made: Thing, parent: Thing, whom: Json | None, source: Source
) -> Translated:
    comment, action = body["comment"], body["action"]
    if action == "deleted":
        return _done(Act.DELETE, body, f"{made.id}/deleted", made)
    if action not in ("created", "edited"):
        return Skip(Why.NOT_SOCIAL, f"comment {action}")
    at = "created_at" if action == "created" else "updated_at"
    act = act if action == "created" else Act.EDIT
    answered = _user(whom) if whom and action == "created" and not _nobody(whom) else None
    return _said(act, body, comment, made, source, at=at, parent=parent, answered=answered)


def _said(
    act: Act, body: Json, written: Json, made: Thing, source: Source, *, at: str, **more: Any
) -> SocialEvent:
    labels = body.get("issue", body.get("discussion", {})).get("labels") or ()
    text = written.get("body") or ""
    return SocialEvent(
        act=act,
        source_id=f"{made.id}/{written[at]}",
        at=iso(written[at]),
        actor=_user(body["sender"]),
        object=made,
        text=tidy(text),
        containers=_containers(body),
        tags=tuple(label["name"] for label in labels),
        mentions=() if act is Act.EDIT else _mentions(text, source),
        **more,
    )


def _done(act: Act, body: Json, source_id: str, to: Thing) -> SocialEvent:
    """When is not told: the object's own times are of its text."""
    return SocialEvent(
        act=act,
        source_id=source_id,
        actor=_user(body["sender"]),
        object=to,
        containers=_containers(body),
    )


def _gollum(body: Json, _source: Source) -> Iterator[Translated]:
    """One event may hold several pages; deletions are never sent."""
    for page in body["pages"]:
        act = {"created": Act.WIKI_CREATE, "edited": Act.WIKI_EDIT}.get(page["action"])
        if act is None:
            yield Skip(Why.NOT_SOCIAL, f"gollum {page['action']}")
            continue
        path = f"{_repository(body)}/wiki/{quote(page['page_name'], safe='')}"
        to = Thing(path, v.PAGE, page["title"], url=page.get("html_url"))
        yield _done(act, body, f"{path}/{page['sha']}", to)


_EVENTS: Mapping[str, Callable[[Json, Source], Iterator[Translated]]] = {
    "discussion": _discussion,
    "discussion_comment": _discussion_comment,
    "issue_comment": _issue_comment,
    "gollum": _gollum,
}


def _repository(body: Json) -> str:
    return f"repositories/{body['repository']['id']}"


def _containers(body: Json) -> tuple[Thing, ...]:
    repository = body["repository"]
    site = Thing(_repository(body), v.SITE, repository["full_name"], url=repository.get("html_url"))
    category = body.get("discussion", {}).get("category")
    if not category:
        return (site,)
    # The only id that GraphQL tells too, so that a harvest and a webhook mean one category.
    path = f"{site.id}/discussions/categories/{category.get('node_id') or category['id']}"
    return (Thing(path, v.CATEGORY, category["name"]), site)


def _answerable(body: Json) -> bool:
    return bool(body["discussion"]["category"].get("is_answerable"))


def _discussion_thing(body: Json) -> Thing:
    discussion = body["discussion"]
    kind = v.QUESTION if _answerable(body) else v.DISCUSSION
    path = f"{_repository(body)}/discussions/{discussion['number']}"
    return Thing(path, kind, discussion["title"], url=discussion.get("html_url"))


def _comment_thing(body: Json, number: int, kind: str, url: str | None = None) -> Thing:
    return Thing(f"{_discussion_thing(body).id}#discussioncomment-{number}", kind, url=url)


def _user(user: Json) -> Party:
    return Party(str(user["id"]), user["login"])


def _mentions(text: str, source: Source) -> tuple[Party, ...]:
    logins = dict.fromkeys(login.lower() for login in _MENTION.findall(text))
    return tuple(Party(login, login, home=f"{source.instance}/users") for login in logins)


def recognise(body: bytes, _stem: str) -> Shown:
    """The header's name is not in the body; what the body holds tells it."""
    held = orjson.loads(body)
    if "pages" in held:
        return Shown("gollum")
    if "zen" in held:
        return Shown("ping")
    what = "discussion" if "discussion" in held else "issue" if "issue" in held else "unknown"
    if what == "issue" and "comment" not in held:
        return Shown("issues")
    return Shown(f"{what}_comment" if "comment" in held else what)


INTEGRATION = Integration(
    name="github",
    title="GitHub",
    instance="https://github.com",
    checks={"signature": Hmac("X-Hub-Signature-256", prefix="sha256=")},
    translate=translate,
    event_header="x-github-event",
    recognise=recognise,
)
