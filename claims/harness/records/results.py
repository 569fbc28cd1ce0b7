"""results.json: the document of one run, and how it is read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.loss_drift import LossDrift
from claims.harness.baselines.losses import Losses, as_json, from_json
from claims.harness.files import FileError, read_versioned_json, write_atomically
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.unmeasured import Unmeasured
from claims.harness.records.convergence import Convergence, Standing
from claims.harness.records.measured import Measured, region
from claims.harness.schemas import schema

SCHEMA_VERSION: Final = 6
SCHEMA: Final = schema("results")

Document = dict[str, Any]
"""A results.json that satisfies `SCHEMA`."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one test of a claim.

    Parameters
    ----------
    claim, test
        The claim, and the name of its test: a claim may have several.
    verdict
        The verdict on the paper's statement.
    passes
        Whether the run accepts this verdict: it is the documented one, or the profile is lenient.
    baseline
        The comparison with the baseline.
    measured
        The quantities, each beside its baseline.
    unmeasured
        The quantities that the models do not have.
    figures
        Files of the figures drawn so far, relative to the output folder.
    before
        Files of the same figures as an earlier run drew them, if the claim failed or drifted.
    experiments
        Names of the experiments that the test asked for.
    seconds
        Wall seconds of the test, without the training that it waited for.
    reason
        Why the claim has its verdict, drifted or did not run, one line for each reason; None if it is
        replicated or noted and steady.
    """

    claim: Claim
    test: str
    verdict: Verdict = Verdict.NOT_RUN
    passes: bool = True
    baseline: Steadiness = Steadiness.NOT_COMPARED
    measured: tuple[Measured, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    figures: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    seconds: float = 0.0
    reason: str | None = None

    @cached_property
    def entry(self) -> dict[str, Any]:
        """The claim's entry in a document; made once, since a document is written after every claim."""
        return _claim(self)


@dataclass(frozen=True)
class FigureError:
    """A figure that could not be drawn: its claim's id and test, its name, and the reason in one line."""

    claim: str
    test: str
    figure: str
    error: str


@dataclass(frozen=True, kw_only=True)
class TrainedOnce:
    """What the training of one experiment took.

    Parameters
    ----------
    name, description
        The experiment's name, and everything that distinguishes it from others.
    seconds
        Wall seconds of its training.
    instance_steps_per_second
        Optimizer steps of single models a second.
    engine, device
        The engine and the kind of device that trained it.
    difference
        How the model differs from what the fused engine computes, as a clause without a subject; None if
        they agree, or were not compared.
    reused
        Whether an earlier run trained it; seconds and rate are then 0.
    peak_bytes
        Largest memory that its training used at one time; None if unknown, or if an earlier run trained it.
    coordinates
        Numbers that distinguish its points, one list by name.
    losses
        Held-out losses of its models.
    drift
        The comparison of the losses with their baseline.
    convergence
        The evidence that its models converged; None as long as no claim about it was judged.
    """

    name: str
    description: str
    seconds: float
    instance_steps_per_second: float
    engine: str
    device: str
    reused: bool
    peak_bytes: int | None = None
    difference: str | None = None
    coordinates: Mapping[str, Sequence[float]]
    losses: Losses
    drift: LossDrift = field(default_factory=lambda: LossDrift(status=Steadiness.NOT_COMPARED))
    convergence: Convergence | None = None

    @cached_property
    def entry(self) -> dict[str, Any]:
        """The experiment's entry in a document, made once."""
        return _experiment(self)


def summarize(outcomes: Iterable[Outcome], experiments: Iterable[TrainedOnce] = ()) -> dict[str, int]:
    """Count tests by verdict, those that do not pass, and experiments by what is known of their models.

    The verdicts about the paper count statements alone: a note has none of them.
    """
    listed = list(outcomes)
    trained = list(experiments)
    losses = Counter(experiment.drift.status for experiment in trained)
    standings = Counter(experiment.convergence and experiment.convergence.standing for experiment in trained)
    verdicts = Counter(outcome.verdict for outcome in listed)
    steadiness = Counter(outcome.baseline for outcome in listed)
    return {
        **{verdict.value.replace(" ", "_"): verdicts[verdict] for verdict in Verdict},
        "unexpected": sum(not o.passes and o.verdict is not Verdict.FAILED for o in listed),
        "drifted": steadiness[Steadiness.DRIFTED],
        "missing": steadiness[Steadiness.MISSING],
        "drifted_losses": losses[Steadiness.DRIFTED],
        "missing_losses": losses[Steadiness.MISSING],
        "not_converged": standings[Standing.NOT_CONVERGED],
        "convergence_not_shown": standings[Standing.NOT_SHOWN],
    }


def document_of(
    outcomes: Sequence[Outcome],
    *,
    complete: bool,
    environment: Mapping[str, Any],
    sections: Mapping[str, str],
    experiments: Sequence[TrainedOnce],
    figure_errors: Sequence[FigureError] = (),
    training_floor: Mapping[str, Any] | None = None,
) -> Document:
    """Make the document of a run.

    Parameters
    ----------
    outcomes
        All selected tests of claims, including those that have not run.
    complete
        Whether every selected claim has run.
    environment
        The machine and the software, as the schema describes them.
    sections
        Titles of the sections of the paper, by their id.
    experiments
        The experiments that were trained.
    figure_errors
        The figures that could not be drawn so far.
    training_floor
        The least time that training needs, as the schema describes it; None if it is not known.
    """
    known = {} if training_floor is None else {"training_floor": dict(training_floor)}
    return {
        "schema_version": SCHEMA_VERSION,
        "complete": complete,
        "summary": summarize(outcomes, experiments),
        "environment": dict(environment),
        "sections": dict(sections),
        "claims": [outcome.entry for outcome in outcomes],
        "experiments": [experiment.entry for experiment in experiments],
        "figure_errors": [asdict(error) for error in figure_errors],
        **known,
    }


def write(path: Path, document: Document) -> None:
    """Write a document in one step: a reader finds the old file or the new one, never a part."""
    write_atomically(path, json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read(path: Path) -> Document:
    """Read a results.json of any origin.

    Parameters
    ----------
    path
        File to read.

    Returns
    -------
    Document
        A document that satisfies `SCHEMA`; all numbers are finite. Its texts and paths are not to be trusted.

    Raises
    ------
    FileError
        In one sentence, if the file is missing, damaged, or of another version.
    """
    document: Document = read_versioned_json(path, SCHEMA)
    for experiment in document["experiments"]:
        try:
            from_json(experiment["losses"])
        except ValueError as error:
            raise FileError(f"{path}: in the losses of an experiment, {error}.") from error
    return document


def _claim(outcome: Outcome) -> dict[str, Any]:
    claim = outcome.claim
    return {
        "id": claim.id,
        "section": claim.section,
        "test": outcome.test,
        "sentence": claim.sentence,
        "source": {"anchor": claim.anchor, "url": claim.url},
        "note": claim.is_note,
        "verdict": outcome.verdict.value,
        "expected": claim.expected.value,
        "passes": outcome.passes,
        "documented": claim.documented,
        "reason": outcome.reason,
        "baseline": outcome.baseline.value,
        "reading": claim.reading,
        "seconds": round(outcome.seconds, 3),
        "figures": list(outcome.figures),
        "before": list(outcome.before),
        "experiments": list(outcome.experiments),
        "quantities": [measured.entry() for measured in outcome.measured],
        "unmeasured": [
            {**asdict(each), "acceptance": region(each.acceptance)} for each in outcome.unmeasured
        ],
    }


def _experiment(experiment: TrainedOnce) -> dict[str, Any]:
    drift = experiment.drift
    return {
        **asdict(experiment),
        "coordinates": {name: list(values) for name, values in experiment.coordinates.items()},
        "losses": as_json(experiment.losses),
        "drift": {**asdict(drift), "status": drift.status.value, "points": list(drift.points)},
        "convergence": experiment.convergence and experiment.convergence.entry(),
    }
