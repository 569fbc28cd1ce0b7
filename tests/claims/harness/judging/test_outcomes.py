"""A test passes with the documented verdict; in a lenient run, only the opposite of it fails."""

from __future__ import annotations

import pytest

from claims.harness.judging.outcomes import MEASURED, Verdict, passes

R, C, U, N, F = (
    Verdict.REPLICATED,
    Verdict.CONTRADICTED,
    Verdict.INCONCLUSIVE,
    Verdict.NOTED,
    Verdict.FAILED,
)


@pytest.mark.parametrize("expected", MEASURED)
def test_only_the_documented_verdict_passes(expected: Verdict) -> None:
    assert [verdict for verdict in Verdict if passes(verdict, expected)] == [expected]


@pytest.mark.parametrize(
    ("expected", "passing"),
    [(R, [R, U]), (C, [C, U]), (U, [R, C, U]), (N, [N])],
    ids=lambda given: str(given),
)
def test_in_a_lenient_run_only_the_opposite_of_the_documented_verdict_fails(
    expected: Verdict, passing: list[Verdict]
) -> None:
    assert [verdict for verdict in Verdict if passes(verdict, expected, lenient=True)] == passing
