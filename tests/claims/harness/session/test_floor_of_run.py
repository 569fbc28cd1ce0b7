"""A run that trained says what its training needs at least, and the share that it reached."""

from __future__ import annotations

from typing import Final

import pytest

from claims.harness.floor import ceilings, ceilings_file
from claims.harness.records.throughput import Ceilings
from claims.harness.session import floor_of_run
from claims.harness.session.trained_models import TrainedModels
from tests.helpers.claim_suite import HOLDS, TRAINS, Suite
from tests.helpers.implementations import MODEL

OWN_LOOP: Final = """
def by_its_loop(profile):
    from dataclasses import replace
    return replace(tiny(profile), name="demo/own_loop")

@claim("DEMO-6", "It trains by itself.", source="demo")
def test_trains_by_itself(trained, measure):
    from tms import training
    trained.by_itself(by_its_loop, lambda asked: training.train(asked, engine="reference", device="cpu"))
    measure.exact("one", 1, paper=1, within=0, because="so")
"""

# A step of `tiny` takes 352 operations and 16 random numbers: a tenth of a second here. It has three steps.
SLOW: Final = Ceilings(operations=7040.0, draws=320.0, bytes=1e9)
LINE: Final = (
    "training took 0.50 s; its counted floor is 0.30 s (60%) at the speed of this machine, measured "
)


class Measuring:
    """Counts the measurements of the machine, and returns what `speed` says."""

    def __init__(self) -> None:
        self.times = 0
        self.speed = SLOW

    def __call__(self, device: str) -> Ceilings:
        assert device == "cpu"
        self.times += 1
        return self.speed


@pytest.fixture
def measuring(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Measuring:
    """Let runs measure a machine of known speed."""
    del suite  # which sets another speed
    instead = Measuring()
    monkeypatch.setattr(ceilings, "measure", instead)
    return instead


def test_run_says_what_its_training_needs_at_least(suite: Suite, measuring: Measuring) -> None:
    suite.with_baseline_of(TRAINS)
    result = suite.run()
    result.stdout.fnmatch_lines([f"{LINE}20*UTC"])
    for name in ("summary.md", "report.md", "report.html"):
        text = (suite.folder / "replication" / name).read_text("utf-8")
        assert LINE in text.replace("\\", "")
    floor = suite.document["training_floor"]
    assert floor["seconds"] == pytest.approx(0.3)
    assert floor["trained_seconds"] == 0.5
    assert floor["share"] == pytest.approx(0.6)
    assert floor["not_counted"] == []
    assert measuring.times == 1


def test_experiment_with_a_loop_of_its_own_is_named_and_not_counted(
    suite: Suite, measuring: Measuring
) -> None:
    suite.with_baseline_of(TRAINS, OWN_LOOP)
    result = suite.run()
    result.stdout.fnmatch_lines([f"{LINE}*; not counted: demo/own_loop"])
    assert len(suite.document["experiments"]) == 2
    assert suite.document["training_floor"]["not_counted"] == ["demo/own_loop"]
    assert measuring.times == 1


@pytest.mark.parametrize(
    ("claims", "arguments"),
    [
        ((HOLDS,), ()),
        ((OWN_LOOP,), ()),
        ((TRAINS,), ("--reuse",)),
        ((TRAINS,), ("--model=notebook.py:factory",)),
    ],
    ids=["nothing is trained", "a loop of its own", "models could be reused", "another implementation"],
)
def test_run_without_training_of_the_engines_says_nothing(
    suite: Suite, measuring: Measuring, claims: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    (suite.folder / "notebook.py").write_text(MODEL, "utf-8")
    suite.write(*claims)
    result = suite.run(*arguments)
    assert "counted floor" not in result.stdout.str()
    assert "training_floor" not in suite.document
    for name in ("summary.md", "report.md", "report.html"):
        assert "counted floor" not in (suite.folder / "replication" / name).read_text("utf-8")
    assert measuring.times == 0


def test_machine_is_measured_once_and_again_by_long_runs(
    suite: Suite, measuring: Measuring, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.with_baseline_of(TRAINS)
    suite.run()
    assert measuring.times == 1
    monkeypatch.setattr(floor_of_run, "LONG", 0.5)
    measuring.speed = Ceilings(operations=SLOW.operations / 3, draws=2 * SLOW.draws, bytes=SLOW.bytes)
    result = suite.run()
    assert measuring.times == 2
    floor = suite.document["training_floor"]
    assert floor["measurements"] == 2
    result.stdout.fnmatch_lines(["training took *, best of 2"])
    assert floor["seconds"] == pytest.approx(3 * (0.05 + 0.025))


def test_run_that_is_cut_short_does_not_measure(suite: Suite, measuring: Measuring) -> None:
    suite.write(TRAINS, HOLDS.replace("DEMO-1", "DEMO-6") + "    raise KeyboardInterrupt\n")
    suite.run()
    assert not suite.document["complete"]
    assert "training_floor" not in suite.document
    assert measuring.times == 0
    ceilings_file.measured(suite.folder, "cpu", measuring)
    suite.run()
    assert suite.document["training_floor"]["share"] == pytest.approx(0.6)
    assert measuring.times == 1


def test_measurement_that_fails_costs_no_report(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> Ceilings:
        raise RuntimeError("out of memory")

    suite.with_baseline_of(TRAINS)
    monkeypatch.setattr(ceilings, "measure", fail)
    (path,) = (suite.folder / ".cache" / "ceilings").iterdir()
    path.unlink()
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["The speed of this machine could not be measured: RuntimeError: out of memory"]
    )
    assert suite.document["complete"]
    assert "training_floor" not in suite.document


def test_training_side_by_side_has_no_share_of_a_floor(
    suite: Suite, measuring: Measuring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrainedModels, "trains_side_by_side", True)
    suite.with_baseline_of(TRAINS)
    suite.run().stdout.no_fnmatch_line("*counted floor*")
    assert measuring.times == 0
