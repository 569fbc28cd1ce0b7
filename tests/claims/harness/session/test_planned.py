"""What the selected claims will train is known before anything is trained, in the order of the claims."""

from __future__ import annotations

import pytest

from claims.harness.session.planned import Plan, plan_of
from claims.harness.suite import claims_command
from tests.helpers.claim_suite import Suite
from tests.helpers.implementations import MODEL
from tms import paper

SOURCE = """
import pytest
from functools import cache
from tms import paper

PAIR = (paper.two_in_one, paper.three_in_two)
SIZES = {"small": (3, 2), "large": (4, 3)}

def helper(trained):
    return trained(paper.basic_results)

@cache
def of_size(trained, n, m, inverse=None):
    print(inverse)
    return trained(paper.atlas(n, m))

def round_and_round(trained):
    return round_and_round(trained)

def test_direct(trained):
    return [trained(paper.introduction) for _ in range(2)]

def test_through_a_helper(trained):
    helper(trained)

@pytest.mark.parametrize("factory", [paper.two_in_one])
def test_parameter(trained, factory):
    trained(factory)

@pytest.mark.parametrize("name", list(SIZES))
def test_table(trained, name):
    of_size(trained, *SIZES[name])

@pytest.mark.skip
def test_skipped(trained):
    trained(paper.three_in_two)

def test_without_models():
    paper.three_in_two("smoke")

def test_only_mentioned(trained):
    sizes = [factory("smoke").n_features for factory in PAIR]
    trained(paper.introduction)

def test_loops(trained):
    for size in SIZES.values():
        for inverse in trained(paper.two_in_one).loss:
            of_size(trained, *size, inverse)
    {n: trained(paper.atlas(n, 2)) for _, n in enumerate(range(5, 7))}

def test_map(trained):
    first, second = map(trained, PAIR)

def test_local(trained, profile):
    n = {"smoke": 7, "paper": 8}[profile]
    trained(paper.atlas(n, m=2))

def test_own_loop(trained):
    trained.by_itself(paper.three_in_two, train=None)

def test_measured(trained):
    n = int(trained(paper.introduction).loss.sum())
    trained(paper.atlas(n, 2))

def test_local_assigned_twice(trained, profile):
    n = 3
    if profile == "paper":
        n = 4
    trained(paper.atlas(n, 2))

def test_computed(trained):
    trained(paper.atlas(len(open("evidence", "w").name), 2))

def test_recursive(trained):
    round_and_round(trained)

def test_invalid(trained):
    trained(paper.introduction)
    trained(paper.learned_with("many"))
"""


def plan(pytester: pytest.Pytester, *selected: str, seed: int = 0) -> Plan:
    items = pytester.getitems(SOURCE)
    return plan_of([item for item in items if item.name.partition("[")[0] in selected], "smoke", seed)


def names(pytester: pytest.Pytester, *selected: str) -> tuple[list[str], bool]:
    found = plan(pytester, *selected)
    return [experiment.name for experiment in found.experiments], found.is_complete


def names_of(*factories: paper.ExperimentFactory) -> list[str]:
    return [factory("smoke").name for factory in factories]


def test_experiments_are_found_in_tests_helpers_and_parameters(pytester: pytest.Pytester) -> None:
    expected = names_of(paper.introduction, paper.basic_results, paper.two_in_one)
    selected = "test_direct", "test_through_a_helper", "test_parameter", "test_skipped", "test_without_models"
    assert names(pytester, *selected) == (expected, True)


@pytest.mark.parametrize(
    ("test", "factories"),
    [
        ("test_table", [paper.atlas(3, 2), paper.atlas(4, 3)]),
        ("test_only_mentioned", [paper.introduction]),
        (
            "test_loops",
            [paper.two_in_one, *(paper.atlas(*size) for size in [(3, 2), (4, 3), (5, 2), (6, 2)])],
        ),
        ("test_map", [paper.two_in_one, paper.three_in_two]),
        ("test_local", [paper.atlas(7, 2)]),
        ("test_own_loop", []),
    ],
)
def test_only_what_is_asked_for_is_planned_in_the_order_of_the_calls(
    pytester: pytest.Pytester, test: str, factories: list[paper.ExperimentFactory]
) -> None:
    assert names(pytester, test) == (names_of(*factories), True)


@pytest.mark.parametrize(
    ("test", "factories"),
    [
        ("test_measured", [paper.introduction]),
        ("test_local_assigned_twice", []),
        ("test_computed", []),
        ("test_recursive", []),
        ("test_invalid", [paper.introduction]),
    ],
)
def test_plan_with_an_experiment_that_cannot_be_read_off_is_not_complete(
    pytester: pytest.Pytester, test: str, factories: list[paper.ExperimentFactory]
) -> None:
    assert names(pytester, test) == (names_of(*factories), False)
    assert not (pytester.path / "evidence").exists()


def test_planned_experiments_are_those_of_the_seed(pytester: pytest.Pytester) -> None:
    [experiment] = plan(pytester, "test_direct", seed=3).experiments
    assert experiment.fingerprint() == paper.introduction("smoke").with_run_seed(3).fingerprint()


def test_plan_is_printed_before_another_implementation_trains(suite: Suite) -> None:
    (suite.folder / "other.py").write_text(MODEL)
    suite.pytester.makepyfile(test_demonstrating=SOURCE)
    introduction = paper.introduction("smoke")
    models, steps = introduction.n_instances, introduction.n_instances * introduction.steps
    counts = f"1 experiments, {models:,} models, {steps:,} steps of single models"
    arguments = "--profile=smoke", "--collect-only", "--model=other.py:factory"
    suite.run(*arguments, "-k", "test_direct").stdout.fnmatch_lines([f"to train: {counts}"])
    more = suite.run(*arguments, "-k", "test_direct or test_measured")
    more.stdout.fnmatch_lines([f"to train: at least {counts}"])


def test_everything_that_the_claims_of_the_paper_train_is_planned(suite: Suite) -> None:
    (suite.folder / "other.py").write_text(MODEL)
    options = "--collect-only", "-q", "--profile=smoke", "--model=other.py:factory"
    result = suite.pytester.run(*claims_command(), *options)
    [line] = [line for line in result.outlines if line.startswith("to train: ")]
    assert "at least" not in line
    assert int(line.split()[2]) > 60
