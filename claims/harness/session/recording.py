"""The recording of one claim's test: what it measures and draws, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from claims.harness.baselines.baseline import Baseline, Key
from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.drawing.draw import Draw, PendingFigures
from claims.harness.drawing.earlier_run import copy_earlier_figures
from claims.harness.errors import ClaimError, NotAcceptedError, one_line
from claims.harness.judging.claim import Claim
from claims.harness.judging.judge import correction, judge
from claims.harness.judging.measure import Measure
from claims.harness.judging.outcomes import Verdict, passes
from claims.harness.judging.unmeasured import REST
from claims.harness.records.measured import Measured
from claims.harness.records.results import Outcome

# The status of a claim is the worst one of its quantities.
_WORST_FIRST = (Steadiness.DRIFTED, Steadiness.MISSING, Steadiness.STEADY)


class Recording:
    """One test of a claim, from its first measurement to its outcome.

    Parameters
    ----------
    claim, test
        The claim, and the name of its test.
    output
        The run's output folder.
    earlier_run
        Folder of the earlier run whose figures are shown.
    pool
        The workers that draw figures.
    lenient
        Whether the run has too few seeds to decide everything; see `passes`.
    """

    def __init__(
        self,
        claim: Claim,
        test: str,
        output: Path,
        earlier_run: Path,
        pool: Executor,
        *,
        lenient: bool = False,
    ) -> None:
        self.claim = claim
        self.key = Key(claim.id, test)
        self.measure = Measure(is_note=claim.is_note)
        self.draw = Draw()
        self.figures = PendingFigures()
        self._output = output
        self._earlier_run = earlier_run
        self._pool = pool
        self._lenient = lenient
        self._verdict = Verdict.NOT_RUN
        self._baseline = Steadiness.NOT_COMPARED
        self._measured: tuple[Measured, ...] = ()
        self._earlier_figures: tuple[str, ...] = ()
        self._reasons: list[str] = []

    def conclude(
        self, baseline: Baseline | None, doubts: Sequence[str] = (), remarks: Sequence[str] = ()
    ) -> None:
        """Judge the quantities once the test has ended, and submit its figures to be drawn.

        Parameters
        ----------
        baseline
            The baseline to compare with; None for no comparison.
        doubts
            Sentences about experiments of the test whose models are not shown to have converged. With any of
            them the statement is inconclusive.
        remarks
            Sentences that are shown beside the verdict and do not change it.

        Raises
        ------
        NotAcceptedError
            If the run does not accept the verdict.
        ClaimError
            If the claim failed or drifted; the message has one line for each reason.
        """
        unmeasured = self.measure.unmeasured
        self._verdict, reason = judge(self.claim, self.measure.quantities, doubts, unmeasured)
        wrong = None if self._passes or unmeasured else correction(self.claim, self._verdict)
        self._reasons = [text for text in (wrong, reason, *remarks) if text]
        self._compare(baseline)
        failed = not self._passes or self._baseline is Steadiness.DRIFTED
        self._submit_figures(failed)
        if self._verdict is not Verdict.FAILED and not self._passes:
            raise NotAcceptedError(self.reason)
        if failed:
            raise ClaimError(self.reason)

    @property
    def _passes(self) -> bool:
        verdict = self._verdict
        if self.measure.unmeasured:
            return False  # also where the profile is lenient: the fault may lie in the measurement
        return verdict is Verdict.NOT_RUN or passes(verdict, self.claim.expected, lenient=self._lenient)

    def break_off(self, error: BaseException) -> None:
        """Fail the claim because of an error in its test, and draw the figures that were noted before it."""
        self.fail(error)
        self._submit_figures(failed=True)

    def fail(self, error: BaseException) -> None:
        """Fail the claim because of an error of the test, a fixture or pytest; the first error is kept."""
        if self._verdict is not Verdict.FAILED:
            self._verdict = Verdict.FAILED
            self._reasons = [one_line(error)]

    def skip(self, reason: str) -> None:
        """Note why the test did not run."""
        self._reasons = [reason]

    def outcome(self, seconds: float, experiments: tuple[str, ...] = ()) -> Outcome:
        """Sum up the test.

        Parameters
        ----------
        seconds
            Wall seconds of the test, without the training that it waited for.
        experiments
            Names of the experiments that it asked for.
        """
        return Outcome(
            claim=self.claim,
            test=self.key.test,
            verdict=self._verdict,
            passes=self._passes,
            baseline=self._baseline,
            measured=self._measured,
            unmeasured=tuple(self.measure.unmeasured),
            figures=tuple(self.figures.paths()),
            before=self._earlier_figures,
            experiments=experiments,
            seconds=max(seconds, 0.0),
            reason=self.reason or None,
        )

    @property
    def reason(self) -> str:
        """Why the claim has its verdict, drifted or did not run, one line for each reason; else empty."""
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
        if vanished := self._vanished(baseline):
            statuses.add(Steadiness.MISSING)
            self._reasons.append(f"No longer measured, but in the baseline: {', '.join(vanished)}.")
        if missing := _names_with(self._measured, Steadiness.MISSING):
            self._reasons.append(f"Not in the baseline: {', '.join(missing)}.")
        self._baseline = next((s for s in _WORST_FIRST if s in statuses), Steadiness.NOT_COMPARED)
        drifted = [_describe_drift(m) for m in self._measured if m.drift.status is Steadiness.DRIFTED]
        self._reasons = drifted + self._reasons if self._passes else self._reasons + drifted

    def _vanished(self, baseline: Baseline) -> list[str]:
        """Name the stored quantities that the test no longer asks for."""
        without_value = {each.name for each in self.measure.unmeasured}
        if REST in without_value:
            return []
        return [
            name for name in baseline.vanished(self.key, self.measure.quantities) if name not in without_value
        ]

    def _submit_figures(self, failed: bool) -> None:
        self.figures = self.draw.submit(self._pool, self._output, self._reasons[0] if failed else None)
        if failed:
            copies = copy_earlier_figures(self.draw.names, self._earlier_run, self._output)
            self._earlier_figures = tuple(copies)


def _names_with(measured: Sequence[Measured], status: Steadiness) -> list[str]:
    return [m.quantity.name for m in measured if m.drift.status is status]


def _describe_drift(measured: Measured) -> str:
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
