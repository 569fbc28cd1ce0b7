"""Collects what the benchmarks measure, prints one table and stores it as .benchmarks/throughput.json."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from benchmarks.throughput import Report
from claims.environment import device_name, system, versions
from tms.engines.fused_cpu import available_threads

REPORT: Final = pytest.StashKey[Report]()
SUMMARY: Final = ".benchmarks/throughput.json"


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Keep the machine's own name out of the stored rounds."""
    machine_info.pop("node", None)


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    """All that this run measures; benchmarks add to it."""
    return pytestconfig.stash.setdefault(REPORT, Report())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, and store it."""
    report = config.stash.get(REPORT, None)
    if report is None:
        return
    path = config.rootpath / SUMMARY
    path.parent.mkdir(exist_ok=True)
    environment = {
        **versions(),
        "system": system(),
        "device_names": {
            device: device_name(device) for device in sorted({row.device for row in report.rows})
        },
        "threads": available_threads(),
    }
    path.write_text(json.dumps(report.as_json(environment), indent=2) + "\n", encoding="utf-8")
    terminalreporter.section("throughput")
    terminalreporter.write(report.as_text())
    terminalreporter.write_line(f"wrote {SUMMARY}")
