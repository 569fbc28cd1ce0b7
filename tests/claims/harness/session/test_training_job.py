"""A model of the user's as a job for another process."""

from __future__ import annotations

import dataclasses
import pickle
import warnings
from pathlib import Path

import pytest
import torch

from claims.harness.session.implementation import Implementation, find
from claims.harness.session.training_ahead import MOST_AT_A_TIME, training_ahead_of
from claims.harness.session.training_job import OtherModel, TrainedAhead, train_in_worker
from tests.helpers.implementations import MODEL
from tests.helpers.run_options import OPTIONS
from tests.helpers.small import small
from tms import processors, training

SAYS_SO = (
    MODEL
    + """
import warnings
print("imported")
warnings.warn("imported")
"""
)


def implementation(folder: Path, source: str = MODEL) -> Implementation:
    (folder / "other.py").write_text(source)
    return find("model", "other.py:factory", folder)


def test_job_trains_the_model_that_it_names(tmp_path: Path) -> None:
    judged = implementation(tmp_path)
    experiment = small(best_of=2)
    job = train_in_worker(experiment, "reference", "cpu", other=OtherModel.of(judged))
    found: TrainedAhead = pickle.loads(job)
    here = training.train(experiment, engine="reference", device="cpu", model=judged.function)
    own = training.train(experiment, engine="reference", device="cpu")
    assert torch.equal(found.trained.W, here.W)
    assert not torch.equal(found.trained.W, own.W)


def test_import_in_a_worker_is_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings(record=True):
        other = OtherModel.of(implementation(tmp_path, SAYS_SO))
    assert capsys.readouterr().out == "imported\n"
    with warnings.catch_warnings(record=True) as caught:
        other.factory()
    assert capsys.readouterr().out == ""
    assert caught == []


def test_file_that_changed_since_the_run_began_is_not_trained(tmp_path: Path) -> None:
    other = OtherModel.of(implementation(tmp_path))
    (tmp_path / "other.py").write_text(MODEL + "\n# changed\n")
    with pytest.raises(ImportError, match=r"other\.py:factory changed since this run began"):
        other.factory()


@pytest.mark.parametrize(
    ("engine", "device", "has_model", "expected"),
    [
        ("fused", "cpu", False, (1, None)),
        ("fused", "cpu", True, (3, 1)),
        ("reference", "cpu", False, (3, 1)),
        ("reference", "cuda", True, (1, None)),
    ],
)
def test_what_one_thread_trains_is_trained_side_by_side(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
    device: str,
    has_model: bool,
    expected: tuple[int, int | None],
) -> None:
    monkeypatch.setattr(processors, "available", lambda: 3)
    judged = implementation(tmp_path) if has_model else None
    options = dataclasses.replace(OPTIONS, engine=engine, device=device, implementation=judged)
    ahead = training_ahead_of(options)
    assert (ahead._count, ahead._threads) == expected
    monkeypatch.setattr(processors, "available", lambda: 64)
    ahead = training_ahead_of(options)
    assert ahead._count == (MOST_AT_A_TIME if expected[0] > 1 else 1)
