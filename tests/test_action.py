"""The steps of action.yml, run with a command `tms` that notes how it is called."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from claims.harness.report.run_verdict import counts
from tests.helpers.paths import ROOT
from tests.helpers.reports import document

ACTION: dict[str, Any] = YAML(typ="safe").load(ROOT / "action.yml")
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
NAMED: dict[str, set[str]] = {
    "counts": set(counts(document())),
    "run": {"code", "folder"},
    "upload": {"artifact-url"},
}
"""Outputs of the steps that have an id."""
EXPRESSION = re.compile(r"\$\{\{ *([^}]*?) *\}\}")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the command `tms` is a script here")

FAKE = """#!{python}
import json, os, pathlib, sys
pathlib.Path("called.json").write_text(json.dumps(sys.argv[1:]))
pathlib.Path("seen.json").write_text(json.dumps(sorted(map(str, pathlib.Path("baselines").glob("*")))))
if sys.argv[1] == "counts":
    print("verdict=drifted\\ndrifted=2")
sys.exit(int(os.environ.get("FAKE_CODE", "0")))
"""


def texts_of(value: Any) -> list[str]:
    """Collect all texts in lists and mappings."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return [text for part in parts for text in texts_of(part)]
    return [value] if isinstance(value, str) else []


@dataclass
class Ended:
    """A step that has ended."""

    code: int
    said: str
    outputs: dict[str, str]


class Runner:
    """Runs steps in a folder, as GitHub does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        programs = folder.parent / "programs"
        programs.mkdir()
        command = programs / "tms"
        command.write_text(FAKE.format(python=sys.executable))
        command.chmod(0o755)
        self.path = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def run(self, name: str, *, fake_code: str = "0", **given: str) -> Ended:
        """Run a step; what is given replaces the expressions of its environment."""
        step = STEPS[name]
        inputs = {key: str(value["default"]) for key, value in ACTION["inputs"].items()}

        def valued(match: re.Match[str]) -> str:
            last = match[1].rpartition(".")[2]
            return given.get(last.replace("-", "_"), inputs.get(last, ""))

        own = {key: EXPRESSION.sub(valued, value) for key, value in step["env"].items()}
        outputs = self.folder.parent / "outputs"
        outputs.write_text("")
        ended = subprocess.run(
            [sys.executable, "-c", step["run"]],
            cwd=self.folder,
            env={
                **own,
                "PATH": self.path,
                "GITHUB_OUTPUT": str(outputs),
                "FAKE_CODE": fake_code,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        lines = outputs.read_text().splitlines()
        return Ended(
            ended.returncode, ended.stdout + ended.stderr, dict(line.split("=", 1) for line in lines)
        )

    def record_pip(self) -> None:
        """Let a module `pip` in the folder print its arguments."""
        printing = "import os, sys; print('-m pip', *sys.argv[1:]); sys.exit(int(os.environ['FAKE_CODE']))\n"
        (self.folder / "pip.py").write_text(printing)

    @property
    def called(self) -> list[str]:
        called: list[str] = json.loads((self.folder / "called.json").read_text())
        return called


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    folder = tmp_path / "work"
    folder.mkdir()
    return Runner(folder)


def test_defaults_judge_the_models_of_the_package(runner: Runner) -> None:
    ended = runner.run("Replicate")
    assert runner.called == ["replicate", "--profile=quick", "--output=replication"]
    assert ended.code == 0
    assert ended.outputs == {"code": "0", "folder": str(runner.folder / "replication")}


def test_inputs_become_arguments_without_passing_a_shell(runner: Runner) -> None:
    hostile = "$(touch hacked); `touch hacked`"
    runner.run(
        "Replicate",
        model="src/model.py:factory",
        select=hostile,
        profile="smoke",
        output="my results",
        arguments="--seed 3 -x --before 'the old run' \"$(touch hacked)\"",
    )
    assert runner.called == [
        *("replicate", "--profile=smoke", "--output=my results", "--model=src/model.py:factory"),
        *("-k", hostile, "--seed", "3", "-x", "--before", "the old run", "$(touch hacked)"),
    ]
    assert not (runner.folder / "hacked").exists()


def test_the_run_step_leaves_the_judgement_to_the_last_step(runner: Runner) -> None:
    ended = runner.run("Replicate", fake_code="1", trainer="train.py:train")
    assert "--trainer=train.py:train" in runner.called
    assert ended.code == 0
    assert ended.outputs["code"] == "1"


def test_baselines_can_lie_in_another_folder(runner: Runner) -> None:
    (runner.folder / "ci").mkdir()
    (runner.folder / "ci" / "cpu-quick.json").touch()
    assert runner.run("Replicate", baselines="ci").code == 0
    assert json.loads((runner.folder / "seen.json").read_text()) == ["baselines/cpu-quick.json"]
    assert not os.path.lexists(runner.folder / "baselines")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"baselines": "absent"}, "baselines is 'absent' and must be a folder; there is none."),
        ({"baselines": "ci"}, "which exists in the working directory, too."),
        ({"fail_on": "drift"}, "fail-on is 'drift' and must be any, failed or never."),
    ],
)
def test_a_wrong_input_ends_the_step_in_one_sentence(
    runner: Runner, given: dict[str, str], says: str
) -> None:
    (runner.folder / "ci").mkdir()
    (runner.folder / "baselines").mkdir()
    ended = runner.run("Replicate", **given)
    assert ended.code == 1
    assert ended.said.strip().endswith(says)
    assert "Traceback" not in ended.said
    assert not (runner.folder / "called.json").exists()
    assert not ended.outputs


def test_counts_become_outputs(runner: Runner) -> None:
    assert runner.run("Count", folder=str(runner.folder)).outputs == {}
    (runner.folder / "results.json").touch()
    ended = runner.run("Count", folder=str(runner.folder))
    assert ended.outputs == {"verdict": "drifted", "drifted": "2"}
    assert runner.called == ["counts", str(runner.folder / "results.json")]


@pytest.mark.parametrize("fail_on", ["any", "failed", "never"])
@pytest.mark.parametrize(
    ("code", "verdict", "passing"),
    [
        (0, "passed", {"any", "failed", "never"}),
        (1, "drifted", {"failed", "never"}),
        (1, "missing", {"failed", "never"}),
        (1, "failed", {"never"}),
        (1, "incomplete", set()),
        (1, "passed", set()),
        (2, "drifted", set()),
        (4, "", set()),
    ],
)
def test_fail_on_decides_which_verdicts_fail_the_job(
    runner: Runner, fail_on: str, code: int, verdict: str, passing: set[str]
) -> None:
    ended = runner.run("Judge", code=str(code), verdict=verdict, fail_on=fail_on)
    assert (ended.code == 0) == (fail_on in passing)
    assert "Traceback" not in ended.said


def test_every_output_exists_under_its_name_and_every_input_is_used() -> None:
    for name, output in ACTION["outputs"].items():
        [expression] = EXPRESSION.findall(output["value"])
        _, step, _, found = expression.split(".")
        assert found in NAMED[step]
        assert step == "run" or found.replace("_", "-") == name
    steps = "".join(map(str, ACTION["runs"]["steps"]))
    assert all(f"inputs.{name}" in steps for name in ACTION["inputs"])


def test_steps_read_inputs_and_outputs_that_exist() -> None:
    """The scripts above are run with values by their last names, so that a wrong source would not show."""
    texts = [text for step in STEPS.values() for text in texts_of(step)]
    read = {expression for text in texts for expression in EXPRESSION.findall(text)}
    for expression in read:
        first, *rest = expression.split(".")
        match first:
            case "inputs":
                assert rest[0] in ACTION["inputs"], expression
            case "steps":
                assert rest[2] in NAMED[rest[0]], expression
            case _:
                assert expression == "github.action_path"


def test_the_report_of_a_failed_run_is_counted_uploaded_and_judged() -> None:
    for name in ("Count", "Upload the report", "Judge"):
        assert STEPS[name]["if"].startswith("always() && steps.run.outputs.folder != ''")
    assert STEPS["Upload the report"]["with"]["path"] == "${{ steps.run.outputs.folder }}"
    assert list(STEPS)[-1] == "Judge"


def test_what_a_user_leaves_out_judges_the_models_of_the_package_strictly() -> None:
    defaults = {name: value["default"] for name, value in ACTION["inputs"].items()}
    assert defaults["fail-on"] == "any"
    assert {defaults[name] for name in ("model", "trainer", "select", "arguments", "requirements")} == {""}
    for name in ("Install", "Replicate"):
        assert STEPS[name]["working-directory"] == "${{ inputs.working-directory }}"


def test_the_action_and_what_is_asked_for_are_installed(runner: Runner) -> None:
    runner.record_pip()
    ended = runner.run("Install", action_path="/the action", requirements="-r 'my list.txt' .")
    assert ended.code == 0
    assert ended.said.split("\n")[0] == "-m pip install /the action[replicate] -r my list.txt ."
    assert runner.run("Install", fake_code="1").code == 1


def test_no_script_contains_an_expression() -> None:
    assert not [step["name"] for step in STEPS.values() if "${{" in step.get("run", "")]
