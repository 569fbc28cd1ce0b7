"""What a run writes and prints beside its verdicts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from claims.harness import outcome_code
from claims.harness.records import falsification_file as matrices
from tests.helpers.claim_suite import (
    HOLDS,
    Suite,
)
from tests.helpers.command import tms
from tests.helpers.matrices import falsified


def of_this_code(folder: Path) -> None:
    matrices.save(replace(falsified(), code=outcome_code.digest()), matrices.path_of(folder))


def of_other_code(folder: Path) -> None:
    matrices.save(falsified(), matrices.path_of(folder))


def damaged(folder: Path) -> None:
    matrices.path_of(folder).write_text("{", "utf-8")


@pytest.mark.usefixtures("without_workers")
@pytest.mark.parametrize(
    ("store", "says"),
    [
        (damaged, "written without"),
        (of_other_code, "was measured with other code*"),
        (of_this_code, "could not be drawn: TypeError"),
    ],
)
def test_report_goes_without_falsification_where_it_cannot_be_shown(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, store: Callable[[Path], None], says: str
) -> None:
    suite.with_baseline_of(HOLDS)
    store(suite.folder)
    monkeypatch.setattr("claims.harness.session.falsification_section.heatmap", len)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"*{says}*"])
    page = (suite.folder / "replication" / "report.html").read_text("utf-8")
    assert 'id="figure-falsification"' not in page
    assert ('id="falsification"' in page) == (store is of_this_code)


@pytest.mark.usefixtures("without_workers")
def test_report_that_is_written_again_is_the_one_of_the_run(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    of_this_code(suite.folder)
    suite.run()
    output = suite.folder / "replication"
    names = ("report.html", "report.md", "summary.md", "badge.json")
    before = {name: (output / name).read_bytes() for name in names}
    assert b'id="figure-falsification"' in before["report.html"]
    for name in names:
        (output / name).unlink()
    assert tms("report", output / "results.json") == 0
    assert {name: (output / name).read_bytes() for name in names} == before


def test_junit_file_can_go_elsewhere(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.run("--junitxml=elsewhere.xml", "--output=out")
    assert (suite.folder / "elsewhere.xml").is_file()
    assert not (suite.folder / "out" / "junit.xml").exists()
    assert (suite.folder / "out" / "results.json").is_file()


def test_junit_file_can_go_home(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(suite.folder / "home"))
    suite.with_baseline_of(HOLDS)
    suite.run("--junitxml=~/mine.xml")
    assert (suite.folder / "home" / "mine.xml").is_file()


def test_verbose_run_shows_what_pytest_shows(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.run("-v").stdout.fnmatch_lines(["*test_demonstrating.py::test_holds PASSED*"])


def test_results_name_no_host_no_user_and_no_folder(suite: Suite) -> None:
    import getpass
    import platform

    suite.with_baseline_of(HOLDS)
    suite.run()
    text = json.dumps(suite.document) + suite.baseline.read_text()
    home = str(Path.home())
    assert str(suite.folder) not in text
    for name in (platform.node(), home if len(home) > 5 else None, f"/{getpass.getuser()}/"):
        assert not name or name not in text
