"""The recording of one test: what a drift, an unexpected verdict and what is missing say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from claims.harness.baselines.baseline import Baseline
from claims.harness.baselines.drift import Steadiness
from claims.harness.errors import ClaimError, NotAcceptedError
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.session.recording import Recording
from tests.helpers.baselines import KEY, STEADY, baseline_with, quantity

NOW = (3.0, 3.1, 3.4, 3.0, 3.25, 3.3)
BASELINE = baseline_with(
    quantity(*STEADY, name="norm", unit="degrees"), quantity(*STEADY, name="old"), key=KEY
)


def recorded(folder: Path, *, at_most: float = 5.0, contradicted: str | None = None) -> Recording:
    """Record a test that measured `NOW`, and a quantity that equals the baseline's."""
    claim = Claim(id=KEY.claim, sentence="It holds.", source="", contradicted=contradicted)
    recording = Recording(claim, KEY.test, folder, folder, ThreadPoolExecutor(1))
    because = "five is enough"
    recording.measure("norm", NOW, paper=None, at_most=at_most, because=because, unit="degrees")
    recording.measure("new", STEADY, paper=None, at_most=5, because=because)
    return recording


def test_a_drift_is_told_with_the_mean_spread_and_number_of_both_sides(tmp_path: Path) -> None:
    with pytest.raises(ClaimError) as raised:
        recorded(tmp_path).conclude(BASELINE)
    first, *others = str(raised.value).splitlines()
    effect = (np.mean(NOW) - np.mean(STEADY)) / np.std(STEADY, ddof=1)
    assert first.startswith(
        f"norm drifted: baseline 1.035 (sd {np.std(STEADY, ddof=1):.2g}, n 8), now 3.175 degrees "
        f"(sd {np.std(NOW, ddof=1):.2g}, n 6), {effect:+.2g} standard deviations, p = "
    )
    assert first.endswith(" below 3.1e-05")  # two quantities are stored
    assert others == ["No longer measured, but in the baseline: old.", "Not in the baseline: new."]


def test_a_drift_outweighs_what_is_missing_and_leaves_the_verdict(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    with pytest.raises(ClaimError):
        recording.conclude(BASELINE)
    outcome = recording.outcome(1.5, ("demo/tiny",))
    assert (outcome.verdict, outcome.baseline, outcome.passes) == (
        *(Verdict.REPLICATED, Steadiness.DRIFTED),
        True,
    )
    assert (outcome.seconds, outcome.experiments) == (1.5, ("demo/tiny",))


@pytest.mark.parametrize(
    ("baseline", "status"),
    [(None, Steadiness.NOT_COMPARED), (Baseline(device="cpu", profile="quick"), Steadiness.MISSING)],
)
def test_without_a_baseline_nothing_is_compared_and_what_it_lacks_is_missing(
    tmp_path: Path, baseline: Baseline | None, status: Steadiness
) -> None:
    recording = recorded(tmp_path)
    recording.conclude(baseline)
    assert recording.outcome(0).baseline is status


def test_a_verdict_that_is_not_documented_comes_before_a_drift(tmp_path: Path) -> None:
    with pytest.raises(NotAcceptedError) as raised:
        recorded(tmp_path, at_most=2.0).conclude(BASELINE)
    first, *others = str(raised.value).splitlines()
    assert first.startswith("norm: 3.175 [")
    assert "lies outside [-inf, 2], because five is enough" in first
    assert others[-1].startswith("norm drifted: ")


def test_a_documented_verdict_that_is_wrong_is_corrected_first(tmp_path: Path) -> None:
    recording = recorded(tmp_path, contradicted="it is too large")
    with pytest.raises(NotAcceptedError, match=r"^Documented as contradicted \(it is too large\)"):
        recording.conclude(None)
    assert not recording.outcome(0).passes


def test_a_remark_stands_beside_the_verdict_and_leaves_it(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    recording.conclude(None, remarks=("It is not known whether the models converged.",))
    outcome = recording.outcome(0)
    assert outcome.reason == "It is not known whether the models converged."
    assert (outcome.verdict, outcome.passes) == (Verdict.REPLICATED, True)
