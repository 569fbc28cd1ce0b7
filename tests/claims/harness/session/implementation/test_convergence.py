"""The doubling tests of our models speak for another implementation as long as its losses are no higher.

If they are higher, its claims are judged all the same, with a remark.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.helpers.claim_suite import Suite
from tests.helpers.implementations import LOOP, PAIR

RULE = 'DuringTraining(because="The claims speak of these runs.")'


@pytest.fixture
def doubling(suite: Suite) -> Suite:
    """A suite that asks for a doubling test, with a baseline of this package's own models."""
    assert RULE in PAIR
    suite.pytester.makepyfile(test_demonstrating=PAIR.replace(RULE, "Doubling(at_most=3.0)"))
    suite.run("--update-baselines")
    return suite


def evidence(suite: Suite) -> dict[str, Any]:
    shown: dict[str, Any] = suite.document["experiments"][0]["convergence"]
    return shown


@pytest.mark.parametrize(
    "arguments", [("--model=notebook.py:factory",), ("--trainer=plain_loop.py:train_all",)]
)
def test_an_implementation_that_is_as_good_as_ours_needs_no_training_twice_as_long(
    doubling: Suite, arguments: tuple[str, ...]
) -> None:
    result = doubling.run("--engine=auto", *arguments)
    assert result.ret == pytest.ExitCode.OK
    assert evidence(doubling)["standing"] == "converged"
    assert doubling.claim()["verdict"] == "replicated"
    assert doubling.document["experiments"][0]["drift"]["status"] == "not compared"
    assert doubling.document["experiments"][0]["losses"]["twins"] == []


def test_an_implementation_with_higher_losses_is_judged_and_not_shown_to_have_converged(
    doubling: Suite,
) -> None:
    (doubling.folder / "other.py").write_text(LOOP.replace("optimizer.step()", "pass"))
    doubling.run("--engine=auto", "--trainer=other.py:train_all")
    assert evidence(doubling)["standing"] == "not shown"
    assert "above those in baselines/cpu-quick.json" in evidence(doubling)["sentence"]
    assert doubling.claim()["verdict"] == "contradicted"
    quantity, remark = doubling.claim()["reason"].splitlines()
    assert quantity.startswith("smaller norm: ")
    assert remark.startswith("The models of demo/pair are not shown to have converged: the losses lie ")


def scale_losses_of_ours(suite: Suite, factor: float) -> None:
    document = json.loads(suite.baseline.read_text())
    losses = document["losses"]["demo/pair"]
    losses["values"] = [[factor * value for value in row] for row in losses["values"]]
    suite.baseline.write_text(json.dumps(document))


def test_what_an_implementation_with_higher_losses_shows_is_replicated(doubling: Suite) -> None:
    scale_losses_of_ours(doubling, 1 / 3)
    doubling.run("--model=notebook.py:factory")
    assert evidence(doubling)["standing"] == "not shown"
    assert doubling.claim()["verdict"] == "replicated"
    assert doubling.claim()["reason"].startswith("The models of demo/pair are not shown to have converged: ")


def test_lower_losses_than_ours_are_no_reason_for_doubt(doubling: Suite) -> None:
    scale_losses_of_ours(doubling, 3)
    doubling.run("--model=notebook.py:factory")
    assert evidence(doubling)["standing"] == "converged"


def test_without_a_baseline_of_ours_nothing_is_shown(suite: Suite) -> None:
    suite.pytester.makepyfile(test_demonstrating=PAIR.replace(RULE, "Doubling(at_most=3.0)"))
    result = suite.run("--model=notebook.py:factory")
    assert evidence(suite)["standing"] == "not shown"
    assert suite.claim()["verdict"] == "replicated"
    assert "holds no test with twice as many steps" in suite.claim()["reason"]
    assert "is not valid" not in result.stdout.str()
