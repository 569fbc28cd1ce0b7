"""A worker compiles what a run will need later, if that can help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claims.harness.baselines.places import Judged
from claims.harness.session import compiling
from claims.harness.session.compiling import groups_ahead
from claims.harness.session.implementation import Implementation
from claims.harness.session.options import Options
from claims.harness.session.planned import Plan
from claims.harness.workers import WorkerPool
from tests.helpers.claim_suite import TRAINS, Suite
from tests.helpers.run_options import OPTIONS
from tests.helpers.small import small
from tms import compilation, processors, sources

NARROW_ONE = small(name="narrow")
WIDE_ONE = small(name="wide", n_features=64, n_hidden=64)


@pytest.fixture(autouse=True)
def fresh_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be stored, on a machine with two processors, and let both kernels be needed."""
    monkeypatch.setattr(compilation, "is_stored", lambda _: False)
    monkeypatch.setattr(sources, "compiled_code_is_stored", lambda: True)
    monkeypatch.setattr(processors, "available", lambda: 2)
    plan(monkeypatch, NARROW_ONE, WIDE_ONE)


def given(seam: str) -> Implementation:
    spec = "file.py:function"
    return Implementation(seam, spec, "0" * 64, lambda _: None, Judged(seam, spec), Path())


def plan(monkeypatch: pytest.MonkeyPatch, *experiments: compilation.Experiment) -> None:
    monkeypatch.setattr(compiling, "plan_of", lambda *_: Plan(experiments, is_complete=True))


def test_kernels_of_the_first_experiment_are_left_to_the_run_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert groups_ahead(OPTIONS, []) == ["wide", "theory"]
    plan(monkeypatch, WIDE_ONE, NARROW_ONE)
    assert groups_ahead(OPTIONS, []) == ["narrow", "theory"]
    plan(monkeypatch, NARROW_ONE)
    assert groups_ahead(OPTIONS, []) == ["theory"]


def test_what_is_stored_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "is_stored", lambda group: group == "wide")
    assert groups_ahead(OPTIONS, []) == ["theory"]
    monkeypatch.setattr(compilation, "is_stored", lambda _: True)
    assert groups_ahead(OPTIONS, []) == []


def test_model_of_others_is_prepared_for_as_ones_own() -> None:
    assert groups_ahead(replace(OPTIONS, implementation=given("model")), []) == ["wide", "theory"]


@pytest.mark.parametrize(
    "options",
    [
        replace(OPTIONS, engine="reference", requested_engine="reference"),
        replace(OPTIONS, device="cuda"),
        replace(OPTIONS, engine="own", implementation=given("trainer")),
    ],
    ids=["reference engine", "CUDA", "training function of others"],
)
def test_nothing_is_compiled_for_an_engine_without_these_kernels(options: Options) -> None:
    assert groups_ahead(options, []) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(sources, "compiled_code_is_stored", lambda: False),
        lambda patch: patch.setattr(processors, "available", lambda: 1),
        lambda patch: plan(patch),
    ],
    ids=["cannot be stored", "one processor", "nothing is trained"],
)
def test_nothing_is_compiled_where_it_cannot_help(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None]
) -> None:
    change(monkeypatch)
    assert groups_ahead(OPTIONS, []) == []


def test_run_hands_the_kernels_to_its_pool_before_it_trains(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[tuple[Any, ...]] = []

    def submit(_pool: WorkerPool, work: Callable[..., Any], *arguments: Any) -> None:
        assert not suite.trainings
        jobs.append((work, *arguments))

    monkeypatch.setattr(compiling, "groups_ahead", lambda *_: ["wide", "theory"])
    monkeypatch.setattr(WorkerPool, "submit", submit)
    suite.write(TRAINS)
    suite.run()
    assert suite.trainings
    assert jobs == [(compilation.compile_group, "wide"), (compilation.compile_group, "theory")]
