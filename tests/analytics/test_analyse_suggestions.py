"""`lrs analyse suggestions`: groups of words, one language at a time."""

from __future__ import annotations

import pandas as pd

from tests.analytics.command import refusal
from tests.analytics.published import lrs_analyse

ENGLISH = ("the forklift moved a pallet to the warehouse", "we paid the invoice of the supplier")
DUTCH = ("de heftruck bracht een pallet naar het magazijn", "wij betaalden de factuur van de klant")


def test_words_are_grouped_within_their_language(tmp_path):
    table = pd.DataFrame({"post": [*ENGLISH, *DUTCH] * 5})

    result = lrs_analyse("suggestions", table, tmp_path, "--text", "post", "--topics", "2")

    found = {code: [set(group) for group in own] for code, own in result["suggestions"].items()}
    assert set(found) == {"en", "nl"}
    assert any({"forklift", "pallet", "warehouse"} <= group for group in found["en"])
    assert any({"invoice", "supplier"} <= group for group in found["en"])
    assert not any("invoice" in group and "forklift" in group for group in found["en"])
    assert any({"heftruck", "magazijn"} <= group for group in found["nl"])


def test_the_language_of_a_column_is_believed(tmp_path):
    table = pd.DataFrame({"post": [ENGLISH[0]] * 4, "lang": ["de-AT"] * 4})

    result = lrs_analyse(
        "suggestions", table, tmp_path, "--text", "post", "--language", "lang", "--topics", "1"
    )

    assert list(result["suggestions"]) == ["de"]


def test_a_column_that_is_not_there_is_named(tmp_path):
    table = pd.DataFrame({"post": ["a"]})

    assert "column 'text'" in refusal("suggestions", table, tmp_path, "--text", "text")
