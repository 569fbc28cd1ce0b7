"""Claims about two experiments, and a note of those that the process of the run itself trains."""

from __future__ import annotations

from typing import Any, Final

from tests.helpers.claim_suite import Suite

TWO: Final = """
from pathlib import Path
from tms import training

train_here = training.train

def noted(experiment, **settings):
    with Path("here.txt").open("a") as file:
        print(experiment.name, file=file)
    return train_here(experiment, **settings)

training.train = noted  # in this process alone

def other(profile):
    return sweep("demo/other", n_features=3, n_hidden=2, architecture="relu_output", density=0.5, seeds=4,
                 steps=20, batch_size=16, learning_rate=1e-2, held_out=64,
                 convergence=DuringTraining(because="The claims speak of twenty steps of training."))

def wait_for_the_next(trained):
    import time
    until = time.monotonic() + 120
    while os.environ.get("WAIT") and not any(each.has_succeeded for each in trained._ahead._begun.values()):
        assert time.monotonic() < until
        time.sleep(0.01)

@claim("DEMO-1", "It trains.", source="demo")
def test_trains(trained, measure):
    measure("loss", trained(tiny).loss[0], paper=None, at_most=100, because=BECAUSE)
    wait_for_the_next(trained)

@claim("DEMO-2", "It trains another one.", source="demo")
def test_trains_another(trained, measure):
    measure("loss", trained(other).loss[0], paper=None, at_most=100, because=BECAUSE)
"""


def trained_here(suite: Suite) -> list[str]:
    path = suite.folder / "here.txt"
    names = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return names


def measured(suite: Suite) -> list[Any]:
    document = suite.document
    experiments = [(e["name"], e["losses"], e["coordinates"], e["engine"]) for e in document["experiments"]]
    return [experiments, [(c["id"], c["quantities"], c["experiments"]) for c in document["claims"]]]
