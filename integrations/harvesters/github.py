"""
GitHub: Discussions with their comments and answers by GraphQL (research/integrations.md 10).

Each becomes the webhook that would have told it. Who edited, deleted or moved, and wiki pages, are
only told by webhooks. Options: `repositories`, as "owner/name". Access: `token`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.base import Delivery
from integrations.harvest import Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer, option_list
from integrations.http import Busy, Refused, Reply
from integrations.shapes import an_object, onward
from integrations.times import iso

API = "https://api.github.com"
Json = dict[str, Any]

_AUTHOR = "author { __typename login url ... on User { databaseId } ... on Bot { databaseId } }"
_WRITTEN = f"id databaseId url createdAt body {_AUTHOR}"
_COMMENTS = f"""comments(first: 50, after: $comments) {{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{ {_WRITTEN} isAnswer replies(first: 100) {{ nodes {{ {_WRITTEN} }} }} }}
}}"""
# Ascending by last change: what changes while it is walked comes again at the end.
_DISCUSSIONS = f"""query($owner: String!, $name: String!, $after: String, $comments: String) {{
  repository(owner: $owner, name: $name) {{
    databaseId nameWithOwner isPrivate url
    discussions(first: 20, after: $after, orderBy: {{field: UPDATED_AT, direction: ASC}}) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        number title updatedAt {_WRITTEN} answerChosenAt
        answerChosenBy {{ __typename login url ... on User {{ databaseId }} }}
        category {{ id name slug isAnswerable }}
        labels(first: 20) {{ nodes {{ name }} }}
        {_COMMENTS}
      }}
    }}
  }}
}}"""
_FURTHER = f"""query($id: ID!, $comments: String) {{
  node(id: $id) {{ ... on Discussion {{ {_COMMENTS} }} }}
}}"""


def harvest(h: Harvesting) -> Iterator[Page]:
    cursor = dict(h.cursor)
    for repository in option_list(h.source, "repositories"):
        owner, _, name = repository.partition("/")
        after = cursor.get(repository)
        while True:
            asked = {"owner": owner, "name": name, "after": after}
            held = _ask(h, _DISCUSSIONS, asked)["repository"]
            if held is None:
                raise Refused(f"there is no repository {repository}")
            page = held["discussions"]
            found = h.items(page["nodes"], lambda one: iso(one["updatedAt"]))
            told = [one for d in found if _is_new(h, d) for one in _told(h, held, d)]
            after = onward(page["pageInfo"]["endCursor"]) or after
            cursor = {**cursor, repository: after}
            yield Page(told, cursor)
            if not page["pageInfo"]["hasNextPage"]:
                break


def _is_new(h: Harvesting, discussion: Json) -> bool:
    return iso(discussion["updatedAt"]) >= h.since


def _ask(h: Harvesting, query: str, variables: Json) -> Json:
    body = {"query": query, "variables": variables}
    held: Json = h.http.post(h.url("graphql", API), json=body, look=_look).json["data"]
    return held


def _look(reply: Reply) -> None:
    """Errors come with status 200."""
    held = an_object(reply.json)
    errors = held.get("errors")
    if not errors:
        return
    if errors[0].get("type") == "RATE_LIMITED":
        raise Busy("GitHub answers RATE_LIMITED")
    if not (held.get("data") or {}):
        raise Refused(f"GitHub answers {errors[0].get('message')}")


def _told(h: Harvesting, repository: Json, discussion: Json) -> Iterator[Delivery]:
    """A discussion, its comments with their replies, and the choice of an answer."""
    beside = {
        "repository": {
            "id": repository["databaseId"],
            "full_name": repository["nameWithOwner"],
            "private": repository["isPrivate"],
            "html_url": repository["url"],
        },
        "discussion": _discussion(discussion),
    }
    yield _as(h, "discussion", beside, "created", discussion)
    for comment in _comments(h, discussion):
        yield _comment(h, beside, comment, None)
        for reply in comment["replies"]["nodes"]:
            yield _comment(h, beside, reply, comment["databaseId"])
        if comment["isAnswer"] and discussion.get("answerChosenBy"):
            chosen = {**beside, "answer": _written(comment)}
            chooser = {"author": discussion["answerChosenBy"]}
            yield _as(h, "discussion", chosen, "answered", chooser)


def _comments(h: Harvesting, discussion: Json) -> Iterator[Json]:
    page = discussion["comments"]
    while True:
        yield from h.items(page["nodes"], lambda one: one["databaseId"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        asked = {"id": discussion["id"], "comments": onward(page["pageInfo"]["endCursor"])}
        page = _ask(h, _FURTHER, asked)["node"]["comments"]


def _comment(h: Harvesting, beside: Json, comment: Json, parent: int | None) -> Delivery:
    body = {**beside, "comment": {**_written(comment), "parent_id": parent}}
    return _as(h, "discussion_comment", body, "created", comment)


def _as(h: Harvesting, event: str, body: Json, action: str, by: Json) -> Delivery:
    told = {**body, "action": action, "sender": _user(by["author"])}
    return h.item(told, event, headers={"x-github-event": event})


def _discussion(held: Json) -> Json:
    category = held["category"]
    return {
        **_written(held),
        "number": held["number"],
        "title": held["title"],
        "answer_chosen_at": held.get("answerChosenAt"),
        "category": {
            "node_id": category["id"],
            "name": category["name"],
            "slug": category["slug"],
            "is_answerable": category["isAnswerable"],
        },
        "labels": [{"name": label["name"]} for label in held["labels"]["nodes"]],
    }


def _written(held: Json) -> Json:
    return {
        "id": held["databaseId"],
        "html_url": held["url"],
        "body": held["body"],
        "created_at": held["createdAt"],
        "user": _user(held["author"]),
    }


def _user(author: Json | None) -> Json | None:
    """An account that is gone is null."""
    if author is None or author.get("databaseId") is None:
        return None
    return {
        "id": author["databaseId"],
        "login": author["login"],
        "type": author["__typename"],
        "html_url": author.get("url"),
    }


HARVESTER = Harvester(name="github", harvest=harvest, headers=bearer, hosts=(API,))
