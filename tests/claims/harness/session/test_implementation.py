"""Other people's models and training functions, judged by claims from the command line."""

from __future__ import annotations

import json

import pytest

from tests.helpers.claim_suite import Suite, sentence
from tests.helpers.paths import EXAMPLES
from tests.helpers.small import small
from tms.training import train

PAIR = '''\
"""A claim that real training can confirm within a second."""
import dataclasses
import pytest
from claims.harness.judging.claim import claim, identity
from tms.analysis import geometry
from tms.experiment import sweep


def pair(profile):
    return sweep("demo/pair", n_features=2, n_hidden=1, architecture="relu_output", density=0.1,
                 seeds=3, best_of=6, steps=150, batch_size=64, learning_rate=0.1, held_out=256)


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
@claim("DEMO-4", "They do not.", source="demo", not_replicated="they do")
def test_documented(trained, measure):
    measure("smaller norm", geometry.norms(trained(pair).W[0]).amin(-1), paper=0, at_most=0.2, because="so")
"""
INDEPENDENT = {
    "without training": """
@claim("DEMO-5", "It is exact.", source="demo")
def test_exact(measure):
    measure.exact("one", 1, paper=1, within=0, because="so")
""",
    "that trains by itself": """
@claim("DEMO-5", "It trains by itself.", source="demo")
def test_by_itself(trained, measure):
    trained.described(pair)
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
MODEL = (EXAMPLES / "notebook.py").read_text()
LOOP = (EXAMPLES / "plain_loop.py").read_text()


@pytest.fixture(scope="session", autouse=True)
def imports_made_by_training() -> None:
    """Let training import all that it does, since runs inside a test forget what they imported first."""
    train(small(steps=1, held_out=1), engine="reference")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """A suite whose experiments are really trained."""
    suite = Suite(pytester, [])
    pytester.makepyfile(notebook=MODEL, plain_loop=LOOP)
    write(suite)
    return suite


def write(suite: Suite, *claims: str) -> None:
    suite.pytester.makepyfile(test_demonstrating=PAIR + "".join(claims))


def judge(suite: Suite, source: str, *arguments: str, function: str = "factory") -> pytest.RunResult:
    (suite.folder / "other.py").write_text(source)
    return suite.run(f"--model=other.py:{function}", *arguments)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (
            ["--model=notebook.py:factory"],
            "notebook.py:factory, a model trained by the reference engine (sha256 ",
        ),
        (
            ["--model=notebook:factory"],
            "notebook.py:factory, a model trained by the reference engine (sha256 ",
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
    result.stdout.fnmatch_lines([f"judged: {name}*not compared with baselines"])
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
        ('"W": self.model.W', '"W": torch.zeros_like(self.model.W)'),
    ],
)
def test_wrong_model_is_caught(suite: Suite, right: str, wrong: str) -> None:
    assert right in MODEL
    result = judge(suite, MODEL.replace(right, wrong))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["verdict"] == "failed"
    assert "smaller norm" in suite.claim()["error"]


def test_wrong_training_function_is_caught(suite: Suite) -> None:
    (suite.folder / "other.py").write_text(LOOP.replace("optimizer.step()", "pass"))
    assert suite.run("--engine=auto", "--trainer=other.py:train_all").ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["verdict"] == "failed"


def test_documented_miss_that_an_implementation_misses_too_passes(suite: Suite) -> None:
    write(suite, DOCUMENTED)
    assert suite.run("--model=notebook.py:factory").ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-4")["verdict"] == "not replicated"


def test_claim_that_needs_what_is_lacking_is_not_run_with_the_reason(suite: Suite) -> None:
    write(suite, HIDDEN)
    result = suite.run("--model=notebook.py:factory")
    assert result.ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-1")["verdict"] == "replicated"
    assert suite.claim("DEMO-3")["verdict"] == "not run"
    assert suite.claim("DEMO-3")["error"].endswith(
        "notebook.py:factory does not support demo/hidden: it lacks relu_hidden"
    )
    result.stdout.fnmatch_lines(["1 replicated, 0 not replicated, 0 failed, 0 drifted, 1 not run in * s"])


@pytest.mark.parametrize("kind", INDEPENDENT)
def test_claim_that_says_nothing_of_the_implementation_is_not_run(suite: Suite, kind: str) -> None:
    write(suite, INDEPENDENT[kind])
    suite.run("--update-baselines")
    assert suite.claim("DEMO-5")["verdict"] == "replicated"
    result = suite.run("--model=notebook.py:factory")
    assert result.ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-5")["verdict"] == "not run"
    assert suite.claim("DEMO-5")["quantities"] == []
    assert "does not depend on the implementation" in suite.claim("DEMO-5")["error"]
    result.stdout.fnmatch_lines(["2/2  DEMO-5 *not run*"])


def test_run_in_which_nothing_could_be_judged_fails(suite: Suite) -> None:
    write(suite, HIDDEN)
    result = suite.run("--model=notebook.py:factory", "-k", "DEMO-3")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["No claim could be judged*"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "def factory(experiment):\n    return experiment.no_such",
            "no attribute 'no_such' (other.py, line 2)",
        ),
        (
            "def factory(experiment):\n    raise SystemExit(0)",
            "the model failed with SystemExit: 0 (other.py, line 2)",
        ),
        (
            "def factory():\n    pass",
            "the model failed with TypeError: factory() takes 0 positional arguments",
        ),
        ("factory = dict", "the model failed with TypeError"),
        (MODEL.replace(".transpose(0, 1)", ""), "the model failed with RuntimeError"),
        (MODEL.replace("self.model.b_final}", "1}"), "gives b as torch.int64"),
        (MODEL.replace('"b": ', '"bias": '), "gives no weights named b"),
        (MODEL.replace("out + self.b_final", "out / 0"), "the model's output is not finite"),
        (MODEL.replace("deviation)", "1e30)"), "not finite"),
    ],
)
def test_broken_model_fails_its_claims_in_one_sentence_and_the_rest_goes_on(
    suite: Suite, source: str, words: str
) -> None:
    write(suite, AGAIN, DOCUMENTED)
    result = judge(suite, source)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["failed"] * 3
    for claim in suite.document["claims"]:
        assert claim["error"].startswith("other.py:factory on demo/pair: ")
        assert words in claim["error"]
        assert "\n" not in claim["error"]
    assert suite.document["complete"]
    assert "Traceback" not in result.stdout.str()
    assert "Error\n" not in result.stdout.str()
    result.stdout.no_fnmatch_line("*def test_pair*")


def test_broken_training_function_fails_its_claims_in_one_sentence(suite: Suite) -> None:
    (suite.folder / "other.py").write_text(LOOP.replace("loss.backward()", "1 / 0"))
    suite.run("--engine=auto", "--trainer=other.py:train_all")
    message = suite.claim()["error"]
    assert "training function failed with ZeroDivisionError: division by zero (other.py, line" in message
    assert "\n" not in message


def test_implementation_that_failed_on_an_experiment_is_not_asked_again(suite: Suite) -> None:
    write(suite, AGAIN)
    judge(suite, "def factory(_):\n    print('asked', file=open('calls', 'a'))\n    1 / 0")
    assert (suite.folder / "calls").read_text() == "asked\n"


def test_traceback_into_an_implementation_is_shown_if_asked_for(suite: Suite) -> None:
    result = judge(suite, "def factory(experiment):\n    return 1 / 0", "--tb=short")
    result.stdout.fnmatch_lines(["*return 1 / 0*"])


NO_FILE = "there is no Python file"
IMPORT = "cannot be imported"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "must be path/to/file.py:function or package.module:function"),
        ("other.py", "must be path/to/file.py:function"),
        ("other.py:", "must be path/to/file.py:function"),
        (":factory", "must be path/to/file.py:function"),
        ("absent.py:factory", NO_FILE),
        ("../absent/file.py:factory", NO_FILE),
        ("folder.py:factory", NO_FILE),
        ("./text.txt:factory", NO_FILE),
        ("no_such_package.module:factory", "No module named 'no_such_package'"),
        ("no such module:factory", "is not the name of a module"),
        (".relative:factory", "is not the name of a module"),
        ("other.py:absent", "has no function 'absent'"),
        ("other.py:factory.absent", "has no function 'factory.absent'"),
        ("other.py:number", "'number' is of type int, not a function"),
        ("syntax.py:factory", "SyntaxError: "),
        ("needs.py:factory", "No module named 'surely_absent'"),
        ("divides.py:factory", "ZeroDivisionError: division by zero (divides.py, line 2)"),
        ("leaves.py:factory", "SystemExit: 0 (leaves.py, line 1)"),
        ("bytes.py:factory", IMPORT),
        ("nul.py:factory", IMPORT),
        ("deep.py:factory", IMPORT),
    ],
)
def test_implementation_that_cannot_be_imported_ends_the_run_in_one_sentence(
    suite: Suite, spec: str, words: str
) -> None:
    folder = suite.folder
    (folder / "other.py").write_text("number = 1\ndef factory(_): pass\n")
    (folder / "folder.py").mkdir()
    (folder / "text.txt").write_text("")
    (folder / "syntax.py").write_text("def factory(:\n")
    (folder / "needs.py").write_text("import surely_absent\n")
    (folder / "divides.py").write_text("\n1 / 0\n")
    (folder / "leaves.py").write_text("raise SystemExit(0)\n")
    (folder / "bytes.py").write_bytes(b"\xff\xfe\x00")
    (folder / "nul.py").write_bytes(b"a = 1\x00\n")
    (folder / "deep.py").write_text("(" * 5000 + ")" * 5000)
    result = suite.run(f"--model={spec}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    message = sentence(result)
    assert message.startswith("ERROR: --model ")
    assert words in message
    assert not (folder / "replication").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model=notebook.py:factory", "--trainer=plain_loop.py:train_all"], "a run judges one"),
        (
            ["--model=notebook.py:factory", "--update-baselines"],
            "--model cannot be combined with --update-baselines",
        ),
        (["--model=notebook.py:factory", "--reuse"], "--model cannot be combined with --reuse"),
        (["--model=notebook.py:factory", "--engine=fused"], "--model cannot be combined with --engine fused"),
        (["--trainer=plain_loop.py:train_all"], "--trainer cannot be combined with --engine reference"),
    ],
)
def test_options_that_contradict_an_implementation_are_refused(
    suite: Suite, arguments: list[str], words: str
) -> None:
    result = suite.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in sentence(result)


def test_training_function_that_cannot_be_imported_ends_the_run_in_one_sentence(suite: Suite) -> None:
    assert "--trainer 'absent.py:f': there is no" in sentence(
        suite.run("--engine=auto", "--trainer=absent.py:f")
    )


def test_neighbours_of_a_file_can_be_imported(suite: Suite) -> None:
    (suite.folder / "elsewhere").mkdir()
    (suite.folder / "elsewhere" / "its_neighbour.py").write_text(MODEL)
    (suite.folder / "elsewhere" / "adapter.py").write_text("from its_neighbour import factory\n")
    assert suite.run("--model=elsewhere/adapter.py:factory").ret == pytest.ExitCode.OK
