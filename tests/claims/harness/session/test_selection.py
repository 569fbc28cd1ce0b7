"""Which claims run, and in which order."""

from __future__ import annotations

import pytest

from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    HEADER,
    HOLDS,
    Suite,
    sentence,
)

TWENTY = HOLDS.replace("DEMO-1", "DEMO-20").replace("test_holds", "test_twenty")

OTHER_SECTION = HOLDS.replace("DEMO-1", "GEO-2").replace("test_holds", "test_demo_like")


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("DEMO-2", {"DEMO-2"}),
        ("demo-2", {"DEMO-2"}),
        ("DEMO-20", {"DEMO-20"}),
        ("DEMO-2 or GEO-2", {"DEMO-2", "GEO-2"}),
        ("DEMO and not DEMO-20", {"DEMO-1", "DEMO-2"}),
        ("not (DEMO-2 or DEMO-20)", {"DEMO-1", "GEO-2"}),
        ("DEMO", {"DEMO-1", "DEMO-2", "DEMO-20"}),
        ("GEO", {"GEO-2"}),
        ("test_also", {"DEMO-2"}),
        ("holds and DEMO-1", {"DEMO-1"}),
    ],
)
def test_claim_ids_in_an_expression_select_exactly_themselves(
    suite: Suite, expression: str, selected: set[str]
) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS, TWENTY, OTHER_SECTION)
    suite.run("-k", expression)
    assert {claim["id"] for claim in suite.document["claims"]} == selected


def test_unknown_claim_id_ends_the_run_and_names_the_nearest(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS, TWENTY)
    result = suite.run("-k", "DEMO-200")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence(result).startswith(
        "ERROR: -k DEMO-200: there is no such claim here; the nearest are DEMO-20"
    )


def test_claims_run_in_the_order_of_the_paper(suite: Suite) -> None:
    intro = HOLDS.replace("DEMO-1", "INTRO-9").replace("test_holds", "test_intro")
    suite.with_baseline_of(OTHER_SECTION, TWENTY, ALSO_HOLDS, intro)
    ids = [claim["id"] for claim in suite.document["claims"]]
    assert ids == ["INTRO-9", "DEMO-2", "DEMO-20", "GEO-2"]
    assert list(suite.document["sections"]) == ["INTRO", "DEMO", "GEO"]


def test_two_tests_of_a_claim_are_two_entries(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, HOLDS.replace("test_holds", "test_holds_too"))
    assert suite.run().ret == pytest.ExitCode.OK
    assert [claim["test"] for claim in suite.document["claims"]] == ["test_holds", "test_holds_too"]


def test_two_tests_of_a_claim_with_one_name_are_refused(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.pytester.makepyfile(test_another=HEADER + HOLDS)
    assert "claim DEMO-1 has 2 tests named test_holds" in sentence(suite.run())


def test_collecting_only_needs_no_baseline_and_writes_nothing(suite: Suite) -> None:
    suite.write(HOLDS)
    assert suite.run("--collect-only").ret == pytest.ExitCode.OK
    assert not (suite.folder / "replication").exists()
