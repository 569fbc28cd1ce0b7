"""A falsification as a command: the choice of controls, and where the matrix is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from claims.harness import outcome_code
from claims.harness.errors import MisuseError
from claims.harness.falsification import command, runs
from claims.harness.falsification.control import Control
from claims.harness.falsification.controls import CONTROLS
from claims.harness.falsification.running import Setting
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.records import environment, falsification_file, results
from claims.harness.records.results import Document, Outcome


def falsify(
    root: Path, *names: str, part: str = "", claims: str = "", store: bool = False, fresh: bool = False
) -> int:
    return command.falsify(
        root=root,
        names=names,
        part=part,
        claims=claims,
        seed=0,
        output=root / "runs",
        fresh=fresh,
        store=store,
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"names": ["no-such-control"]}, "there is no control 'no-such-control'"),
        ({"part": "no-such-part"}, "no control's name contains 'no-such-part'"),
        ({"claims": "GEO NOWHERE-1"}, "'NOWHERE-1' is neither a section nor a claim's id"),
        ({"claims": "DEMO", "store": True}, "--store and --claims cannot go together"),
        (
            {"names": ["sets-independent"], "claims": "DEMO GEO-2"},
            "none of these controls is judged against DEMO or GEO-2",
        ),
    ],
)
def test_wrong_choice_is_named_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], reason: str
) -> None:
    monkeypatch.setattr(runs, "side_by_side", pytest.fail)
    with pytest.raises(MisuseError, match=reason):
        falsify(tmp_path, *arguments.pop("names", ()), **arguments)


def test_controls_are_chosen_by_name_and_by_a_part_of_the_name() -> None:
    assert command.chosen([], "") == list(CONTROLS)
    assert [control.name for control in command.chosen(["steps-too-few", "bias-frozen"], "bias")] == [
        "bias-frozen"
    ]


def document(verdict: Verdict) -> Document:
    claim = Claim(id="DEMO-2", sentence="It holds.", source="demo")
    of_run = {"engine": "fused", "device": "cpu", "seed": 0, "profile": "quick", "seconds": 1.0}
    return results.document_of(
        [Outcome(claim=claim, test="test_it", verdict=verdict, passes=verdict is not Verdict.FAILED)],
        complete=True,
        environment=of_run,
        sections={},
        experiments=[],
    )


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every control be caught by the one claim there is, and name the controls that are judged."""
    names: list[str] = []

    def finished(_: Setting, control: Control | None) -> Document:
        names.extend([control.name] if control else [])
        return document(Verdict.FAILED if control else Verdict.REPLICATED)

    monkeypatch.setattr(runs, "finished", finished)
    return names


@pytest.mark.usefixtures("judged")
def test_matrix_of_a_part_is_stored_with_its_figure_in_the_output_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert falsify(tmp_path, "learning-rate-zero", claims="DEMO-2") == 0
    folder = tmp_path / "runs" / "DEMO-2"
    text = capsys.readouterr().out.replace("\n", "")
    for name in ("falsification.json", "falsification.png", "falsification.svg"):
        assert (folder / name).is_file()
        assert f"wrote {folder / name}" in text
    assert not (tmp_path / "baselines").exists()


@pytest.mark.usefixtures("judged")
def test_complete_matrix_is_stored_in_the_callers_baselines(tmp_path: Path) -> None:
    assert falsify(tmp_path) == 1  # without quantities, an error of a test is no judgement
    matrix = falsification_file.load(tmp_path / "baselines" / "falsification.json")
    assert list(matrix.controls) == [control.name for control in CONTROLS]


def stored(root: Path) -> list[str]:
    return list(falsification_file.load(root / "baselines" / "falsification.json").controls)


def test_stored_parts_are_joined_and_not_run_again(
    tmp_path: Path, judged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = CONTROLS[0].name, CONTROLS[1].name
    falsify(tmp_path, second, store=True)
    assert f"of 1 controls caught ({len(CONTROLS) - 1} more not measured)" in capsys.readouterr().out
    falsify(tmp_path, first, second, store=True)
    assert judged == [second, first]
    assert stored(tmp_path) == [first, second]
    falsify(tmp_path, second, store=True)
    assert judged == [second, first]
    assert "of 2 controls caught" in capsys.readouterr().out
    falsify(tmp_path, second, store=True, fresh=True)
    assert judged == [second, first, second]
    assert stored(tmp_path) == [first, second]


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ("code", "other code"),
        ("environment", "another environment"),
        ("verdicts", "other verdicts without any mistake"),
    ],
)
def test_a_part_replaces_a_stored_part_that_does_not_fit_and_says_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    differs: str,
    reason: str,
) -> None:
    first, second, third = (control.name for control in CONTROLS[:3])
    falsify(tmp_path, first, second, store=True)
    assert "replaces it" not in capsys.readouterr().out
    if differs == "code":
        monkeypatch.setattr(outcome_code, "digest", lambda: "f" * 64)
    elif differs == "environment":
        monkeypatch.setattr(environment, "of_baseline", lambda *_: {"numpy": "0.1"})
    else:
        monkeypatch.setattr(runs, "finished", lambda *_: document(Verdict.CONTRADICTED))
    falsify(tmp_path, third, store=True)
    said = f"holds 2 mistakes of runs with {reason}; this matrix replaces it."
    assert said in capsys.readouterr().out.replace("\n", " ")
    assert stored(tmp_path) == [third]
