"""The report of the benchmarks: which numbers it derives from what was timed, how it is read and compared."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import numpy as np
import pytest
import torch

from claims.harness.files import FileError
from tests.benchmarks import baseline, ceilings, growth, readme, run, tables, timing
from tests.benchmarks.floors import Ceilings, Floor, floor_of
from tests.benchmarks.growth import Curve, power
from tests.benchmarks.run import Bench, chosen_devices
from tests.benchmarks.stacks import NOTEBOOK, SCAN, Stack, devices, left_out
from tests.benchmarks.throughput import Report, Throughput, Timed
from tests.benchmarks.trainers import Run, Trainer
from tests.benchmarks.workloads import WORKLOADS
from tms import random_streams as streams

ENVIRONMENT = {"device_name": "a processor", "threads": 2, "system": "Linux"}
CEILINGS = Ceilings(operations=1e11, draws=1e9, bytes=1e10)


def row(**changes: Any) -> Throughput:
    settings: dict[str, Any] = {
        "workload": "phase", "batch_size": 128, "instances": 400, "stack": "fused", "device": "cpu",
        "steps_per_second": 2000.0, "ratio": 20.0, "ratio_range": (15.0, 25.0), "first_call": 0.5,
        "floor": Floor(2e6, 1e6, 1e5, 1e4), "floor_share": 0.25,
    }  # fmt: skip
    return Throughput(**settings | changes)


LOOP = row(stack=NOTEBOOK, ratio=1.0, ratio_range=(1.0, 1.0), steps_per_second=100.0, first_call=0.0)
CURVE = Curve(
    stack="fused", device="cpu", varied="batch", values=(1.0, 2.0, 4.0), seconds=(1.0, 2.1, 3.9),
    exponent=0.98, interval=(0.9, 1.1),
)  # fmt: skip


def report(*rows: Throughput, **changes: Any) -> Report:
    settings: dict[str, Any] = {"device": "cpu", "environment": ENVIRONMENT, "ceilings": CEILINGS}
    return Report(**settings | changes, rows=list(rows), curves=[CURVE], compilation={"an empty cache": 12.3})


def test_ratio_is_taken_pair_by_pair_and_speed_in_the_median_round() -> None:
    timed = Timed(steps=100, rounds=(1.0, 2.0, 10.0), beside_steps=10, beside=(1.0, 2.0, 1.0))
    assert timed.ratios == (10.0, 10.0, 1.0)
    assert timed.steps_per_second == 50


def test_every_stack_is_added_beside_one_row_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.ceilings, "measure", lambda _: CEILINGS)
    bench = Bench(Path(), ["cpu"], update=False)
    for stack, took in (("reference", 0.5), ("fused", 0.01)):
        timed = Timed(10, (took, took, took), 10, (1.0, 2.0, 3.0))
        bench.add(WORKLOADS[0], Stack(stack, "cpu", lambda _: pytest.fail("trained")), 0.1, timed)
    assert [each.stack for each in bench.report("cpu").rows] == [NOTEBOOK, "reference", "fused"]
    assert [each.ratio for each in bench.report("cpu").rows] == [1, 4, 200]
    assert bench.report("cpu").rows[0].steps_per_second == 5
    floors = [each.floor_share / each.steps_per_second for each in bench.report("cpu").rows]
    assert floors == pytest.approx([floors[0]] * 3)


def test_report_reads_back_the_same_and_fits_its_schema(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(baseline.SCHEMA)
    path = baseline.path_of(tmp_path, "cpu")
    baseline.write(path, report(LOOP, row()))
    assert baseline.read(path, "cpu") == report(LOOP, row())


def test_report_keeps_what_a_partial_run_did_not_measure() -> None:
    old = report(LOOP, row(), row(workload="basic"))
    fresh = report(row(ratio=30.0))
    merged = old.merged(fresh)
    assert [(each.workload, each.stack, each.ratio) for each in merged.rows] == [
        ("phase", NOTEBOOK, 1.0),
        ("phase", "fused", 30.0),
        ("basic", "fused", 20.0),
    ]
    assert merged.curves == [CURVE]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is missing"),
        ("{", "is not valid JSON"),
        ("[]", "does not fit its schema"),
        ('{"schema_version": 99}', "has schema version 99"),
        (json.dumps(report(row(ratio=-1.0)).as_json()), "throughput/0/ratio"),
        (json.dumps(report(row(), device="cuda").as_json()), "is for cuda"),
        (json.dumps(report(row(), row()).as_json()), "holds two rows"),
    ],
)
def test_bad_baseline_is_one_sentence_that_names_the_mending_command(
    tmp_path: Path, text: str | None, words: str
) -> None:
    path = baseline.path_of(tmp_path, "cpu")
    path.parent.mkdir()
    if text is not None:
        path.write_text(text)
    with pytest.raises(FileError, match=words) as caught:
        baseline.read(path, "cpu")
    assert str(caught.value).endswith("Measure it anew: nox -s bench -- --device cpu --update-baselines")
    with pytest.raises(FileError):
        Bench(tmp_path, ["cpu"], update=False).load()
    Bench(tmp_path, ["cpu"], update=True).load()


def test_an_engine_that_fell_behind_its_baseline_is_complained_of_and_a_peer_is_not() -> None:
    stored = report(LOOP, row(), row(stack=SCAN))
    kept = 20 * (1 - baseline.ALLOWED_FALL)
    assert baseline.complaints(report(row(ratio=kept * 1.01)), stored) == []
    [said] = baseline.complaints(report(row(ratio=kept * 0.9), row(stack=SCAN, ratio=0.1)), stored)
    assert said.startswith("fused on phase at batch 128 (cpu) fell by 4")
    [said] = baseline.complaints(report(row(batch_size=1024)), stored)
    assert "has no baseline" in said
    assert "-k phase" in said


def test_run_says_so_when_its_machine_is_not_the_baselines() -> None:
    assert baseline.other_machine(report(), report()) is None
    said = baseline.other_machine(report(), report(environment=ENVIRONMENT | {"threads": 32}))
    assert said is not None
    assert "with 32 threads, this run on a processor with 2" in said


def test_part_of_a_baseline_is_not_replaced_by_numbers_of_another_machine(tmp_path: Path) -> None:
    path = baseline.path_of(tmp_path, "cpu")
    baseline.write(path, report(LOOP, row(), row(workload="basic")))
    before = path.read_bytes()
    bench = Bench(tmp_path, ["cpu"], update=True)
    bench.load()
    bench.reports["cpu"] = report(row(), environment=ENVIRONMENT | {"device_name": "another"})
    with pytest.raises(FileError, match="is left as it is"):
        list(bench.rewrite())
    assert path.read_bytes() == before


def test_table_names_every_stack_and_fits_its_width() -> None:
    text = tables.terminal(report(LOOP, row(stack=SCAN, ratio=4.0), row(), row(workload="privileged")))
    assert text.count(NOTEBOOK) == 1
    assert "5.00 x" in text  # to the scan
    assert "batch^0.98 [0.90, 1.10]" in text
    assert "an empty cache: 12.3 s" in text
    assert max(map(len, text.splitlines())) <= 110
    assert "…" not in text


def test_markdown_has_a_line_a_workload() -> None:
    lines = tables.markdown(report(LOOP, row(), row(workload="basic"))).splitlines()
    assert lines[0] == "| workload | batch | notebook loop | fused | fused, steps/s | of floor |"
    assert lines[2] == "| phase | 128 | 1.00 x | 20.0 x | 2,000 | 25.0% |"
    assert lines[3] == "| basic | 128 |  | 20.0 x | 2,000 | 25.0% |"


def test_readme_shows_what_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text(f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n")
    assert readme.main(tmp_path) == 2
    assert "is missing" in capsys.readouterr().err
    baseline.write(baseline.path_of(tmp_path, "cpu"), report(LOOP, row()))
    assert readme.main(tmp_path) == 0
    text = (tmp_path / "README.md").read_text()
    assert "old" not in text
    assert "| phase | 128 | 1.00 x |" in text
    for name in ("speeds_cpu.png", "growth_fused_cpu.png"):
        assert f"(figures/benchmarks/{name})" in text
        assert (tmp_path / "figures" / "benchmarks" / name).is_file()


def test_readme_of_this_project_has_the_markers() -> None:
    text = (readme.ROOT / "README.md").read_text("utf-8")
    assert text.count(readme.BEGIN) == text.count(readme.END) == 1


@pytest.mark.parametrize(
    ("set_up", "one_step", "steps"),
    [(0.0, 0.001, 600), (0.02, 0.001, 600), (0.3, 0.001, 3000), (0.3, 0.1, 30), (0.9, 0.001, 9000),
     (0.0, 0.2, 3), (0.0, 5.0, 1)],
)  # fmt: skip
def test_a_round_has_the_steps_that_fill_it_and_outweigh_the_set_up(
    set_up: float, one_step: float, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = stalling(monkeypatch, set_up, one_step, Random(0), stalls=0)
    assert timing.steps_a_round(trainer, target=0.6) == pytest.approx(steps, abs=1)


@pytest.mark.parametrize("one_step", [0.0002, 0.002, 0.01, 0.05])
@pytest.mark.parametrize("seed", range(20))
def test_a_round_outweighs_a_large_set_up_on_a_machine_that_stalls(
    seed: int, one_step: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up = 0.1
    trainer = stalling(monkeypatch, set_up, one_step, Random(seed), stalls=0.25)
    taken = one_step * timing.steps_a_round(trainer, target=0.5)
    assert 5 * set_up < taken < 40 * set_up


def stalling(
    monkeypatch: pytest.MonkeyPatch, set_up: float, one_step: float, rng: Random, stalls: float
) -> Trainer:
    """Train by a clock of set-up and steps, which a share of the runs takes up to three times as long for."""
    clock = 0.0

    def trainer(asked: int) -> Run:
        def run() -> dict[str, Any]:
            nonlocal clock
            work = set_up + one_step * asked
            clock += work * (1 + (2 * rng.random() if rng.random() < stalls else 0))
            return {}

        return run

    monkeypatch.setattr(timing, "perf_counter", lambda: clock)
    return trainer


def test_workloads_have_names_of_their_own() -> None:
    assert len({str(workload) for workload in WORKLOADS}) == len(WORKLOADS)


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_sparse_floor_is_below_the_dense_one(workload: Any) -> None:
    floor = floor_of(workload.experiment(1))
    assert 0 < floor.sparse < floor.dense
    assert floor.draws == workload.batch_size * workload.experiment(1).instances.density.size


def test_floor_counts_what_a_perfect_model_needs() -> None:
    floor = floor_of(growth.experiment_at(n=20, density=0.1, batch=50, instances=3))
    m, rows, parameters = growth.HIDDEN, 50, 3 * (20 * growth.HIDDEN + 20)
    rng = np.random.default_rng(0)
    active = rng.random((200_000, 20)) < 0.1
    products = 2 * m * (4 * active.sum(1) + 20 * active.any(1))  # k rows: in, back in, back out twice
    outputs = 6 * 20 * active.any(1)
    expected = 3 * rows * (products + outputs).mean() + 12 * parameters
    assert floor.sparse == pytest.approx(expected, rel=0.005)
    assert floor.dense == 3 * rows * (10 * 20 * m + 6 * 20) + 12 * parameters
    assert floor.bytes == 24 * parameters


def test_floor_of_dense_features_is_that_of_dense_products() -> None:
    floor = floor_of(growth.experiment_at(density=1.0))
    assert floor.sparse == pytest.approx(floor.dense)


def test_least_time_adds_arithmetic_and_draws_and_overlaps_memory() -> None:
    assert CEILINGS.seconds(Floor(0, 1e11, 1e9, 1)) == 2
    assert CEILINGS.seconds(Floor(0, 1, 1, 1e11)) == 10


def test_ceilings_mix_counters_as_the_streams_do(monkeypatch: pytest.MonkeyPatch) -> None:
    zero = np.zeros(1, dtype=np.uint32)
    monkeypatch.setattr(streams, "step_keys", lambda keys, step: (zero, zero))  # noqa: ARG005
    expected = streams.bits(np.zeros(1, dtype=np.uint64), 0, (40, 100)).reshape(-1).numpy()
    mixed = ceilings.mixed(torch.arange(4000, dtype=torch.int32)).numpy()
    np.testing.assert_array_equal(mixed.astype(np.uint32), expected)
    filled = np.empty(4000, dtype=np.uint32)
    ceilings.fill(1, filled)
    np.testing.assert_array_equal(filled, expected)


def test_exponent_of_an_exact_power_is_found_without_doubt_and_noise_widens_its_interval() -> None:
    values = (1.0, 2.0, 4.0, 8.0)
    exponent, (low, high) = power(values, tuple(3 * value**1.5 for value in values))
    assert (exponent, low, high) == pytest.approx((1.5, 1.5, 1.5))
    _, (low, high) = power(values, (1.0, 3.0, 3.5, 9.0))
    assert high - low > 0.3


def test_unknown_device_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"--device 'tpu' must be one of cpu"):
        chosen_devices("tpu")
    assert chosen_devices("all") == devices()


def test_a_peer_that_is_left_out_is_named_with_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.peers.scan.ABSENT", "jax")
    monkeypatch.setattr("benchmarks.peers.compiled.shutil.which", lambda _: None)
    said = [line for line in left_out() if " on cpu " in line]
    assert said == [
        "torch.compile on cpu is left out: it needs a C++ compiler, which torch.compile needs on the CPU.",
        "compiled scan on cpu is left out: it needs the package jax: "
        "pip install -e '.[peers]' -c constraints.txt.",
    ]
