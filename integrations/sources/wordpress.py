"""
WordPress: collections of its REST API, feeds, and webhooks of plugins (integrations.md 3a).

A post is `?p=<id>`, stable when permalinks change. Times come without a zone and are UTC in the
`_gmt` fields. WP Webhooks signs (`verify` "signature"); HookPress cannot (`verify` "token") and
names no author. Options: `bots`, ids of users that are no people; `authors`, see syndication.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

import orjson

from integrations import syndication
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
    Why,
)
from integrations.checks import Hmac, PathToken
from integrations.source import Source
from integrations.text import plain
from integrations.times import iso
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    if delivery.body.lstrip().startswith(b"<"):
        yield from syndication.translate(delivery, source)
        return
    if _is_form(delivery.body):
        yield _hookpress(parse_qs(delivery.text))
        return
    body = delivery.json
    for item in body if isinstance(body, list) else [body]:
        yield _item(item, source)


def _is_form(body: bytes) -> bool:
    return b"hook=" in body and not body.lstrip().startswith((b"{", b"["))


def _hookpress(form: Mapping[str, list[str]]) -> Skip:
    hook = form["hook"][0]
    written = hook.startswith(("publish_", "save_post", "comment_post", "edit_"))
    return Skip(Why.ACTOR_UNKNOWN if written else Why.NOT_SOCIAL, hook)


def _item(item: Json, source: Source) -> Translated:
    if "code" in item and "message" in item:
        return Skip(Why.VENDOR_ERROR, item["code"])
    if "comment_post_ID" in item or isinstance(item.get("post"), dict):
        return _from_plugin(item, source)
    if "post" in item and "author_name" in item:
        return _comment(item, source)
    if isinstance(item.get("parent"), int) and "guid" in item and "status" not in item:
        return _revision(item, source)
    if "title" in item and "status" in item and "author" in item:
        return _post(item, source)
    return Skip(Why.NOT_SOCIAL, str(item.get("taxonomy", "no post and no comment")))


def _nobody(user: int, source: Source) -> Skip | None:
    if not user:
        return Skip(Why.ANONYMOUS)
    return Skip(Why.BOT, str(user)) if str(user) in source.option_ids("bots") else None


def _post(post: Json, source: Source) -> Translated:
    """Who edited it last is told by its revisions only."""
    if post["content"].get("protected"):
        return Skip(Why.PRIVATE, "protected by a password")
    if post["status"] != "publish":
        return Skip(Why.NOT_PUBLISHED, post["status"])
    return _nobody(post["author"], source) or SocialEvent(
        act=Act.POST,
        source_id=f"post/{post['id']}",
        at=iso(post["date_gmt"]),
        actor=_author(post["author"], post),
        object=_article(post["id"], plain(post["title"]["rendered"]), post.get("link")),
        text=plain(post["content"]["rendered"]),
        containers=(_BLOG, *(Thing(f"?cat={c}", v.CATEGORY) for c in post.get("categories", ()))),
        tags=_tags(post),
    )


_BLOG = Thing("", v.BLOG)


def _revision(revision: Json, source: Source) -> Translated:
    """An autosave is no publication. The text is left out: a revision may be of a draft."""
    if "autosave" in revision["slug"]:
        return Skip(Why.NOT_PUBLISHED, "autosave")
    return _nobody(revision["author"], source) or SocialEvent(
        act=Act.EDIT,
        source_id=f"post/{revision['parent']}/revision/{revision['id']}",
        at=iso(revision["modified_gmt"]),
        actor=Party(str(revision["author"])),
        object=_article(revision["parent"], plain(revision["title"]["rendered"])),
        containers=(_BLOG,),
    )


def _comment(comment: Json, source: Source) -> Translated:
    if comment.get("type", "comment") != "comment":
        return Skip(Why.NO_PERSON, comment["type"])
    if comment.get("status") != "approved":
        return Skip(Why.NOT_PUBLISHED, str(comment.get("status")))
    post, parent = comment["post"], comment["parent"]
    return _nobody(comment["author"], source) or SocialEvent(
        act=Act.REPLY if parent else Act.COMMENT,
        source_id=f"comment/{comment['id']}",
        at=iso(comment["date_gmt"]),
        actor=_author(comment["author"], comment),
        object=Thing(f"?p={post}#comment-{comment['id']}", v.COMMENT, url=comment.get("link")),
        text=plain(comment["content"]["rendered"]),
        parent=Thing(f"?p={post}#comment-{parent}", v.COMMENT) if parent else _article(post),
        thread=_article(post) if parent else None,
        containers=(_BLOG,),
    )


def _from_plugin(item: Json, source: Source) -> Translated:
    """WP Webhooks sends the rows of the database; brought into the shape of the REST API."""
    if "comment_post_ID" in item:
        approved = str(item.get("comment_approved")) == "1"
        comment = {
            "id": int(item["comment_ID"]),
            "post": int(item["comment_post_ID"]),
            "parent": int(item.get("comment_parent") or 0),
            "author": int(item.get("user_id") or 0),
            "author_name": item.get("comment_author"),
            "date_gmt": item["comment_date_gmt"],
            "content": {"rendered": item["comment_content"]},
            "status": "approved" if approved else "hold",
            "type": item.get("comment_type") or "comment",
        }
        return _comment(comment, source)
    row = item["post"]
    if row["post_type"] not in ("post", "page"):
        return Skip(Why.NOT_SOCIAL, row["post_type"])
    post = {
        "id": int(row["ID"]),
        "author": int(row["post_author"] or 0),
        "date_gmt": row["post_date_gmt"],
        "title": {"rendered": row["post_title"]},
        "content": {"rendered": row["post_content"], "protected": bool(row.get("post_password"))},
        "status": row["post_status"],
        "link": item.get("post_permalink"),
    }
    return _post(post, source)


def _author(user: int, item: Json) -> Party:
    embedded = item.get("_embedded", {}).get("author") or [{}]
    return Party(str(user), item.get("author_name") or embedded[0].get("name"))


def _tags(post: Json) -> tuple[str, ...]:
    """Only their numbers are told, unless the harvester asks for them to be embedded."""
    terms = [term for group in post.get("_embedded", {}).get("wp:term", ()) for term in group]
    return tuple(term["name"] for term in terms if term["taxonomy"] == "post_tag")


def _article(post: int, title: str | None = None, link: str | None = None) -> Thing:
    return Thing(f"?p={post}", v.ARTICLE, title, url=link)


def recognise(body: bytes, _stem: str) -> Shown:
    """Feeds and answers of the REST API are fetched, forms are sent by HookPress."""
    start = body.lstrip()[:1]
    if start == b"<":
        return Shown("feed", harvested=True)
    if _is_form(body):
        return Shown(parse_qs(body.decode())["hook"][0])
    held = orjson.loads(body)
    plugin = isinstance(held, dict) and ("comment_post_ID" in held or "post_id" in held)
    return Shown("row" if plugin else "collection", harvested=not plugin)


INTEGRATION = Integration(
    name="wordpress",
    title="WordPress",
    checks={
        "signature": Hmac("X-WP-Webhook-Signature", encoding="base64"),
        "token": PathToken(),
    },
    translate=translate,
    recognise=recognise,
)
