"""Running a falsification: the plugin inside pytest, the runs, and taking them up again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
import torch._dynamo  # noqa: F401 - as below: optimizers import it late
from claims.harness.falsification.__main__ import main

import claims.harness.session.plugin  # noqa: F401 - torch must not be imported anew by every run inside a test
from claims.harness.baselines.baseline import Baseline
from claims.harness.baselines.store import save
from claims.harness.errors import MisuseError
from claims.harness.falsification import __main__ as command
from claims.harness.falsification import running
from claims.harness.falsification.controls import named
from claims.harness.falsification.running import Setting, finished
from claims.harness.files import FileError
from claims.harness.judging.claim import Claim
from claims.harness.judging.verdict import Verdict
from claims.harness.records import results
from claims.harness.records.results import Outcome
from tests.helpers.paths import ROOT
from tms.analysis import geometry

CLAIMS = """
from claims.harness.judging.claim import claim
from tms.analysis import geometry
from tms.experiment import sweep
import torch


def tiny(profile):
    return sweep("demo/tiny", n_features=2, n_hidden=1, architecture="linear", density=1.0,
                 seeds=2, steps=3, batch_size=4, learning_rate=1e-2, held_out=16)


@claim("INTRO-1", "A unit vector has norm 1, and two of them norm 2.", source="demo")
def test_norms(measure):
    measure.exact("norm of (2, 0)", geometry.norms(torch.tensor([[2.0, 0.0]]))[0], paper=2, within=0.1,
                  because="exact")


@claim("INTRO-2", "Models move.", source="demo")
def test_moves(trained, measure, draw):
    sweep = trained(tiny)
    start = torch.from_numpy(sweep.experiment.initial_weights())
    measure("distance", (sweep.W[0] - start).abs().amax((-2, -1)), paper=None, at_least=1e-6, because="any")
    draw(lambda: 1 / 0, "demo/broken")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest('pytest_plugins = ["claims.harness.session.plugin"]')
    pytester.makepyfile(test_section=CLAIMS)
    return pytester


def judged(suite: pytest.Pytester, *arguments: str) -> dict[str, str]:
    baseline = suite.path / "baselines" / "cpu-quick.json"
    if not baseline.exists():
        baseline.parent.mkdir()
        save(Baseline(device="cpu", profile="quick"), baseline)
    told = suite.runpytest_inprocess(
        "-p",
        "claims.harness.falsification.plugin",
        "-p",
        "claims.harness.session.no_figures",
        "--profile",
        "quick",
        "--device",
        "cpu",
        "--engine",
        "reference",
        *arguments,
    )
    told.stdout.no_fnmatch_line("*INTERNALERROR*")
    return {
        c["id"]: c["verdict"] for c in results.read(suite.path / "replication" / "results.json")["claims"]
    }


def test_without_a_control_claims_hold_and_draw_nothing(suite):
    assert judged(suite) == {"INTRO-1": "replicated", "INTRO-2": "replicated"}
    assert not (suite.path / "replication" / "figures").exists()


def test_mistake_is_made_for_the_whole_session_and_gone_after_it(suite):
    right = geometry.norms
    assert judged(suite, "--control", "norms-squared") == {"INTRO-1": "failed", "INTRO-2": "replicated"}
    assert geometry.norms is right
    assert judged(suite, "--control", "learning-rate-zero") == {"INTRO-1": "replicated", "INTRO-2": "failed"}


def test_unknown_control_ends_the_run_before_anything_is_trained(suite):
    told = suite.runpytest_inprocess("-p", "claims.harness.falsification.plugin", "--control", "norms-cubed")
    assert told.ret == pytest.ExitCode.USAGE_ERROR
    told.stderr.fnmatch_lines(["*there is no control 'norms-cubed'; the nearest are norms-squared*"])


def test_wrongly_trained_models_are_never_kept_for_right_ones(suite):
    told = suite.runpytest_inprocess(
        "-p", "claims.harness.falsification.plugin", "--control", "steps-too-few", "--reuse"
    )
    assert told.ret == pytest.ExitCode.USAGE_ERROR
    told.stderr.fnmatch_lines(["*--control steps-too-few trains wrongly; with --reuse*"])


def test_ordinary_run_knows_no_control(suite):
    told = suite.runpytest_inprocess("--control", "norms-squared")
    assert told.ret == pytest.ExitCode.USAGE_ERROR


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    for name in ("claims/falsify", "baselines"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("claims/falsify/applying.py", "claims/falsify/plugin.py", "claims/claim.py"):
        (tmp_path / name).write_text("", "utf-8")
    return Setting(root=tmp_path, output=tmp_path / "runs", seed=0, claims=(), fresh=False)


class Process:
    """Stands for pytest: notes what it is asked, leaves results, and ends with a code."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int = 1, complete: bool = True) -> None:
        self.asked: list[list[str]] = []
        self._code, self._complete = code, complete
        monkeypatch.setattr(running.subprocess, "run", self)
        monkeypatch.setattr(running.results, "read", self.read)

    def __call__(self, command: list[str], stdout: IO[str], **_: object) -> SimpleNamespace:
        self.asked.append(command)
        stdout.write("the last line\n")
        (Path(command[command.index("--output") + 1]) / "results.json").write_text("{}", "utf-8")
        return SimpleNamespace(returncode=self._code)

    def read(self, path: Path) -> dict[str, object]:
        if not path.exists():
            raise FileError(f"{path} is missing.")
        return {"complete": self._complete}


def test_finished_run_is_taken_up_again_until_something_changes(setting, monkeypatch):
    Process(monkeypatch)
    control = named("bias-frozen")
    assert finished(setting, control) is None
    running.run(setting, control)
    assert finished(setting, control) == {"complete": True}
    assert finished(replace(setting, seed=1), control) is None
    assert finished(replace(setting, fresh=True), control) is None
    assert finished(setting, named("weights-untied")) is None
    assert finished(setting, None) is None
    (setting.root / "claims" / "claim.py").write_text("changed", "utf-8")
    assert finished(setting, control) is None


def test_baseline_that_changed_makes_every_run_anew(setting, monkeypatch):
    Process(monkeypatch)
    running.run(setting, None)
    assert finished(setting, None) is not None
    (setting.root / "baselines" / "cpu-quick.json").write_text("{}", "utf-8")
    assert finished(setting, None) is None


def test_models_are_reused_by_controls_that_train_nothing_and_by_no_others(setting, monkeypatch):
    process = Process(monkeypatch)
    for control in (None, named("norms-squared"), named("bias-subtracted"), named("steps-too-few")):
        running.run(setting, control)
    assert ["--reuse" in command for command in process.asked] == [True, True, True, False]


def test_control_is_run_against_its_claims_and_a_run_of_some_claims_against_what_both_name(
    setting, monkeypatch
):
    process = Process(monkeypatch)
    control = named("sets-independent")
    running.run(setting, control)
    running.run(replace(setting, claims=("CORR-1", "DEMO")), control)
    running.run(setting, None)
    first, second, third = process.asked
    own = "(CORR or LEARN-2 or LEARN-3 or LEARN-4)"
    assert first[first.index("-k") + 1] == own
    assert second[second.index("-k") + 1] == f"{own} and (CORR-1 or DEMO)"
    assert "-k" not in third
    assert first[first.index("--output") + 1] != second[second.index("--output") + 1]


def test_run_that_broke_down_says_its_last_lines_and_is_not_finished(setting, monkeypatch):
    Process(monkeypatch, code=3)
    with pytest.raises(MisuseError, match="exit code 3:\nthe last line"):
        running.run(setting, None)
    assert finished(setting, None) is None


def test_run_that_was_cut_short_is_not_finished(setting, monkeypatch):
    Process(monkeypatch, complete=False)
    with pytest.raises(MisuseError, match="cut short"):
        running.run(setting, None)
    assert finished(setting, None) is None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["no-such-control"], "there is no control 'no-such-control'"),
        (["-k", "no-such-part"], "no control's name holds 'no-such-part'"),
        (["--claims", "GEO NOWHERE-1"], "'NOWHERE-1' is neither a section nor a claim's id"),
        (
            ["sets-independent", "--claims", "DEMO GEO-2"],
            "none of these controls is held against DEMO or GEO-2",
        ),
    ],
)
def test_what_cannot_be_run_is_said_in_one_sentence(arguments, reason, capsys):
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1


def test_list_names_every_chosen_control_and_runs_nothing(capsys):
    assert main(["--list", "-k", "importance"]) == 0
    told = capsys.readouterr().out
    assert "importance-ignored: The loss weighs all features alike." in told
    assert "bias-frozen" not in told


def test_output_may_lie_outside_the_checkout(tmp_path, monkeypatch, capsys):
    claim = Claim(id="DEMO-2", sentence="It holds.", source="demo")
    environment = {"engine": "fused", "device": "cpu", "seed": 0, "profile": "quick", "seconds": 1.0}
    held, failed = (
        results.document_of(
            [Outcome(claim=claim, test="test_it", verdict=verdict)],
            complete=True, environment=environment, sections={}, experiments=[],
        )
        for verdict in (Verdict.REPLICATED, Verdict.FAILED)
    )  # fmt: skip
    monkeypatch.setattr(command, "_judged", lambda *_: (held, {"learning-rate-zero": failed}))
    code = command.main(["learning-rate-zero", "--claims", "DEMO-2", "--output", str(tmp_path)])
    told = capsys.readouterr().out
    assert code == 0, told
    assert f"wrote {tmp_path}" in told.replace("\n", "")
    assert list(tmp_path.rglob("falsification.json"))
    (drawn,) = tmp_path.rglob("falsification.png")
    assert drawn.parent == next(tmp_path.rglob("falsification.json")).parent
