"""What the selected claims will train is known before anything is trained."""

from __future__ import annotations

import pytest

from claims.harness.session.planned import plan_of
from tests.helpers.claim_suite import Suite
from tests.helpers.implementations import MODEL
from tms import paper

SOURCE = """
import pytest
from tms import paper

def helper(trained):
    return trained(paper.basic_results)

def test_direct(trained):
    return [trained(paper.introduction) for _ in range(2)]

def test_through_a_helper(trained):
    helper(trained)

@pytest.mark.parametrize("factory", [paper.two_in_one])
def test_parameter(trained, factory):
    trained(factory)

@pytest.mark.skip
def test_skipped(trained):
    trained(paper.three_in_two)

def test_of_some_size(trained):
    trained(paper.atlas(3, 2))
"""


def names(pytester: pytest.Pytester, *selected: str) -> tuple[set[str], bool]:
    items = pytester.getitems(SOURCE)
    plan = plan_of([item for item in items if item.name.partition("[")[0] in selected], "smoke")
    return {experiment.name for experiment in plan.experiments}, plan.is_complete


def test_experiments_are_found_in_tests_helpers_and_parameters(pytester: pytest.Pytester) -> None:
    expected = {f("smoke").name for f in (paper.introduction, paper.basic_results, paper.two_in_one)}
    selected = "test_direct", "test_through_a_helper", "test_parameter", "test_skipped"
    assert names(pytester, *selected) == (expected, True)


def test_plan_with_an_experiment_of_unknown_arguments_is_not_complete(pytester: pytest.Pytester) -> None:
    assert names(pytester, "test_of_some_size") == (set(), False)


def test_plan_is_printed_before_another_implementation_trains(suite: Suite) -> None:
    (suite.folder / "other.py").write_text(MODEL)
    suite.pytester.makepyfile(test_demonstrating=SOURCE)
    introduction = paper.introduction("smoke")
    models, steps = introduction.n_instances, introduction.n_instances * introduction.steps
    counts = f"1 experiments, {models:,} models, {steps:,} steps of single models"
    arguments = "--profile=smoke", "--collect-only", "--model=other.py:factory"
    suite.run(*arguments, "-k", "test_direct").stdout.fnmatch_lines([f"to train: {counts}"])
    more = suite.run(*arguments, "-k", "test_direct or test_of_some_size")
    more.stdout.fnmatch_lines([f"to train: at least {counts}"])
