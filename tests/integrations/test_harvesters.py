"""Forum, blog and feed harvested from servers that speak their protocol."""

from __future__ import annotations

import json
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from integrations.base import Answer, Delivery
from integrations.harvest import Harvests, job_name
from integrations.http import Later, Refused
from integrations.receive import Outcome
from integrations.websub import KIND, LEASE_SECONDS, callback, renew, verified
from lrs.domain.vocabulary import action_of
from tests.integrations.vendors.forum import RESTRICTED, START, Blog, Forum
from tests.integrations.vendors.reading import Serve, actions, put, statements
from tests.integrations.vendors.server import HALF, Asked, Told

SINCE = START - timedelta(days=1)


# The forum


def test_every_post_of_a_forum_is_read_once_although_posts_come_meanwhile(
    harvests: Harvests, serve: Serve
) -> None:
    forum = Forum(220)
    vendor = serve(forum)
    numbers = iter(range(221, 230))

    def add(_asked: Asked) -> None:
        number = next(numbers, None)
        if number:
            forum.posts.append(forum.post(number))

    vendor.before = add
    source = put(harvests, "discourse", vendor)

    harvests.run(source, SINCE)
    harvests.run(source)

    assert len(statements(harvests)) == len(forum.posts)


def test_only_posts_since_a_time_are_read_and_found_by_few_questions(
    harvests: Harvests, serve: Serve
) -> None:
    vendor = serve(Forum(3_000))
    source = put(harvests, "discourse", vendor)

    harvests.run(source, START + timedelta(hours=2_900))

    assert 80 <= len(statements(harvests)) <= 250
    assert len(vendor.asked) < 20


def test_a_post_in_a_category_that_is_not_for_everybody_is_private(
    harvests: Harvests, serve: Serve
) -> None:
    forum = Forum(1)
    forum.posts.append(forum.post(2, category_id=RESTRICTED))

    progress = harvests.run(put(harvests, "discourse", serve(forum)), SINCE)

    assert progress.counts == {"stored": 1, "skipped: private": 1}


def test_an_edited_post_is_an_act_and_an_edit_and_not_a_second_act(
    harvests: Harvests, serve: Serve
) -> None:
    """What its hook told at the time and what the harvest tells now is one act."""
    forum = Forum(1)
    forum.posts.append(forum.post(2))
    source = put(harvests, "discourse", serve(forum))
    harvests.run(source, SINCE)
    edited = {"version": 2, "cooked": "<p>I did not.</p>"}
    forum.posts[1] |= {**edited, "updated_at": "2026-11-03T00:00:00.000Z"}

    progress = harvests.run(source)

    assert progress.counts == {"known": 1, "unchanged": 1, "stored": 1}
    assert actions(harvests) == ["edit", "post", "reply"]


def test_a_forum_tells_in_the_body_how_long_to_wait(harvests: Harvests, serve: Serve) -> None:
    vendor = serve(Forum(10))
    slow = {"errors": ["slow down"], "extras": {"wait_seconds": 1}}
    vendor.faults = deque([None, Told(slow, 429, {"Retry-After": "1"}), HALF])

    harvests.run(put(harvests, "discourse", vendor), SINCE)

    assert len(statements(harvests)) == 9


# The blog


def test_every_post_and_comment_of_a_blog_is_read_although_posts_change_meanwhile(
    harvests: Harvests, serve: Serve
) -> None:
    """A post that is changed moves to the end: by page numbers another would be skipped."""
    blog = Blog(250)
    vendor = serve(blog)
    changes = iter(range(5, 30))

    def change(asked: Asked) -> None:
        if asked.path.endswith("/posts"):
            number = next(changes)
            blog.collections["posts"][number] = blog.post(number + 1, minutes=1_000 + number)

    vendor.before = change

    harvests.run(put(harvests, "wordpress", vendor), SINCE)

    posts = {one["object"]["id"] for one in statements(harvests) if action_of(one) == "post"}
    assert len(posts) == 250
    assert actions(harvests).count("comment") == 3


def test_many_posts_of_one_second_are_all_read(harvests: Harvests, serve: Serve) -> None:
    blog = Blog(0)
    blog.collections["posts"] = [blog.post(n, minutes=3) for n in range(1, 231)]
    vendor = serve(blog)

    harvests.run(put(harvests, "wordpress", vendor), SINCE)

    assert len(statements(harvests)) == 233


def test_the_next_run_of_a_blog_begins_where_the_last_ended(
    harvests: Harvests, serve: Serve
) -> None:
    blog = Blog(120)
    vendor = serve(blog)
    source = put(harvests, "wordpress", vendor)
    harvests.run(source, SINCE)
    blog.collections["posts"].append(blog.post(121))

    progress = harvests.run(source)

    assert progress.counts["stored"] == 1
    assert progress.items < 20


def test_who_edited_a_post_is_told_to_who_may_edit(harvests: Harvests, serve: Serve) -> None:
    blog = Blog(1)
    blog.collections["posts"] = [blog.post(1, minutes=50)]
    access = {"user": "reader", "password": "abcd efgh"}

    harvests.run(put(harvests, "wordpress", serve(blog), access=access), SINCE)

    assert actions(harvests) == ["comment", "comment", "comment", "edit", "post"]


def test_what_a_post_was_before_it_was_published_is_not_told(
    harvests: Harvests, serve: Serve
) -> None:
    """Revisions of a draft show what its authors did not publish, in their titles already."""
    blog = Blog(0)
    blog.collections["posts"] = [blog.post(1, minutes=50)]
    published = blog.collections["posts"][0]["date_gmt"]
    times = ["2026-10-28T10:00:00", "2026-10-30T10:00:00", published, "2026-11-05T10:00:00"]
    blog.revisions = [blog.revision(number, at) for number, at in enumerate(times)]
    access = {"user": "reader", "password": "abcd efgh"}

    harvests.run(put(harvests, "wordpress", serve(blog), access=access), SINCE)

    [edit] = [one for one in statements(harvests) if action_of(one) == "edit"]
    assert edit["object"]["definition"]["name"] == {"und": "Version 3"}
    assert edit["timestamp"].startswith("2026-11-05T10:00:00")


# The feed

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Ada</title>
<link href="https://ada.example/"/>{links}{entries}</feed>"""


def atom(*numbers: int, links: str = "") -> bytes:
    entries = "".join(
        f"<entry><id>tag:ada.example,2026:{n}</id><title>{n}</title><author><name>Ada</name></author>"
        f"<link href='https://ada.example/{n}'/><published>2026-11-{n:02}T08:00:00Z</published>"
        f"<updated>2026-11-{n:02}T08:00:00Z</updated></entry>"
        for n in numbers
    )
    return ATOM.format(links=links, entries=entries).encode()


FEED = {"options": {"authors": {"Ada": "ada"}}}


def test_a_feed_that_has_not_changed_is_not_sent_again(harvests: Harvests, serve: Serve) -> None:
    def answer(asked: Asked) -> Told:
        if asked.headers.get("if-none-match") == '"a"':
            return Told(b"", 304, {"ETag": '"a"'})
        return Told(atom(1, 2), 200, {"ETag": '"a"'})

    vendor = serve(answer)
    source = put(harvests, "feed", vendor, **FEED)
    harvests.run(source, SINCE)

    progress = harvests.run(source)

    assert progress.items == 0
    assert len(statements(harvests)) == 2
    assert len(vendor.asked) == 2


def test_a_feed_says_how_long_it_stays_as_it_is(harvests: Harvests, serve: Serve) -> None:
    vendor = serve(lambda _asked: Told(atom(1), 200, {"Cache-Control": "max-age=600"}))
    source = put(harvests, "feed", vendor, **FEED)
    harvests.run(source, SINCE)

    harvests.run(source)

    assert len(vendor.asked) == 1


def test_older_pages_of_a_feed_are_read_the_first_time(harvests: Harvests, serve: Serve) -> None:
    def answer(asked: Asked) -> Told:
        page = int(asked.query.get("page", 1))
        link = f"<link rel='next' href='{vendor.url}/?page={page + 1}'/>" if page < 3 else ""
        return Told(atom(10 - page, links=link))

    vendor = serve(answer)

    harvests.run(put(harvests, "feed", vendor, **FEED), SINCE)

    assert len(statements(harvests)) == 3


def test_a_feed_that_is_gone_is_never_asked_again(harvests: Harvests, serve: Serve) -> None:
    vendor = serve(lambda _asked: Told(b"", 410))
    source = put(harvests, "feed", vendor, **FEED)

    for _ in range(2):
        with pytest.raises(Refused, match="gone"):
            harvests.run(source, SINCE if not vendor.asked else None)

    assert len(vendor.asked) == 1
    assert "gone" in harvests.jobs.job(job_name(source)).error


def test_something_that_is_no_feed_is_asked_for_again_and_older_pages_are_read_then(
    harvests: Harvests, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy's page that was taken for the newest would be the end of the first walk."""
    monkeypatch.setattr("integrations.http.ATTEMPTS", 1)

    def answer(asked: Asked) -> Told:
        link = "" if asked.query else f"<link rel='next' href='{vendor.url}/?page=2'/>"
        return Told(atom(9 if asked.query else 10, links=link))

    vendor = serve(answer)
    vendor.faults.append(Told(b"<html><body>moved</body></html>"))
    source = put(harvests, "feed", vendor, **FEED)

    with pytest.raises(Later, match="no feed"):
        harvests.run(source, SINCE)
    harvests.run(source)

    assert len(statements(harvests)) == 2


def test_a_hub_is_subscribed_once_and_again_before_the_lease_ends(
    harvests: Harvests, serve: Serve
) -> None:
    def answer(asked: Asked) -> Told:
        if asked.path == "/hub":
            return Told(b"", 202)
        return Told(atom(1, links=f"<link rel='hub' href='{vendor.url}/hub'/>"))

    vendor = serve(answer)
    topic = f"{vendor.url}/feed"
    put(harvests, "feed", vendor, secrets=["s"], options={"topic": topic})
    now = int(datetime.now(UTC).timestamp() * 1e6)

    renew(harvests.intake, now)
    renew(harvests.intake, now + 60_000_000)

    asked = [one.form for one in vendor.asked if one.path == "/hub"]
    source = harvests.intake.sources.named("told")
    assert [form["hub.topic"] for form in asked] == [topic]
    assert asked[0]["hub.callback"] == callback(source, "https://lrs.example")
    assert asked[0]["hub.secret"] == "s"
    renew(harvests.intake, now + 3_700_000_000)  # the hub never asked back
    assert len([one for one in vendor.asked if one.path == "/hub"]) == 2


def test_a_hub_is_believed_only_while_it_was_asked_and_for_no_longer_than_was_asked(
    harvests: Harvests, serve: Serve
) -> None:
    vendor = serve(lambda _asked: Told(b"", 202))
    options = {"topic": "https://blog.example/feed", "hub": vendor.url}
    put(harvests, "feed", vendor, secrets=["s"], options=options)
    intake, now = harvests.intake, int(datetime.now(UTC).timestamp() * 1e6)
    source = intake.sources.named("told")

    def asked_back(when: int, lease: str) -> tuple[int, float]:
        query = {"hub.mode": "subscribe", "hub.topic": str(options["topic"])}
        delivery = Delivery("told", method="GET", query={**query, "hub.lease_seconds": lease})
        answered = verified(intake, source, delivery, Outcome(answer=Answer(b"c")), when).answer
        record = intake.lrs.store.record(KIND, "told")
        renew_at = json.loads(record.value)["renew_at"] if record else when
        return answered.status if answered else 0, (renew_at - when) / 1e6

    assert asked_back(now, "60") == (404, 0)
    renew(intake, now)

    assert asked_back(now, "1000") == (200, 800)
    assert asked_back(now, "99999999999") == (200, 0.8 * LEASE_SECONDS)
    assert asked_back(now, "\u00b2") == (200, 0.8 * LEASE_SECONDS)
    assert asked_back(now + 3_700_000_000, "60")[0] == 404
