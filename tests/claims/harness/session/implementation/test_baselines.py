"""An implementation has baselines of its own, in the folder of the caller."""

from __future__ import annotations

import json
from typing import Any

import pytest

from claims.harness.report.compare import compare_runs
from tests.helpers.claim_suite import Suite
from tests.helpers.implementations import LOOP, MODEL, PAIR, write

MODEL_OPTION = "--model=notebook.py:factory"
WRITE = "tms baselines --write --profile quick --model notebook.py:factory"
FEWER = PAIR.replace("seeds=16, best_of=6", "seeds=8, best_of=2")
"""The same claim about fewer models, for a training function that trains one after the other."""
RULE = 'DuringTraining(because="The claims speak of these runs.")'
FAILING = """
@claim("DEMO-2", "They do not.", source="demo")
def test_failing(trained, measure):
    measure("smaller norm", geometry.norms(trained(pair).W[0]).amin(-1), paper=0, at_most=0.2, because="so")
"""


def drift(suite: Suite) -> str:
    [experiment] = suite.document["experiments"]
    return str(experiment["drift"]["status"])


def stored(suite: Suite, name: str = "notebook.factory") -> dict[str, Any]:
    text = (suite.folder / "baselines" / name / "cpu-quick.json").read_text()
    document: dict[str, Any] = json.loads(text)
    return document


def test_run_without_a_baseline_judges_by_the_paper_alone_and_prints_the_command(suite: Suite) -> None:
    result = suite.run(MODEL_OPTION)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["baseline: none, so the claims are judged against the paper alone"])
    result.stdout.fnmatch_lines([f"There is no baseline to compare with. To write one: {WRITE}"])
    assert not (suite.folder / "baselines").exists()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((MODEL_OPTION,), "notebook.factory"),
        (("--engine=auto", "--trainer=plain_loop.py:train_all"), "plain_loop.train_all"),
    ],
)
def test_implementation_is_steady_beside_its_own_baseline(
    suite: Suite, arguments: tuple[str, ...], name: str
) -> None:
    suite.pytester.makepyfile(test_demonstrating=FEWER)
    suite.run(*arguments, "--update-baselines")
    assert stored(suite, name)["losses"]["demo/pair"]["twins"]
    assert not suite.baseline.exists()
    result = suite.run(*arguments)
    assert suite.claim()["baseline"] == "steady"
    assert drift(suite) == "steady"
    assert suite.document["environment"]["baseline"] == f"baselines/{name}/cpu-quick.json"
    result.stdout.fnmatch_lines([f"baseline: baselines/{name}/cpu-quick.json (2 comparisons)"])
    text = (suite.folder / "replication" / "report.html").read_text()
    assert "Nothing is compared with" not in text
    assert f"It is compared with baselines/{name}/cpu-quick.json." in text


def test_change_of_its_code_is_found_and_reported(suite: Suite) -> None:
    suite.run(MODEL_OPTION, "--update-baselines")
    before = suite.folder / "before.json"
    (suite.folder / "replication" / "results.json").rename(before)
    [environment] = stored(suite)["environments"].values()
    assert environment["implementation"] == "notebook.py:factory"
    assert len(environment["sha256"]) == 64
    (suite.folder / "notebook.py").write_text(
        MODEL.replace("torch.relu(out + self.b_final)", "out + self.b_final")
    )
    result = suite.run(MODEL_OPTION)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["baseline"] == "drifted"
    assert drift(suite) == "drifted"
    result.stdout.fnmatch_lines(["baseline: *(2 comparisons; the code has changed since)"])
    result.stdout.fnmatch_lines(["changes from the baseline:", "claim *", "DEMO-1 *smaller norm*"])
    shown = suite.run(MODEL_OPTION, "--show-baselines")
    shown.stdout.fnmatch_lines(
        [f"baselines/notebook.factory/cpu-quick.json is as it was; to rewrite it: {WRITE}"]
    )
    assert compare_runs(before, suite.folder / "replication" / "results.json", suite.folder / "out") == 1


def test_claim_that_the_implementation_fails_is_stored_and_compared_all_the_same(suite: Suite) -> None:
    write(suite, FAILING)
    result = suite.run(MODEL_OPTION, "--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["Claims that failed are stored as they are: DEMO-2."])
    suite.run(MODEL_OPTION)
    assert suite.claim("DEMO-2")["verdict"] == "contradicted"
    assert suite.claim("DEMO-2")["baseline"] == "steady"


def test_claim_that_its_baseline_lacks_is_judged_by_the_paper_alone(suite: Suite) -> None:
    suite.run(MODEL_OPTION, "--update-baselines")
    document = stored(suite)
    document["claims"] = {}
    (suite.folder / "baselines" / "notebook.factory" / "cpu-quick.json").write_text(json.dumps(document))
    result = suite.run(MODEL_OPTION)
    assert result.ret == pytest.ExitCode.OK
    assert suite.claim()["baseline"] == "missing"
    result.stdout.fnmatch_lines([f"*does not fit*DEMO-1. Write it anew: {WRITE}"])


def test_damaged_baseline_of_an_implementation_ends_the_run_with_its_command(suite: Suite) -> None:
    folder = suite.folder / "baselines" / "notebook.factory"
    folder.mkdir(parents=True)
    (folder / "cpu-quick.json").write_text("{")
    result = suite.run(MODEL_OPTION)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *is not valid JSON*Write it anew: {WRITE}"])


def evidence(suite: Suite) -> dict[str, Any]:
    shown: dict[str, Any] = suite.document["experiments"][0]["convergence"]
    return shown


def test_its_own_doubling_test_shows_that_it_converged(suite: Suite) -> None:
    suite.pytester.makepyfile(test_demonstrating=PAIR.replace(RULE, "Doubling(at_most=3.0)"))
    suite.run(MODEL_OPTION)
    assert evidence(suite)["standing"] == "not shown"
    assert evidence(suite)["sentence"] == (
        "baselines/notebook.factory/cpu-quick.json holds no test with twice as many steps; to make one: "
        + WRITE
    )
    suite.run(MODEL_OPTION, "--update-baselines")
    assert stored(suite)["convergence"]["demo/pair"]["of"] == "loss"
    suite.run(MODEL_OPTION)
    assert (evidence(suite)["standing"], evidence(suite)["kind"]) == ("converged", "doubling")


def test_implementation_that_cannot_be_trained_twice_as_long_is_told_so(suite: Suite) -> None:
    suite.pytester.makepyfile(test_demonstrating=FEWER.replace(RULE, "Doubling(at_most=3.0)"))
    short = LOOP + (
        "\n\ndef fixed(experiment):\n"
        "    if experiment.steps != 150 or experiment.init_scale != 1:\n"
        "        raise ValueError('only 150 steps')\n"
        "    return train_all(experiment)\n"
    )
    (suite.folder / "other.py").write_text(short)
    suite.run("--engine=auto", "--trainer=other.py:fixed", "--update-baselines")
    assert suite.claim()["verdict"] == "inconclusive"
    assert "training for twice as many steps failed: " in evidence(suite)["sentence"]
    assert stored(suite, "other.fixed")["losses"]["demo/pair"]["twins"] == []
