"""A run of the benchmarks derives the right numbers from its rounds and compares them with the baselines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import torch

from claims.harness.files import FileError
from claims.harness.floor import ceilings
from claims.harness.records import throughput_file
from claims.harness.records.throughput import NOTEBOOK, SCAN
from claims.harness.session.implementation import find
from tests.benchmarks import comparison
from tests.benchmarks.rounds import Timed
from tests.benchmarks.run import Bench, chosen_devices
from tests.benchmarks.stacks import Stack, devices, given, left_out
from tests.benchmarks.workloads import WORKLOADS
from tests.helpers.paths import ROOT
from tests.helpers.throughput_reports import CEILINGS, ENVIRONMENT, LOOP, report, row


def test_ratio_is_taken_pair_by_pair_and_speed_in_the_median_round() -> None:
    timed = Timed(steps=100, rounds=(1.0, 2.0, 10.0), loop_steps=10, loop_rounds=(1.0, 2.0, 1.0))
    assert timed.ratios == (10.0, 10.0, 1.0)
    assert timed.steps_per_second == 50


def test_every_stack_is_added_beside_one_row_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "measure", lambda _: CEILINGS)
    bench = Bench(Path(), ["cpu"], update=False)
    for stack, took in (("reference", 0.5), ("fused", 0.01)):
        timed = Timed(10, (took, took, took), 10, (1.0, 2.0, 3.0))
        bench.add(WORKLOADS[0], Stack(stack, "cpu", lambda _: pytest.fail("trained")), 0.1, timed)
    assert [each.stack for each in bench.report("cpu").rows] == [NOTEBOOK, "reference", "fused"]
    assert [each.ratio for each in bench.report("cpu").rows] == [1, 4, 200]
    assert bench.report("cpu").rows[0].steps_per_second == 5
    floors = [each.floor_share / each.steps_per_second for each in bench.report("cpu").rows]
    assert floors == pytest.approx([floors[0]] * 3)


def test_run_without_a_baseline_is_refused_unless_it_writes_one(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is missing"):
        Bench(tmp_path, ["cpu"], update=False).load()
    Bench(tmp_path, ["cpu"], update=True).load()


def test_an_engine_that_fell_behind_its_baseline_is_complained_of_and_a_peer_is_not() -> None:
    stored = report(LOOP, row(), row(stack=SCAN))
    kept = 20 * (1 - comparison.ALLOWED_FALL)
    assert comparison.complaints(report(row(ratio=kept * 1.01)), stored) == []
    [text] = comparison.complaints(report(row(ratio=kept * 0.9), row(stack=SCAN, ratio=0.1)), stored)
    assert text.startswith("fused on phase at batch 128 (cpu) fell by 4")
    [text] = comparison.complaints(report(row(batch_size=1024)), stored)
    assert "has no baseline" in text
    assert "-k phase" in text


def test_run_says_so_when_its_machine_is_not_the_baselines() -> None:
    assert comparison.other_machine(report(), report()) is None
    text = comparison.other_machine(report(), report(environment=ENVIRONMENT | {"threads": 32}))
    assert text is not None
    assert "with 32 threads, this run on a processor with 2" in text


def test_part_of_a_baseline_is_not_replaced_by_numbers_of_another_machine(tmp_path: Path) -> None:
    path = throughput_file.path_of(tmp_path, "cpu")
    throughput_file.write(path, report(LOOP, row(), row(workload="basic")))
    stored = path.read_bytes()
    bench = Bench(tmp_path, ["cpu"], update=True)
    bench.load()
    bench.reports["cpu"] = report(row(), environment=ENVIRONMENT | {"device_name": "another"})
    with pytest.raises(FileError, match="is left as it is"):
        list(bench.rewrite())
    assert path.read_bytes() == stored


NOTEBOOKS: Final = "tests/examples/notebook.py:factory"


def test_another_implementation_is_measured_but_not_stored_as_a_baseline(tmp_path: Path) -> None:
    judged = find("model", NOTEBOOKS, ROOT)
    bench = Bench(tmp_path, ["cpu"], update=True, given=[judged])
    bench.reports["cpu"] = report(LOOP, row(), row(stack=judged.name))
    [path] = bench.rewrite()
    assert [each.stack for each in throughput_file.read(path, "cpu").rows] == [NOTEBOOK, "fused"]
    assert bench.reports["cpu"].find("phase", 128, "notebook.py:factory") is not None


@pytest.mark.parametrize(
    ("seam", "spec"), [("model", NOTEBOOKS), ("trainer", "tests/examples/plain_loop.py:train_all")]
)
def test_another_implementation_trains_the_workloads(seam: str, spec: str) -> None:
    stack = given(find(seam, spec, ROOT), "cpu")
    experiment = WORKLOADS[0].experiment(1)
    one, two = (stack.prepare(experiment)(steps)() for steps in (1, 3))
    assert one["W"].shape == (7, 1, 20, 5)
    assert not torch.equal(one["W"], two["W"])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (f"--model={NOTEBOOKS}", "test_training[basic-128-notebook.py:factory-cpu]"),
        ("--trainer=tests/examples/plain_loop.py:train_all", "[uniform-1024-plain_loop.py:train_all-cpu]"),
        ("--model=nowhere.py:f", "--model 'nowhere.py:f': there is no Python file nowhere.py."),
    ],
)
def test_the_options_name_another_implementation(option: str, words: str) -> None:
    command = [sys.executable, "-m", "pytest", "tests/benchmarks", "-o", "python_files=bench_*.py"]
    options = ("--confcutdir=tests/benchmarks", "--collect-only", "-q", "-p", "no:cacheprovider", option)
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert words in done.stdout + done.stderr


def test_unknown_device_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"--device 'tpu' must be one of cpu"):
        chosen_devices("tpu")
    assert chosen_devices("all") == devices()


def test_a_peer_that_is_left_out_is_named_with_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.benchmarks.peers.scan.ABSENT", "jax")
    monkeypatch.setattr("shutil.which", lambda _: None)
    lines = [line for line in left_out() if " on cpu " in line]
    assert lines == [
        "torch.compile on cpu is left out: it needs a C++ compiler, which torch.compile needs on the CPU.",
        "compiled scan on cpu is left out: it needs the package jax: "
        "pip install -e '.[peers]' -c constraints.txt.",
    ]
