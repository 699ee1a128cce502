"""Input made by schemathesis from the API's own description finds no 5xx."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.server import Client

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of libraries that schemathesis loads
    import schemathesis
    from schemathesis import GenerationMode

pytestmark = pytest.mark.timeout(7200)  # with --long it takes its time
EXAMPLES, MANY = 25, 3_000


def test_no_operation_fails_on_what_its_description_allows_or_forbids(
    lrs: Client, request: pytest.FixtureRequest
) -> None:
    schema = schemathesis.openapi.from_dict(lrs.get("/swagger.json").json())
    operations = [result.ok() for result in schema.get_all_operations()]
    limits = settings(
        max_examples=MANY if request.config.getoption("--long") else EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    asked: dict[str, set[int]] = {}

    for operation in operations:

        def check(case: schemathesis.Case) -> None:
            case.headers.setdefault("X-Experience-API-Version", "2.0.0")
            answer = case.call(base_url=lrs.url, session=lrs.session, auth=lrs.auth)
            asked.setdefault(case.operation.label, set()).add(answer.status_code)
            assert answer.status_code < 500, case.as_curl_command()

        modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
        cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])
        limits(given(case=cases)(check))()

    assert set(asked) == {operation.label for operation in operations}
    assert len(operations) >= 20
    statuses = {label: sorted(seen) for label, seen in asked.items()}
    print(statuses)  # noqa: T201 - shown by -rA
