"""A stored doubling test speaks for no more seeds than it trained."""

from __future__ import annotations

import json

import pytest

from tests.helpers.claim_suite import Suite

SWEEP = """
def swept(profile):
    return sweep("demo/swept", n_features=2, n_hidden=1, architecture="relu_hidden", density=[[0.2], [0.8]],
                 seeds=32, steps=10, batch_size=4, learning_rate=1e-2, held_out=16, convergence=RULE)

@claim("DEMO-6", "It asks for a sweep.", source="demo")
def test_asks(trained, measure):
    measure("loss", trained(swept).loss[0], paper=None, at_most=100, because=BECAUSE)
"""


def test_a_stored_test_of_one_seed_does_not_speak_for_a_rule_that_asks_for_all(suite: Suite) -> None:
    suite.with_baseline_of(SWEEP.replace("RULE", "Doubling(at_most=100, seeds=1)"))
    assert json.loads(suite.baseline.read_text())["convergence"]["demo/swept"]["seeds"] == 1
    suite.run()
    assert suite.claim("DEMO-6")["verdict"] == "replicated"
    [experiment] = suite.document["experiments"]
    assert experiment["convergence"]["sentence"].startswith(
        "Training 1 of 32 seeds twice as long changes the loss by "
    )
    suite.write(SWEEP.replace("RULE", "Doubling(at_most=100)"))
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    [experiment] = suite.document["experiments"]
    evidence = experiment["convergence"]
    assert evidence["standing"] == "not shown"
    assert (
        "baselines/cpu-quick.json is of 1 seed, and 32 are asked for; to make one: " in evidence["sentence"]
    )
