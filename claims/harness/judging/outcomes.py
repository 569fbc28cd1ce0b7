"""The outcomes of judging: where a quantity lies, and what a test says about the paper."""

from __future__ import annotations

from enum import StrEnum


class Position(StrEnum):
    """Where the confidence interval of a quantity lies.

    It lies inside its acceptance region as a whole, outside without a point in common, or across an edge,
    which leaves the quantity undecided.
    """

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNDECIDED = "undecided"


class Verdict(StrEnum):
    """What the test of a claim says about the paper, whatever is documented.

    A statement is replicated, contradicted or inconclusive. A robustness note is noted: it has no verdict
    about the paper. A test failed if it raised an error or measured nothing, or if a quantity of a note or of
    a documented contradiction could not be measured.
    """

    REPLICATED = "replicated"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOTED = "noted"
    FAILED = "failed"
    NOT_RUN = "not run"


MEASURED: tuple[Verdict, ...] = (
    Verdict.REPLICATED,
    Verdict.CONTRADICTED,
    Verdict.INCONCLUSIVE,
    Verdict.NOTED,
)
"""Verdicts of tests that ran to their end; a failed one may have measured a part of its quantities."""


def passes(verdict: Verdict, expected: Verdict, *, lenient: bool = False) -> bool:
    """Whether a test passes with a verdict.

    Parameters
    ----------
    verdict
        The verdict of the test.
    expected
        The documented verdict.
    lenient
        Whether the run has too few seeds to decide everything, as the profile "smoke" has. An inconclusive
        verdict then passes whatever is documented, and a statement that is documented as inconclusive passes
        with any verdict; only the opposite of the documented outcome fails.
    """
    if verdict is expected:
        return True
    decided = (Verdict.REPLICATED, Verdict.CONTRADICTED)
    return lenient and (
        (verdict is Verdict.INCONCLUSIVE and expected in decided)
        or (expected is Verdict.INCONCLUSIVE and verdict in decided)
    )
