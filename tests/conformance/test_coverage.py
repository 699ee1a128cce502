"""How many of ADL's requirements the tables of this folder name."""

from __future__ import annotations

from tests.conformance import (
    test_attachment_rules,
    test_document_resources,
    test_other_resources,
    test_parameter_rules,
    test_statement_resource,
    test_statement_rules,
)
from tests.conformance.rules import covered

MODULES = (
    test_attachment_rules,
    test_document_resources,
    test_other_resources,
    test_parameter_rules,
    test_statement_resource,
    test_statement_rules,
)
AT_LEAST = 300


def test_the_requirements_of_the_standard_are_covered() -> None:
    """A table that loses its rows must be seen."""
    ids = covered(table for module in MODULES for table in module.TABLES)
    print(f"{len(ids)} requirements: {' '.join(sorted(ids))}")  # noqa: T201 - shown by -rA

    assert len(ids) >= AT_LEAST
