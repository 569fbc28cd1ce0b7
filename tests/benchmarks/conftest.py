"""The benchmarks' options, and the output of a run: a table, files, and a comparison with the baseline."""

from __future__ import annotations

from itertools import product
from typing import Final

import pytest

from claims.harness.files import FileError
from claims.harness.records import throughput_file
from claims.harness.report import throughput_table
from claims.harness.session.implementation import SEAMS, find
from tests.benchmarks.growth import VARIED
from tests.benchmarks.run import ALL, Bench, chosen_devices
from tests.benchmarks.stacks import compared, given, left_out
from tests.benchmarks.workloads import WORKLOADS
from tests.helpers.browser_fixtures import address, browser  # noqa: F401 - `tms bench` loads no conftest.py above

BENCH: Final = pytest.StashKey[Bench]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("throughput", "training throughput")
    group.addoption(
        "--device", default=ALL, help="device to measure: cpu, cuda, or all that this machine has (default)"
    )
    for seam in SEAMS:
        group.addoption(
            f"--{seam}",
            metavar="FILE:FUNCTION",
            help=f"another implementation to measure, a {seam} as `tms replicate --{seam}` judges it",
        )
    group.addoption("--update-baselines", action="store_true", help="rewrite baselines/throughput-*.json")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Check the options before anything is measured."""
    config = session.config
    try:
        devices = chosen_devices(config.getoption("--device"))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    given = [
        find(seam, spec, config.invocation_params.dir) for seam in SEAMS if (spec := config.getoption(seam))
    ]
    config.stash[BENCH] = Bench(config.rootpath, devices, config.getoption("--update-baselines"), given)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Read the baselines before anything is measured, unless nothing will be."""
    measures = any("bench" in getattr(item, "fixturenames", ()) for item in session.items)
    if not measures or session.config.option.collectonly:
        return
    try:
        session.config.stash[BENCH].load()
    except FileError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_report_header() -> list[str]:
    """Name the peers that are left out, and what they need."""
    return list(left_out())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Measure every stack of the chosen devices."""
    if "stack" not in metafunc.fixturenames:
        return
    bench = metafunc.config.stash[BENCH]
    stacks = [stack for stack in compared() if stack.device in bench.devices]
    if "workload" in metafunc.fixturenames:
        stacks += [given(judged, device) for judged in bench.given for device in bench.devices]
        pairs = [pytest.param(*pair, id="-".join(map(str, pair))) for pair in product(WORKLOADS, stacks)]
        metafunc.parametrize(("workload", "stack"), pairs)
    else:
        fastest = {stack.device: stack for stack in stacks}  # the last one listed: engines follow peers
        fastest |= {stack.device: stack for stack in stacks if stack.name == "fused"}
        grown = [pytest.param(*pair, id=f"{pair[0]}-{pair[1]}") for pair in product(fastest.values(), VARIED)]
        metafunc.parametrize(("stack", "varied"), grown)


@pytest.fixture(scope="session")
def bench(pytestconfig: pytest.Config) -> Bench:
    """The measurements of this run, to which benchmarks add."""
    return pytestconfig.stash[BENCH]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if an engine fell behind its baseline."""
    bench = session.config.stash.get(BENCH, None)
    if bench and session.exitstatus == pytest.ExitCode.OK and any(bench.complaints()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print and store the table of each device, then the comparison with its baseline."""
    bench = config.stash.get(BENCH, None)
    if bench is None or not bench.reports:
        return
    terminalreporter.section("throughput")
    for device, report in bench.reports.items():
        terminalreporter.write(throughput_table.terminal(report))
        path = config.rootpath / ".benchmarks" / f"throughput-{device}.json"
        throughput_file.write(path, report)
        terminalreporter.write_line(f"wrote {path.relative_to(config.rootpath)}")
    for remark in bench.remarks():
        terminalreporter.write_line(remark, yellow=True)
    for complaint in bench.complaints():
        terminalreporter.write_line(complaint, red=True, bold=True)
    if bench.update:
        try:
            for path in bench.rewrite():
                terminalreporter.write_line(f"wrote {path.relative_to(config.rootpath)}")
        except FileError as error:
            terminalreporter.write_line(str(error), red=True, bold=True)
