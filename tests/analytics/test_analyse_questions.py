"""`lrs analyse questions`: a verdict for every row."""

from __future__ import annotations

import pandas as pd

from tests.analytics.command import refusal
from tests.analytics.published import lrs_analyse


def test_every_row_is_answered_and_null_where_its_text_is_missing(tmp_path):
    table = pd.DataFrame(
        {
            "post": ["Weet iemand waar de lijst staat?", None, "The list is on the wall.", "+1"],
            "lang": [None, "nl", "en-GB", None],
        }
    )

    result = lrs_analyse("questions", table, tmp_path, "--text", "post", "--language", "lang")

    assert result["rows"] == [
        {"row": 1, "language": "nl", "is_question": True},
        {"row": 2, "language": None, "is_question": None},
        {"row": 3, "language": "en", "is_question": False},
        {"row": 4, "language": "und", "is_question": False},
    ]
    assert (result["rows_read"], result["rows_used"], result["dropped"]) == (4, 3, {"post": 1})
    assert result["by_language"]["nl"] == {"texts": 1, "questions": 1}


def test_a_column_of_texts_that_is_not_there(tmp_path):
    table = pd.DataFrame({"post": ["a"]})

    assert "column 'text'" in refusal("questions", table, tmp_path, "--text", "text")
    assert "column 'lang'" in refusal(
        "questions", table, tmp_path, "--text", "post", "--language", "lang"
    )
