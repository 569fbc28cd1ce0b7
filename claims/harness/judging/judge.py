"""The rule that turns a claim's quantities into a verdict."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import MEASURED, Position, Verdict
from claims.harness.judging.quantity import Quantity
from claims.harness.judging.unmeasured import Unmeasured


def judge(
    claim: Claim,
    quantities: Sequence[Quantity],
    doubts: Sequence[str] = (),
    unmeasured: Sequence[Unmeasured] = (),
) -> tuple[Verdict, str | None]:
    """Judge a claim whose test ran to its end.

    Parameters
    ----------
    claim
        The claim.
    quantities
        The quantities that its test measured; a claim without any fails, as nothing supports it.
    doubts
        Sentences about experiments of the test whose models are not shown to have converged: evidence that is
        missing, or that fails. Models that did not converge say nothing about the paper, so that a statement
        with a doubt is inconclusive wherever its quantities lie.
    unmeasured
        The quantities that the models at hand do not have. They count as outside. A statement that is
        documented as contradicted fails with one, as it is documented for another reason, and so does a note.

    Returns
    -------
    verdict : Verdict
        Replicated if all quantities are inside, contradicted if one is outside, otherwise inconclusive. Notes
        are noted.
    reason : str or None
        The quantities that could not be measured, the doubts, and the quantities that are outside or
        undecided, one per line; None if there are none.
    """
    if not (quantities or unmeasured):
        return Verdict.FAILED, "The claim measured nothing."
    missed = [str(quantity) for quantity in quantities if quantity.position not in (None, Position.INSIDE)]
    reason = "\n".join([*map(str, unmeasured), *doubts, *missed]) or None
    if unmeasured and claim.expected in (Verdict.CONTRADICTED, Verdict.NOTED):
        return Verdict.FAILED, reason
    positions = {quantity.position for quantity in quantities}
    if unmeasured:
        positions.add(Position.OUTSIDE)
    return _verdict(claim, positions, bool(doubts)), reason


def correction(claim: Claim, verdict: Verdict) -> str | None:
    """Say in one sentence how the documentation of a statement must change to fit its verdict.

    Parameters
    ----------
    claim
        The claim.
    verdict
        The verdict of its test.

    Returns
    -------
    str or None
        None if the verdict fits, or if nothing is documented: then the quantities say what is wrong.
    """
    if claim.documented is None or verdict not in MEASURED or verdict is claim.expected:
        return None
    return (
        f"Documented as {claim.expected} ({claim.documented}), but the statement is {verdict}: "
        f"if that is so, {_change(claim, verdict)}."
    )


def verdict_of(positions: Collection[Position | None]) -> Verdict:
    """Return the verdict that the positions of the quantities of a statement give by themselves."""
    if Position.OUTSIDE in positions:
        return Verdict.CONTRADICTED
    return Verdict.INCONCLUSIVE if Position.UNDECIDED in positions else Verdict.REPLICATED


def _verdict(claim: Claim, positions: set[Position | None], in_doubt: bool) -> Verdict:
    if claim.is_note:
        return Verdict.NOTED
    if in_doubt:
        return Verdict.INCONCLUSIVE
    return verdict_of(positions)


def _change(claim: Claim, verdict: Verdict) -> str:
    if verdict is Verdict.REPLICATED:
        return f"remove {claim.expected}="
    return f"write {verdict}= in place of {claim.expected}="
