"""What one test of a claim measures and draws, and how that ends in a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claims.harness.baselines.baseline import Baseline, Key
from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.drawing.draw import Draw, Drawn
from claims.harness.drawing.earlier_run import copy_before
from claims.harness.drawing.workers import Easels
from claims.harness.errors import ClaimError, NotAcceptedError, one_line
from claims.harness.judging.claim import Claim
from claims.harness.judging.measure import Measure
from claims.harness.judging.verdict import Verdict, judge
from claims.harness.records.results import Measured, Outcome

# A claim stands against its baseline as the worst of its quantities does.
_WORST_FIRST = (Steadiness.DRIFTED, Steadiness.MISSING, Steadiness.STEADY)


class Recording:
    """One test of a claim, from its first measurement to its outcome.

    Parameters
    ----------
    claim, test
        The claim, and the name of its test.
    output
        Folder of the run, for figures.
    before
        Folder of an earlier run, for its figures.
    easels
        Who draws.
    """

    def __init__(self, claim: Claim, test: str, output: Path, before: Path, easels: Easels) -> None:
        self.claim = claim
        self.key = Key(claim.id, test)
        self.measure = Measure()
        self.draw = Draw()
        self._output = output
        self._earlier = before
        self._easels = easels
        self._drawn = Drawn()
        self._verdict = Verdict.NOT_RUN
        self._baseline = Steadiness.NOT_COMPARED
        self._measured: tuple[Measured, ...] = ()
        self._figures: tuple[str, ...] = ()
        self._before: tuple[str, ...] = ()
        self._reasons: list[str] = []

    def conclude(self, baseline: Baseline | None) -> None:
        """Judge what was measured, once the test has run to its end, and have its figures drawn.

        Parameters
        ----------
        baseline
            What to compare with; None if nothing is to be compared.

        Raises
        ------
        NotAcceptedError
            If a quantity of a claim that is documented as not replicated was not accepted.
        ClaimError
            If the claim failed or drifted; says why, a line each reason.
        """
        self._verdict, reason = judge(self.claim, self.measure.quantities)
        self._reasons = [reason] if reason else []
        self._compare(baseline)
        failed = self._verdict is Verdict.FAILED or self._baseline is Steadiness.DRIFTED
        self._start_drawing(failed)
        if failed:
            raise ClaimError(self.error)
        if self._verdict is Verdict.NOT_REPLICATED:
            raise NotAcceptedError(self.error)

    def break_off(self, error: BaseException) -> None:
        """Have drawn what was noted before an error ended the test."""
        self.fail(error)
        self._start_drawing(failed=True)

    def fail(self, error: BaseException) -> None:
        """Note an error of the test, of a fixture or of pytest itself; the first one stays."""
        if self._verdict is not Verdict.FAILED:
            self._verdict = Verdict.FAILED
            self._reasons = [one_line(error)]

    def skip(self, reason: str) -> None:
        """Note why the test did not run."""
        self._reasons = [reason]

    @property
    def drawn(self) -> bool:
        """Whether its figures are no longer waited for."""
        return self._drawn.done

    def collect_figures(self) -> bool:
        """Wait for the figures; a claim without one of them fails. Returns whether all could be drawn."""
        paths, errors = self._drawn.wait()
        self._figures = tuple(paths)
        if errors:
            self._verdict = Verdict.FAILED
            self._reasons += errors
        return not errors

    def outcome(self, seconds: float, experiments: tuple[str, ...] = ()) -> Outcome:
        """Sum up; `seconds` are those of the test without the training of the experiments it waited for."""
        return Outcome(
            claim=self.claim,
            test=self.key.test,
            verdict=self._verdict,
            baseline=self._baseline,
            measured=self._measured,
            figures=self._figures,
            before=self._before,
            experiments=experiments,
            seconds=max(seconds, 0.0),
            error=self.error or None,
        )

    @property
    def error(self) -> str:
        """Why it failed, was not accepted or not run, a line each reason; empty if there is none."""
        return "\n".join(self._reasons)

    def _compare(self, baseline: Baseline | None) -> None:
        quantities = self.measure.quantities
        if baseline is None:
            untested = Drift(status=Steadiness.NOT_COMPARED)
            self._measured = tuple(Measured(quantity, None, untested) for quantity in quantities)
            return
        self._measured = tuple(
            Measured(quantity, baseline.stored(self.key, quantity), baseline.compare(self.key, quantity))
            for quantity in quantities
        )
        statuses = {measured.drift.status for measured in self._measured}
        if vanished := baseline.vanished(self.key, quantities):
            statuses.add(Steadiness.MISSING)
            self._reasons.append(f"No longer measured, but in the baseline: {', '.join(vanished)}.")
        if absent := _named(self._measured, Steadiness.MISSING):
            self._reasons.append(f"Not in the baseline: {', '.join(absent)}.")
        self._baseline = next((s for s in _WORST_FIRST if s in statuses), Steadiness.NOT_COMPARED)
        moved = [_moved(m) for m in self._measured if m.drift.status is Steadiness.DRIFTED]
        self._reasons = self._reasons + moved if self._verdict is Verdict.FAILED else moved + self._reasons

    def _start_drawing(self, failed: bool) -> None:
        self._drawn = self.draw.start(self._easels, self._output, self._reasons[0] if failed else None)
        if failed:
            self._before = tuple(copy_before(self.draw.names, self._earlier, self._output))


def _named(measured: Sequence[Measured], status: Steadiness) -> list[str]:
    return [m.quantity.name for m in measured if m.drift.status is status]


def _moved(measured: Measured) -> str:
    quantity, stored, drift = measured.quantity, measured.stored, measured.drift
    assert stored is not None
    assert drift.alpha is not None
    unit = f" {quantity.unit}" if quantity.unit else ""
    effect = "" if drift.effect is None else f", {drift.effect:+.2g} standard deviations"
    return (
        f"{quantity.name} drifted: baseline {stored.mean:.6g} (sd {stored.sd:.2g}, n {stored.n}), now "
        f"{quantity.mean:.6g}{unit} (sd {quantity.sd:.2g}, n {quantity.n}){effect}, "
        f"p = {drift.p_value:.2g} below {drift.alpha:.2g}"
    )
