"""The throughput table holds every stack in the terminal, and a line per workload in Markdown."""

from __future__ import annotations

import pytest

from claims.harness.records.throughput import COMPILED, NOTEBOOK, SCAN, Ceilings
from claims.harness.report import throughput_table
from tests.helpers.throughput_reports import LOOP, report, row


def test_table_names_every_stack_and_fits_its_width() -> None:
    text = throughput_table.terminal(
        report(LOOP, row(stack=SCAN, ratio=4.0), row(), row(workload="privileged"))
    )
    assert text.count(NOTEBOOK) == 1
    assert "5.00 x" in text  # relative to the scan
    assert "batch^0.98 [0.90, 1.10]" in text
    assert "an empty cache: 12.3 s" in text
    assert max(map(len, text.splitlines())) <= 110
    assert "…" not in text


def test_every_number_stands_in_its_column() -> None:
    text = throughput_table.terminal(report(LOOP, row(stack=SCAN, ratio=4.0), row(floor_share=0.125)))
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "phase notebook loop 128 100 1.00 x 0.25 x 25.0%" in rows
    assert "phase compiled scan 128 2,000 4.00 x 15.0 to 25.0 25.0% 0.5 s" in rows
    assert "phase fused 128 2,000 20.0 x 15.0 to 25.0 5.00 x 12.5% 0.5 s" in rows


def test_a_blank_line_ends_each_workload() -> None:
    rows = row(workload="basic"), row(workload="basic", stack=SCAN)
    text = throughput_table.terminal(report(LOOP, row(), *rows))
    first = [line.split()[:1] for line in text.splitlines()]
    start = first.index(["phase"])
    assert first[start : start + 6] == [["phase"], ["phase"], [], ["basic"], ["basic"], []]


def test_lines_name_the_ceilings_the_growth_and_the_compilation_in_their_units() -> None:
    ceilings = Ceilings(operations=2e11, draws=3e9, bytes=4e10)
    assert list(throughput_table.lines(report(ceilings=ceilings))) == [
        "ceilings of this machine, cpu: 200 GFLOP/s, 3.0 billion random numbers/s, 40 GB/s",
        "fused: time grows as batch^0.98 [0.90, 1.10] for batch 1 to 4",
        "fused engine, first step of a new process with an empty cache: 12.3 s",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((0.00123, "0.0012"), (0.01, "0.01"), (1.0, "1.00"), (10.0, "10.0"), (99.94, "99.9")),
        *((9.994, "9.99"), (9.996, "10.0"), (99.96, "100"), (1234.5, "1,234")),
        *((100.0, "100"), (12345.6, "12,346")),
    ],
)
def test_numbers_have_two_or_three_digits(value: float, shown: str) -> None:
    assert throughput_table.digits(value) == shown


def test_one_thread_is_one_thread() -> None:
    one = {"device_name": "a processor", "threads": 1}
    assert throughput_table.place(report(environment=one)) == "a processor, 1 thread"
    assert throughput_table.place(report()) == "a processor, 2 threads"


def test_the_fused_engine_comes_before_the_others_and_the_compiled_step_before_the_scan() -> None:
    rows = (row(stack=name) for name in ("reference", SCAN, "fused", COMPILED))
    heading = throughput_table.markdown(report(LOOP, *rows)).splitlines()[0]
    assert heading == (
        f"| workload | batch | {NOTEBOOK} | {COMPILED} | {SCAN} | fused | reference | fused, steps/s | "
        "of floor |"
    )


def test_markdown_has_a_line_a_workload() -> None:
    lines = throughput_table.markdown(report(LOOP, row(), row(workload="basic"))).splitlines()
    assert lines[0] == "| workload | batch | notebook loop | fused | fused, steps/s | of floor |"
    assert lines[2] == "| phase | 128 | 1.00 x | 20.0 x | 2,000 | 25.0% |"
    assert lines[3] == "| basic | 128 |  | 20.0 x | 2,000 | 25.0% |"


def test_another_implementation_is_a_column_before_the_engines() -> None:
    name = "a_long_name_of_a_model.py:factory"
    rows = LOOP, row(stack=name, ratio=2.0), row(stack=SCAN, ratio=4.0), row(workload="privileged"), row()
    heading, _, line, _ = throughput_table.markdown(report(*rows)).splitlines()
    assert heading.startswith(
        f"| workload | batch | notebook loop | compiled scan | {name} | fused | fused, steps/s"
    )
    assert line.startswith("| phase | 128 | 1.00 x | 4.00 x | 2.00 x | 20.0 x | 2,000")
    text = throughput_table.terminal(report(*rows))
    assert name in text
    assert "…" not in text
