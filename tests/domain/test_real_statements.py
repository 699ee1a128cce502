"""Real Statements go in and come out the same, and can be found by what is in them."""

from __future__ import annotations

import orjson
import pytest

from lrs.domain import strict_json, timestamps
from lrs.domain.formats import canonical, ids
from lrs.domain.statement import completed, same_statement
from lrs.domain.terms import terms_of
from lrs.domain.versions import Version
from lrs.stores.port import NewStatement
from tests.shared import SHARED, needs_shared

KEY = {"account": {"homePage": "https://lrs.example.org", "name": "key"}}
FILES = sorted(p for p in SHARED.glob("fixtures/xapi/*/*.json") if p.is_file())
real = pytest.mark.parametrize(
    "path", FILES or ["fixtures/xapi/*/*.json"], ids=lambda p: "/".join(str(p).split("/")[-2:])
)
pytestmark = [pytest.mark.shared, needs_shared]


def kept(exact, sent):
    head = completed(exact, statement_id="1", authority=KEY, version=Version.V1)
    new = NewStatement("1", head, frozenset(), stamped="timestamp" not in sent)
    return strict_json.loads(new.complete("2026-11-24T08:01:02.000003Z"), 100).plain


def pairs(path):
    """Each Statement of a file: as plain JSON, and as it is read back."""
    parsed = strict_json.loads(path.read_bytes(), 100)
    plain = parsed.plain if isinstance(parsed.plain, list) else [parsed.plain]
    exact = parsed.exact if isinstance(parsed.exact, list) else [parsed.exact]
    return [(sent, kept(form, sent)) for sent, form in zip(plain, exact, strict=True)]


@real
def test_a_real_statement_comes_back_as_it_was_sent(path):
    for sent, back in pairs(path):
        assert same_statement(sent, back, Version.V1)
        assert same_statement(sent, back, Version.V2)
        for name in ("actor", "verb", "result", "attachments"):
            assert back.get(name) == sent.get(name)
        if "timestamp" in sent:
            assert timestamps.parse(back["timestamp"]) == timestamps.parse(sent["timestamp"])


@real
def test_a_real_statement_can_be_shown_in_every_format(path):
    for sent, back in pairs(path):
        terms = terms_of(sent, KEY)

        assert "verb:" + sent["verb"]["id"] in terms
        assert terms_of(canonical(back, {}, ()), KEY) == terms
        assert terms_of(ids(back), KEY) <= terms
        assert orjson.loads(orjson.dumps(ids(back)))["verb"] == {"id": sent["verb"]["id"]}
