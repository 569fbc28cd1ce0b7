"""The report of the benchmarks: which numbers it derives from what was timed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import timing
from benchmarks.stacks import NOTEBOOK, Stack
from benchmarks.throughput import Report, Throughput
from benchmarks.workloads import WORKLOADS
from tms.experiment import Experiment


def row(**changes: Any) -> Throughput:
    settings: dict[str, Any] = {
        "workload": "phase",
        "batch_size": 128,
        "instances": 400,
        "stack": "fused",
        "device": "cpu",
        "steps": 1000,
        "first_call": 0.5,
        "rounds": (0.5, 0.4, 9.0),
    }
    return Throughput(**settings | changes)


def test_speed_is_that_of_the_median_round() -> None:
    assert row().steps_per_second == 2000


def test_ratio_is_to_the_notebook_loop_on_the_same_workload_batch_and_device() -> None:
    others = [
        row(stack=NOTEBOOK, device="cuda", steps=1),
        row(stack=NOTEBOOK, batch_size=1024, steps=2),
        row(stack=NOTEBOOK, workload="basic", steps=3),
    ]
    report = Report([*others, row(stack=NOTEBOOK, steps=10), row()])
    assert report.ratio(report.rows[-1]) == pytest.approx(100)
    assert Report([*others, row()]).ratio(row()) is None


def test_json_holds_every_row_and_reads_back_the_same() -> None:
    report = Report([row(stack=NOTEBOOK, steps=10), row()], {"an empty cache": 12.3456})
    stored = report.as_json({"python": "3"})
    assert json.loads(json.dumps(stored)) == stored
    assert [each["ratio_to_notebook_loop"] for each in stored["throughput"]] == [1, 100]
    assert stored["compilation_seconds"] == {"an empty cache": 12.35}


def test_table_names_every_stack_and_fits_its_width() -> None:
    text = Report(
        [row(stack=NOTEBOOK, steps=10), row(), row(workload="basic")], {"a full cache": 0.4}
    ).as_text()
    assert text.count(NOTEBOOK) == 1
    assert "2,000" in text
    assert "a full cache: 0.4 s" in text
    assert max(map(len, text.splitlines())) <= 110
    assert "…" not in text


@pytest.mark.parametrize(
    ("set_up", "one_step", "steps"),
    [(0.0, 0.001, 600), (0.02, 0.001, 600), (0.3, 0.001, 3000), (0.3, 0.1, 30), (0.0, 0.2, 3), (0.0, 5.0, 1)],
)
def test_a_round_has_the_steps_that_fill_it_and_outweigh_the_set_up(
    set_up: float, one_step: float, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0.0

    def train(experiment: Experiment) -> None:
        nonlocal clock
        clock += set_up + one_step * experiment.steps

    monkeypatch.setattr(timing, "perf_counter", lambda: clock)
    assert timing.steps_a_round(Stack("steady", "cpu", train), WORKLOADS[0], target=0.6) == steps


def test_workloads_have_names_of_their_own() -> None:
    assert len({str(workload) for workload in WORKLOADS}) == len(WORKLOADS)
