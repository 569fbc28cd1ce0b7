"""Models are stored and reused only if asked for, and only if they can be used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.helpers.claim_suite import TRAINS, Suite
from tests.helpers.damaged_models import damage
from tms import training
from tms.experiment import Experiment


def test_models_are_fresh_unless_reuse_is_asked_for(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    values = suite.claim("DEMO-5")["quantities"][0]["values"]
    suite.run("--reuse")
    suite.run()
    assert len(suite.trainings) == 3
    suite.run("--reuse")
    assert len(suite.trainings) == 3
    assert suite.document["experiments"][0]["reused"]
    assert suite.claim("DEMO-5")["quantities"][0]["values"] == values
    suite.run("--reuse", "--seed=1")
    assert len(suite.trainings) == 4
    assert suite.claim("DEMO-5")["quantities"][0]["values"] != values


def test_models_are_kept_if_a_run_is_stopped_while_their_twins_train(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = training.train
    trained: list[str] = []

    def stopped_at_the_first_twin(experiment: Experiment, **settings: Any) -> training.Trained:
        if trained:
            raise KeyboardInterrupt
        trained.append(experiment.name)
        return train(experiment, **settings)

    suite.write(TRAINS)
    with monkeypatch.context() as patch:
        patch.setattr(training, "train", stopped_at_the_first_twin)
        assert suite.run("--reuse", "--update-baselines").ret == pytest.ExitCode.INTERRUPTED
    suite.run("--reuse")
    assert suite.document["experiments"][0]["reused"]


def test_stored_model_that_is_damaged_is_trained_anew(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    suite.run("--reuse")
    [stored] = (suite.folder / ".cache").glob("*.safetensors")
    stored.write_bytes(stored.read_bytes()[:50])
    result = suite.run("--reuse")
    assert result.ret == pytest.ExitCode.OK
    assert not suite.document["experiments"][0]["reused"]


STORED: dict[str, Callable[[Path, str], Any]] = {
    "empty": lambda path, _: path.write_bytes(b""),
    "truncated": lambda path, _: path.write_bytes(path.read_bytes()[:-1]),
    "garbage": lambda path, _: path.write_bytes(b"\xff" * 1000),
    "a pickle": lambda path, _: path.write_bytes(b"\x80\x04cos\nsystem\n."),
    "a header as long as memory": lambda path, _: path.write_bytes(b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"),
    "a header that is no JSON": lambda path, _: path.write_bytes(b"\x02\0\0\0\0\0\0\0{]"),
    "of another experiment": lambda path, _: damage(lambda _: None)(path, "0" * 64),
    "without b": damage(lambda t: t.pop("trial/b")),
    "without losses": damage(lambda t: t.pop("trial_loss")),
    "of another shape": damage(lambda t: t.update({"trial/W": torch.zeros(1, 2, 3, 2, 1)})),
    "transposed": damage(lambda t: t.update({"trial/W": t["trial/W"].mT.contiguous()})),
    "of whole numbers": damage(lambda t: t.update({"trial/W": t["trial/W"].long()})),
}


@pytest.mark.parametrize("kind", STORED)
def test_stored_models_that_cannot_be_used_are_trained_anew(suite: Suite, kind: str) -> None:
    suite.with_baseline_of(TRAINS)
    suite.run("--reuse")
    [stored] = (suite.folder / ".cache").glob("*.safetensors")
    with_metadata = stored.read_bytes()
    fingerprint = with_metadata[with_metadata.index(b'"fingerprint":"') + 15 :][:64].decode()
    STORED[kind](stored, fingerprint)
    result = suite.run("--reuse")
    assert result.ret == pytest.ExitCode.OK
    assert len([line for line in result.outlines if "is trained anew, as" in line]) == 1
    assert "Traceback" not in result.stdout.str()
    assert not suite.document["experiments"][0]["reused"]
    suite.run("--reuse")
    assert suite.document["experiments"][0]["reused"]


def test_models_are_stored_in_the_folder_that_is_named_and_found_there_alone(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    elsewhere = ("--reuse", "--stored-models=kept/models")
    suite.run(*elsewhere)
    assert len(list((suite.folder / "kept" / "models").glob("*.safetensors"))) == 1
    suite.run("--reuse")
    assert not suite.document["experiments"][0]["reused"]
    suite.run(*elsewhere)
    assert suite.document["experiments"][0]["reused"]


@pytest.mark.parametrize("obstacle", ["cache", "model"])
def test_models_that_cannot_be_stored_are_judged_all_the_same(suite: Suite, obstacle: str) -> None:
    suite.with_baseline_of(TRAINS)
    cache = suite.folder / ".cache"
    if obstacle == "cache":
        shutil.rmtree(cache, ignore_errors=True)
        cache.touch()
    else:
        suite.run("--reuse")
        [stored] = cache.glob("*.safetensors")
        stored.unlink()
        stored.mkdir()
    result = suite.run("--reuse")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["demo/tiny cannot be stored for reuse: *"])
