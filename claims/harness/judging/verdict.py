"""The rule that turns a claim's quantities into a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from claims.harness.judging.claim import Claim
from claims.harness.judging.quantity import Quantity


class Verdict(StrEnum):
    """Result of comparing a claim with the paper."""

    REPLICATED = "replicated"
    NOT_REPLICATED = "not replicated"
    FAILED = "failed"
    NOT_RUN = "not run"


def judge(claim: Claim, quantities: Sequence[Quantity]) -> tuple[Verdict, str | None]:
    """Judge a claim whose test ran to its end.

    Parameters
    ----------
    claim
        The claim.
    quantities
        The quantities that its test measured; a claim without any fails, as nothing supports it.

    Returns
    -------
    verdict : Verdict
        Replicated if all quantities are accepted. A claim documented as not replicated must have one that is
        not accepted: if all are, its documentation is wrong and it fails.
    reason : str or None
        The quantities that were not accepted, one per line, or another reason why the claim fails.
    """
    if not quantities:
        return Verdict.FAILED, "The claim measured nothing."
    missed = "\n".join(str(quantity) for quantity in quantities if not quantity.accepted)
    if claim.not_replicated is None:
        return (Verdict.FAILED, missed) if missed else (Verdict.REPLICATED, None)
    if missed:
        return Verdict.NOT_REPLICATED, missed
    return Verdict.FAILED, (
        f"Documented as not replicated ({claim.not_replicated}), but every quantity is accepted: "
        "if that is so, remove not_replicated."
    )
