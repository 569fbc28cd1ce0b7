"""Claims judge other people's models and training functions from the command line."""

from __future__ import annotations

import json

import pytest

from tests.helpers.claim_suite import Suite
from tests.helpers.implementations import DOCUMENTED, HIDDEN, LOOP, MODEL, judge, write
from tests.helpers.paths import EXAMPLES

INDEPENDENT = {
    "without training": """
@claim("DEMO-5", "It is exact.", source="demo")
def test_exact(measure):
    measure.exact("one", 1, paper=1, within=0, because="so")
""",
    "that trains by itself": """
@claim("DEMO-5", "It trains by itself.", source="demo")
def test_by_itself(trained, measure):
    from tms.training import train
    trained.by_itself(pair, train)
    measure.exact("one", 1, paper=1, within=0, because="so")
""",
    "that asks for no training after all": """
@claim("DEMO-5", "It does not use what it asked for.", source="demo")
def test_unused(trained, measure):
    measure.exact("one", 1, paper=1, within=0, because="so")
""",
    "true of any weights": """
@identity
@claim("DEMO-5", "It is an identity.", source="demo")
def test_identity(trained, measure):
    check(trained(pair), measure)
""",
}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (
            ["--model=notebook.py:factory"],
            "notebook.py:factory, a model (sha256 ",
        ),
        (
            ["--model=notebook:factory"],
            "notebook.py:factory, a model (sha256 ",
        ),
        (
            ["--engine=auto", "--trainer=plain_loop.py:train_all"],
            "plain_loop.py:train_all, a training function (",
        ),
    ],
)
def test_right_implementation_replicates_and_is_named(suite: Suite, arguments: list[str], name: str) -> None:
    result = suite.run(*arguments)
    assert result.ret == pytest.ExitCode.OK
    assert (suite.claim()["verdict"], suite.claim()["baseline"]) == ("replicated", "not compared")
    assert suite.document["environment"]["implementation"].startswith(name)
    assert suite.document["environment"]["baseline"] is None
    result.stdout.fnmatch_lines([f"judged: {name}*"])
    for report in ("report.html", "report.md"):
        assert "external implementation" in (suite.folder / "replication" / report).read_text()
    assert str(suite.folder) not in json.dumps(suite.document)


def test_absolute_path_names_an_implementation_too(suite: Suite) -> None:
    assert suite.run(f"--model={EXAMPLES / 'notebook.py'}:factory").ret == pytest.ExitCode.OK


def test_run_without_another_implementation_names_none(suite: Suite) -> None:
    suite.run("--update-baselines")
    assert suite.document["environment"]["implementation"] is None
    assert "external implementation" not in (suite.folder / "replication" / "report.html").read_text()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("torch.relu(out + self.b_final)", "out + self.b_final"),
        ("torch.relu(out + self.b_final)", "torch.relu(out - 1)"),
    ],
)
def test_wrong_model_is_caught(suite: Suite, right: str, wrong: str) -> None:
    assert right in MODEL
    result = judge(suite, MODEL.replace(right, wrong))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert (suite.claim()["verdict"], suite.claim()["passes"]) == ("contradicted", False)
    assert "smaller norm" in suite.claim()["reason"]


@pytest.mark.parametrize("engine", ["auto", "fused", "reference"])
def test_no_claim_is_judged_by_weights_that_do_not_belong_to_the_outputs(suite: Suite, engine: str) -> None:
    source = MODEL.replace('"W": self.model.W', '"W": torch.zeros_like(self.model.W)')
    assert judge(suite, source, f"--engine={engine}").ret == pytest.ExitCode.TESTS_FAILED
    assert (suite.claim()["verdict"], suite.claim()["quantities"]) == ("failed", [])
    assert suite.claim()["reason"].startswith(
        "other.py:factory on demo/pair: the model reports wrong weights: "
    )


@pytest.mark.parametrize("engine", ["auto", "fused"])
def test_model_in_the_papers_form_is_trained_by_the_fused_engine(suite: Suite, engine: str) -> None:
    result = suite.run("--model=notebook.py:factory", f"--engine={engine}")
    assert result.ret == pytest.ExitCode.OK
    [experiment] = suite.document["experiments"]
    assert (experiment["engine"], experiment["difference"]) == ("fused", None)
    assert "not what the fused engine trains" not in result.stdout.str()


def test_model_that_differs_is_listed_with_the_reason(suite: Suite) -> None:
    source = MODEL.replace("torch.relu(out + self.b_final)", "out + self.b_final")
    result = judge(suite, source, "--engine=auto")
    [experiment] = suite.document["experiments"]
    assert experiment["engine"] == "reference"
    words = "its outputs differ from those of"
    assert experiment["difference"].startswith(words)
    result.stdout.fnmatch_lines(
        [
            f"demo/pair: the model is not what the fused engine trains: {words}*",
            "models that are not what the fused engine trains:",
            f"demo/pair*reference*{words}*",
        ]
    )
    for report in ("report.html", "report.md", "summary.md"):
        text = (suite.folder / "replication" / report).read_text()
        assert "not what the fused engine trains" in text
        assert words in text


def test_wrong_training_function_is_caught(suite: Suite) -> None:
    (suite.folder / "other.py").write_text(LOOP.replace("optimizer.step()", "pass"))
    assert suite.run("--engine=auto", "--trainer=other.py:train_all").ret == pytest.ExitCode.TESTS_FAILED
    assert (suite.claim()["verdict"], suite.claim()["passes"]) == ("contradicted", False)


def test_trainer_that_repeats_one_seed_fails_in_one_sentence(suite: Suite) -> None:
    """Trains the first instance alone, and returns it for each of them."""
    first = "\n\ndef first(experiment):\n    all = train_all(experiment)\n"
    first += "    return {name: [values[0]] * len(values) for name, values in all.items()}\n"
    (suite.folder / "other.py").write_text(LOOP + first)
    result = suite.run("--engine=auto", "--trainer=other.py:first")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["verdict"] == "failed"
    reason = suite.claim()["reason"]
    assert reason.startswith(
        "other.py:first on demo/pair: different seeds give the same weights (1 of 96 models"
    )


def test_documented_miss_that_an_implementation_misses_too_passes(suite: Suite) -> None:
    write(suite, DOCUMENTED)
    assert suite.run("--model=notebook.py:factory").ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-4")["verdict"] == "contradicted"


def test_claim_that_needs_what_is_lacking_is_not_run_with_the_reason(suite: Suite) -> None:
    write(suite, HIDDEN)
    result = suite.run("--model=notebook.py:factory")
    assert result.ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-1")["verdict"] == "replicated"
    assert suite.claim("DEMO-3")["verdict"] == "not run"
    assert suite.claim("DEMO-3")["reason"].endswith(
        "notebook.py:factory does not support demo/hidden: it lacks relu_hidden"
    )
    result.stdout.fnmatch_lines(
        ["1 replicated, 0 contradicted, 0 inconclusive, 0 failed, 0 drifted, 1 not run in * s"]
    )


@pytest.mark.parametrize("kind", INDEPENDENT)
def test_claim_that_says_nothing_of_the_implementation_is_not_run(suite: Suite, kind: str) -> None:
    write(suite, INDEPENDENT[kind])
    suite.run("--update-baselines")
    assert suite.claim("DEMO-5")["verdict"] == "replicated"
    result = suite.run("--model=notebook.py:factory")
    assert result.ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-5")["verdict"] == "not run"
    assert suite.claim("DEMO-5")["quantities"] == []
    assert "does not depend on the implementation" in suite.claim("DEMO-5")["reason"]
    result.stdout.fnmatch_lines(["2/2  DEMO-5 *not run*"])


def test_run_in_which_nothing_could_be_judged_fails(suite: Suite) -> None:
    write(suite, HIDDEN)
    result = suite.run("--model=notebook.py:factory", "-k", "DEMO-3")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["No claim could be judged*"])
