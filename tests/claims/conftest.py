"""Fixtures of the tests of the claims."""

from __future__ import annotations

from typing import Any

import matplotlib.backends.backend_agg
import matplotlib.backends.backend_svg  # noqa: F401 - as below
import pytest
import torch

# A run inside a test forgets the modules that it imported first, and torch must not be imported twice.
import claims.harness.session.plugin  # noqa: F401
from claims.harness.baselines import places
from claims.harness.floor import ceilings
from claims.harness.session.trained_models import TrainedModels
from tests.helpers.claim_suite import Suite
from tests.helpers.throughput_reports import CEILINGS
from tms import training
from tms.engines.result import Result
from tms.experiment import Experiment
from tms.training import Trained


@pytest.fixture(autouse=True)
def nothing_packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs find only the baselines of the caller's folder, not those of this repository."""
    monkeypatch.setattr(places, "packaged", lambda: None)


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Make a suite whose models are random numbers, drawn from the run's seed, instead of trained."""
    trainings: list[str] = []

    def train(experiment: Experiment, *, engine: str, device: str, progress: Any = None, **_: Any) -> Trained:
        if progress:
            if experiment.init_scale == round(experiment.init_scale, 4):  # that of a twin is not round
                trainings.append(experiment.name)
            total = experiment.n_instances * experiment.steps
            progress(experiment.name, total, total)
        draw = torch.Generator().manual_seed(experiment.run_seed)
        shape = (experiment.n_instances, experiment.n_features, experiment.n_hidden)
        weights = {"W": torch.randn(shape, generator=draw), "b": torch.zeros(shape[:2])}
        result = Result(weights, weights["W"].square().mean((1, 2)))
        return Trained.from_result(experiment, result, engine, device, 0.5)

    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(ceilings, "measure", lambda _: CEILINGS)  # measuring this machine takes seconds
    # A worker process would train real models.
    monkeypatch.setattr(TrainedModels, "train_ahead", lambda *_: None)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return Suite(pytester, trainings)
