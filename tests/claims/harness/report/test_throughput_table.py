"""The throughput table holds every stack in the terminal, and a line per workload in Markdown."""

from __future__ import annotations

from claims.harness.records.throughput import NOTEBOOK, SCAN
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
