"""The README shows the stored throughput baselines."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.harness.documentation import throughput
from claims.harness.records import throughput_file
from tests.helpers.paths import ROOT
from tests.helpers.throughput_reports import LOOP, report, row


def test_readme_shows_what_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text(f"before\n{throughput.BEGIN}\nold\n{throughput.END}\nafter\n")
    assert throughput.main(tmp_path) == 2
    assert "is missing" in capsys.readouterr().err
    throughput_file.write(throughput_file.path_of(tmp_path, "cpu"), report(LOOP, row()))
    assert throughput.main(tmp_path) == 0
    text = (tmp_path / "README.md").read_text()
    assert "old" not in text
    assert "| phase | 128 | 1.00 x |" in text
    for name in ("speeds_cpu.png", "growth_fused_cpu.png"):
        assert f"(figures/benchmarks/{name})" in text
        assert (tmp_path / "figures" / "benchmarks" / name).is_file()


def test_readme_of_this_project_has_the_markers() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert text.count(throughput.BEGIN) == text.count(throughput.END) == 1
