"""Claims that real training can confirm within a second, and other implementations to judge by them."""

from __future__ import annotations

from typing import Final

import pytest

from tests.helpers.claim_suite import Suite
from tests.helpers.paths import EXAMPLES

MODEL: Final = (EXAMPLES / "notebook.py").read_text("utf-8")
LOOP: Final = (EXAMPLES / "plain_loop.py").read_text("utf-8")
PAIR = '''\
"""A claim that real training can confirm within a second."""
import dataclasses
import pytest
from claims.harness.judging.claim import claim, identity
from tms.analysis import geometry
from tms.experiment import sweep
from tms.experiment.convergence import Doubling, DuringTraining


def pair(profile):
    return sweep("demo/pair", n_features=2, n_hidden=1, architecture="relu_output", density=0.1,
                 seeds=16, best_of=6, steps=150, batch_size=64, learning_rate=0.1, held_out=256,
                 convergence=DuringTraining(because="The claims speak of these runs."))


def hidden(profile):
    return dataclasses.replace(pair(profile), name="demo/hidden", architecture="relu_hidden")


def check(sweep, measure):
    smaller = geometry.norms(sweep.W[0]).amin(-1)
    measure("smaller norm", smaller, paper=1, at_least=0.8, because="both are there")


@claim("DEMO-1", "Two sparse features share a dimension.", source="demo")
def test_pair(trained, measure):
    check(trained(pair), measure)
'''
AGAIN = """
@claim("DEMO-2", "They do.", source="demo")
def test_again(trained, measure):
    check(trained(pair), measure)
"""
HIDDEN = """
@claim("DEMO-3", "So do neurons.", source="demo")
def test_hidden(trained, measure):
    check(trained(hidden), measure)
"""
DOCUMENTED = """
@claim("DEMO-4", "They do not.", source="demo", contradicted="they do")
def test_documented(trained, measure):
    measure("smaller norm", geometry.norms(trained(pair).W[0]).amin(-1), paper=0, at_most=0.2, because="so")
"""


def write(suite: Suite, *claims: str) -> None:
    """Write a suite of the claim DEMO-1 and others."""
    suite.pytester.makepyfile(test_demonstrating=PAIR + "".join(claims))


def judge(suite: Suite, source: str, *arguments: str, function: str = "factory") -> pytest.RunResult:
    """Run a suite with a model of this source."""
    (suite.folder / "other.py").write_text(source)
    return suite.run(f"--model=other.py:{function}", *arguments)
