"""A suite of made-up claims, and how to run it with pytest inside pytest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from claims.harness.records import results
from tests.helpers.paths import ROOT

HEADER = '''\
"""Demonstrating superposition."""
import os
import pytest
from claims.harness import claim, note
from tms.experiment import sweep
from tms.experiment.convergence import Doubling, DuringTraining

BECAUSE = "a tenth is what the plot can show"


def near_one(shift=0.0):
    return [1 + shift + 0.01 * i for i in range(8)]


def tiny(profile):
    return sweep("demo/tiny", n_features=2, n_hidden=1, architecture="linear", density=1.0,
                 seeds=2, steps=3, batch_size=4, learning_rate=1e-2, held_out=16,
                 convergence=DuringTraining(because="The claims speak of three steps of training."))
'''


HOLDS = """
@claim("DEMO-1", "It holds.", source="demo")
def test_holds(measure):
    measure("norm", near_one(), paper=1, within=0.2, because=BECAUSE)
"""


ALSO_HOLDS = HOLDS.replace("DEMO-1", "DEMO-2").replace("test_holds", "test_also_holds")


DRIFTS = HOLDS.replace("near_one()", "near_one(0.1)")


FAILS = """
def figure():
    from matplotlib.figure import Figure
    return Figure()

@claim("DEMO-3", "It fails.", source="demo")
def test_fails(measure, draw):
    measure("norm", near_one(1.0), paper=1, within=0.2, because=BECAUSE)
    draw(figure, "demo/figure")
"""


UNDECIDED = """
@claim("DEMO-5", "It may hold.", source="demo")
def test_undecided(measure):
    measure("norm", near_one(0.18), paper=1, within=0.2, because=BECAUSE)
"""
"""A claim whose interval, [1.185, 1.245], crosses the edge 1.2."""


NOTE = """
@note("DEMO-1", "It holds for other sizes, too.", source="demo")
def test_noted(measure):
    measure("norm of others", near_one(0.5))
"""


DOCUMENTED = """
@claim("DEMO-4", "It does not hold as written.", source="demo", contradicted="the norm is 2")
def test_documented(measure):
    measure("norm", near_one(1.0), paper=1, within=0.2, because=BECAUSE)
"""


TRAINS = """
@claim("DEMO-5", "It trains.", source="demo")
def test_trains(trained, measure, profile):
    sweep = trained(tiny)
    assert trained(tiny) is sweep
    measure("loss", sweep.loss[0], paper=None, at_most=100, because=BECAUSE)
"""


WAITS = (
    """
def waiting(awaited):
    import time
    from pathlib import Path
    from matplotlib.figure import Figure
    until = time.monotonic() + 60
    while not Path(awaited).exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return Figure()
"""
    + HOLDS.replace("(measure)", "(measure, draw)")
    + """
    draw(waiting, "demo/figure", os.path.abspath("next"))
"""
)

ENDS_THE_WAIT = ALSO_HOLDS + "    open('next', 'w').close()\n"
"""A claim whose figure is drawn only after the next claim has run, and that claim."""


UNDRAWABLE = (
    HOLDS.replace("(measure)", "(measure, draw)")
    + """
    draw(len, "demo/figure")
"""
)


class Suite:
    """A suite of claims in a folder of its own, and how to run it."""

    def __init__(self, pytester: pytest.Pytester, trainings: list[str]) -> None:
        self.trainings = trainings
        self.pytester = pytester
        self.folder = pytester.path
        pytester.makeini(
            f"[pytest]\npythonpath = {ROOT}\naddopts = -p no:cacheprovider --engine reference --device cpu"
        )
        pytester.makeconftest('pytest_plugins = ["claims.harness.session.plugin"]')

    def write(self, *claims: str) -> None:
        self.pytester.makepyfile(test_demonstrating=HEADER + "".join(claims))

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess("--profile=quick", *arguments, no_reraise_ctrlc=True)

    def with_baseline_of(self, *claims: str) -> None:
        self.write(*claims)
        self.run("--update-baselines")

    @property
    def baseline(self) -> Path:
        return self.folder / "baselines" / "cpu-quick.json"

    @property
    def document(self) -> results.Document:
        return results.read(self.folder / "replication" / "results.json")

    def claim(self, claim_id: str = "DEMO-1") -> dict[str, Any]:
        return next(claim for claim in self.document["claims"] if claim["id"] == claim_id)


def sentence(result: pytest.RunResult) -> str:
    """The one thing a run says on standard error; no traceback anywhere."""
    output = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    lines = [line for line in result.stderr.lines if line.strip()]
    assert len(lines) == 1
    return lines[0]
