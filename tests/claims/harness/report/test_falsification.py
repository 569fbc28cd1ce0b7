"""The falsification matrix in a report: its heatmap, its table, and what each claim would catch."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from claims.harness.baselines.baseline import Key
from claims.harness.falsification.control import Kind
from claims.harness.judging.claim import Claim
from claims.harness.judging.verdict import Verdict
from claims.harness.records import falsification_matrix as matrices
from claims.harness.records import results
from claims.harness.records.falsification_matrix import Cell, Matrix, State, Told
from claims.harness.records.results import Outcome
from claims.harness.report.__main__ import main
from claims.harness.report.heatmap import NAME, heatmap, save_heatmap
from claims.harness.report.render import html
from figures import falsification
from figures.toolkit.style import BLUE

HOSTILE = "<script>alert(1)</script>"
ENVIRONMENT = {
    "profile": "quick", "device": "cpu", "device_name": "a processor", "engine": "fused", "seed": 0,
    "threads": 2, "python": "3.11", "torch": "2.6", "numpy": "2.0", "scipy": "1.14", "numba": "0.61",
    "system": "Linux", "git_commit": None, "git_dirty": False, "started": "2025-01-01T00:00:00+00:00",
    "seconds": 12.5, "baseline": "baselines/cpu-quick.json", "reuse": False,
}  # fmt: skip


def falsified(words: str = "It is wrong.") -> Matrix:
    told = Told(mistake=words, kind=Kind.MODEL, against=("DEMO",), because=words, seconds=1.0)
    first, second = Key("DEMO-10", "test_later"), Key("DEMO-2", "test_it")
    return Matrix(
        environment={"profile": "quick"},
        controls={"bias-frozen": told, "steps-too-few": told},
        claims={first: Verdict.REPLICATED, second: Verdict.REPLICATED},
        cells={
            first: {"bias-frozen": Cell(State.SURVIVED), "steps-too-few": Cell(State.BROKE)},
            second: {
                "bias-frozen": Cell(State.CAUGHT, by="norm"),
                "steps-too-few": Cell(State.SURVIVED, True),
            },
        },
    )


def document() -> results.Document:
    claim = Claim(id="DEMO-2", sentence="It holds.", source="demo")
    outcome = Outcome(claim=claim, test="test_it", verdict=Verdict.REPLICATED)
    return results.document_of(
        [outcome], complete=True, environment=ENVIRONMENT, sections={"DEMO": "Demo"}, experiments=[]
    )


def test_page_says_what_each_claim_would_catch_and_shows_the_matrix(tmp_path):
    page = html(document(), tmp_path, falsified(), save_heatmap(falsified(), tmp_path))
    assert "<b>Would catch</b> 1 of the mistakes made on purpose: bias-frozen." in page
    assert 'id="figure-falsification"' in page
    assert page.count("data:image/") == 1
    assert (tmp_path / "figures" / f"{NAME}.svg").is_file()


def test_page_without_a_matrix_says_nothing_of_it(tmp_path):
    page = html(document(), tmp_path)
    assert "Would catch" not in page
    assert 'id="falsification"' not in page
    assert not (tmp_path / "figures" / f"{NAME}.svg").exists()


def test_texts_of_a_matrix_are_escaped(tmp_path):
    page = html(document(), tmp_path, falsified(HOSTILE))
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page


def test_command_puts_a_stored_matrix_into_a_report(tmp_path, capsys):
    results.write(tmp_path / "results.json", document())
    matrices.save(falsified(), tmp_path / "falsification.json")
    assert (
        main([str(tmp_path / "results.json"), "--falsification", str(tmp_path / "falsification.json")]) == 0
    )
    assert "Would catch" in (tmp_path / "report.html").read_text("utf-8")
    assert main([str(tmp_path / "results.json"), "--falsification", str(tmp_path / "absent.json")]) == 2
    assert "absent.json is missing. Write it anew: nox -s falsify" in capsys.readouterr().err


def rows_of(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_heatmap_has_claims_in_the_papers_order():
    assert rows_of(heatmap(falsified())) == ["DEMO-2  it", "DEMO-10  later"]


def drawn(states: list[list[int]]) -> Figure:
    rows, columns = np.shape(states)
    return falsification.matrix(
        ["a"] * rows, ["A"] * rows, ["x"] * columns, ["model"] * columns, np.array(states)
    )


def test_marks_differ_in_shape_as_well_as_in_colour():
    kinds = {
        (patch.get_height(), patch.get_facecolor())
        for patch in drawn([[falsification.CAUGHT, falsification.DRIFTED, falsification.NOT_APPLICABLE]])
        .axes[0]
        .patches
        if isinstance(patch, Rectangle)
    }
    assert len(kinds) == 3
    markers = {
        line.get_marker() for line in drawn([[falsification.SURVIVED, falsification.BROKE]]).axes[0].lines
    }
    assert markers == {"o", "x"}


def test_numbers_at_the_edges_count_what_was_caught():
    caught, survived, absent = falsification.CAUGHT, falsification.SURVIVED, falsification.NOT_RUN
    texts = [text.get_text() for text in drawn([[caught, survived], [caught, absent]]).axes[0].texts]
    assert texts[:4] == ["1", "1", "2", "0"]


def test_what_was_not_run_leaves_no_mark():
    axes = drawn([[falsification.NOT_RUN]]).axes[0]
    assert not axes.patches
    assert not axes.lines


def test_caught_is_the_darkest_colour():
    [patch] = drawn([[falsification.CAUGHT]]).axes[0].patches
    assert patch.get_facecolor()[:3] == pytest.approx(
        tuple(int(BLUE[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )


def test_states_of_another_shape_or_code_are_refused():
    with pytest.raises(ValueError, match="must be"):
        falsification.matrix(["a"], ["A"], ["x"], ["model"], np.zeros((2, 1), dtype=np.int64))
    with pytest.raises(ValueError, match="codes from 0 to 5"):
        drawn([[6]])
