"""The page of throughput shows the stored baselines and their figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.harness.documentation import throughput
from claims.harness.files import FileError
from claims.harness.records import throughput_file
from tests.helpers.throughput_reports import LOOP, report, row


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
