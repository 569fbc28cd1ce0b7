"""The page of throughput shows the stored baselines and their figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import figures.throughput
from claims.harness.documentation import throughput
from claims.harness.files import FileError
from claims.harness.records import throughput_file
from claims.harness.records.throughput import COMPILED, SCAN
from tests.helpers.throughput_reports import CURVE, LOOP, report, row


def test_without_any_baseline_the_message_says_how_to_measure_one(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"is missing.*tms bench"):
        throughput.markdown(tmp_path, "pictures")


def test_tables_and_links_show_what_is_stored(tmp_path: Path) -> None:
    throughput_file.write(throughput_file.path_of(tmp_path, "cpu"), report(LOOP, row()))
    text = throughput.markdown(tmp_path, "pictures")
    assert "| phase | 128 | 1.00 x |" in text
    assert "(pictures/speeds_cpu.png)" in text
    assert "(pictures/growth_fused_cpu.png)" in text


def test_every_linked_figure_is_drawn(tmp_path: Path) -> None:
    throughput_file.write(throughput_file.path_of(tmp_path, "cpu"), report(LOOP, row()))
    drawn = throughput.draw(tmp_path, tmp_path / "pictures")
    assert {path.name for path in drawn} == {"speeds_cpu.png", "growth_fused_cpu.png"}
    text = throughput.markdown(tmp_path, "pictures")
    assert all(path.is_file() and f"(pictures/{path.name})" in text for path in drawn)


def test_figures_show_every_stack_but_the_loop_and_the_curves_of_one_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[Any, ...]] = []

    def drawn(*given: Any) -> Figure:
        shown.append(given)
        return Figure()

    monkeypatch.setattr(figures.throughput, "speeds", drawn)
    monkeypatch.setattr(figures.throughput, "growth", drawn)
    rows = [
        row(workload="pentagon", stack="fused", ratio=20.0, ratio_range=(15.0, 26.0)),
        row(workload="basic", stack="fused", ratio=30.0, ratio_range=(29.0, 33.0)),
        row(workload="pentagon", stack="reference", ratio=2.0, ratio_range=(1.5, 2.25)),
        row(workload="pentagon", stack=SCAN, ratio=4.0, ratio_range=(3.0, 5.5)),
        row(workload="pentagon", stack=COMPILED, ratio=3.0, ratio_range=(2.5, 3.25)),
    ]
    loops = [replace(LOOP, workload=name) for name in ("pentagon", "basic")]
    stored = report(*loops, *rows)
    curves = [CURVE, replace(CURVE, stack="reference", varied="steps", exponent=1.0, interval=(0.98, 1.03))]
    throughput_file.write(throughput_file.path_of(tmp_path, "cpu"), replace(stored, curves=curves))
    throughput.draw(tmp_path, tmp_path / "pictures")

    (workloads, *speeds), fused, reference = (given[:-1] for given in shown)
    assert workloads == ["pentagon, batch 128", "basic, batch 128"]
    assert list(speeds[0]) == [SCAN, COMPILED, "reference", "fused"]
    assert [each["fused"] for each in speeds] == [[20.0, 30.0], [15.0, 29.0], [26.0, 33.0]]
    np.testing.assert_array_equal([each[SCAN] for each in speeds], [[4, np.nan], [3, np.nan], [5.5, np.nan]])
    assert fused == tuple(
        {"batch": of} for of in (CURVE.values, CURVE.seconds, CURVE.exponent, CURVE.interval)
    )
    assert (reference[0].keys(), reference[3]) == ({"steps"}, {"steps": (0.98, 1.03)})
