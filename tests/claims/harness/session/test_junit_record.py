"""junit.xml of a session: true at every moment, also about what is no claim."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.helpers.claim_suite import ALSO_HOLDS, DOCUMENTED, DRIFTS, HOLDS, UNDECIDED, WAITS, Suite


def cases(path: Path) -> dict[str, Element]:
    return {str(case.get("name")): case for case in ElementTree.parse(path).iter("testcase")}


def results(path: Path) -> dict[str, tuple[str, str | None]]:
    """For each case the element that says how it ended and its type; "passed" if there is none."""
    ended = {}
    for name, case in cases(path).items():
        element = next((e for e in case if e.tag != "properties"), None)
        ended[name] = ("passed", None) if element is None else (element.tag, element.get("type"))
    return ended


def test_every_claim_is_a_case_with_its_verdict(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, DOCUMENTED, UNDECIDED)
    suite.write(DRIFTS, DOCUMENTED, UNDECIDED)
    suite.run("--junitprefix=mine")
    path = suite.folder / "replication" / "junit.xml"
    assert results(path) == {
        "DEMO-1 test_holds": ("failure", "drifted"),
        "DEMO-4 test_documented": ("skipped", "contradicted"),
        "DEMO-5 test_undecided": ("failure", "inconclusive"),
    }
    assert {case.get("classname") for case in cases(path).values()} == {"mine.claims.DEMO"}


DIES = ALSO_HOLDS + "    os.kill(os.getpid(), {})\n"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_a_killed_run_leaves_a_file_of_what_it_did(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    assert suite.run().ret == pytest.ExitCode.OK
    suite.write(HOLDS, DIES.format(int(signal.SIGKILL)))
    assert suite.pytester.runpytest_subprocess("--profile=quick").ret == -signal.SIGKILL
    assert results(suite.folder / "replication" / "junit.xml") == {
        "DEMO-1 test_holds": ("passed", None),
        "DEMO-2 test_also_holds": ("skipped", "not run"),
        "run": ("error", "incomplete"),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
def test_a_run_that_is_asked_to_terminate_writes_its_reports(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(HOLDS, DIES.format(int(signal.SIGTERM)), DOCUMENTED)
    ended = suite.pytester.runpytest_subprocess("--profile=quick")
    assert ended.ret == pytest.ExitCode.INTERRUPTED
    ended.stdout.fnmatch_lines(["The run was cut short; the results of 1 of 3 claims are kept in *"])
    output = suite.folder / "replication"
    assert "cut short" in (output / "summary.md").read_text("utf-8")
    assert '"incomplete"' in (output / "junit.xml").read_text("utf-8")
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["replicated", "not run", "not run"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
def test_a_second_request_does_not_end_the_writing_of_reports(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.pytester.makeconftest(
        """
        import os
        import signal

        import pytest

        pytest_plugins = ["claims.harness.session.plugin"]

        @pytest.hookimpl(wrapper=True)
        def pytest_sessionfinish():
            os.kill(os.getpid(), signal.SIGTERM)
            return (yield)
        """
    )
    suite.write(HOLDS, DIES.format(int(signal.SIGTERM)))
    assert suite.pytester.runpytest_subprocess("--profile=quick").ret == pytest.ExitCode.INTERRUPTED
    output = suite.folder / "replication"
    assert {"report.html", "report.md", "summary.md"} <= {path.name for path in output.iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
def test_a_run_that_is_asked_to_terminate_waits_for_no_figure(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.pytester.makeconftest(
        """
        import os

        pytest_plugins = ["claims.harness.session.plugin"]

        def pytest_unconfigure():
            seen = os.listdir("replication")
            with open("next", "w") as file:  # the figure is drawn from now on
                file.write(" ".join(seen))
        """
    )
    suite.write(WAITS, DIES.format(int(signal.SIGTERM)))
    ended = suite.pytester.runpytest_subprocess("--profile=quick")
    assert ended.ret == pytest.ExitCode.INTERRUPTED
    assert "report.html" in (suite.folder / "next").read_text()
    assert suite.claim()["verdict"] == "replicated"
    assert suite.claim()["figures"] == []
    assert suite.document["figure_errors"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process at once")
def test_the_handler_of_another_program_stays(suite: Suite) -> None:
    def other(*_: object) -> None:
        pass

    suite.write(
        HOLDS
        + "    import signal\n"
        + "    with open('seen', 'w') as file:\n"
        + "        file.write(repr(signal.getsignal(signal.SIGTERM)))\n"
    )
    seen = suite.folder / "seen"
    former = signal.signal(signal.SIGTERM, other)
    try:
        suite.run("--update-baselines")
        assert seen.read_text() == repr(other)
        assert signal.getsignal(signal.SIGTERM) is other
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        suite.run()
        assert "Termination" in seen.read_text()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, former)


def test_files_that_cannot_be_collected_are_errors(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    (suite.folder / "test_broken.py").write_text("1 / 0\n")
    suite.run()
    path = suite.folder / "replication" / "junit.xml"
    assert results(path) == {
        "DEMO-1 test_holds": ("skipped", "not run"),
        "run": ("error", "incomplete"),
        "test_broken.py": ("error", "collection"),
    }
    assert "ZeroDivisionError" in (cases(path)["test_broken.py"].findtext("error") or "")


def test_an_error_of_a_plugin_is_an_error(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.pytester.makeconftest(
        """
        pytest_plugins = ["claims.harness.session.plugin"]

        def pytest_runtest_logfinish(nodeid):
            if "also" in nodeid:
                raise IndexError("no such report")
        """
    )
    assert suite.run().ret == pytest.ExitCode.INTERNAL_ERROR
    path = suite.folder / "replication" / "junit.xml"
    assert results(path)["pytest"] == ("error", "internal error")
    assert "no such report" in (cases(path)["pytest"].findtext("error") or "")


def test_a_run_in_which_nothing_can_be_collected_replaces_an_earlier_one(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    assert suite.run().ret == pytest.ExitCode.OK
    (suite.folder / "test_demonstrating.py").write_text("1 / 0\n")
    assert suite.run().ret == pytest.ExitCode.INTERRUPTED
    path = suite.folder / "replication" / "junit.xml"
    assert set(results(path)) == {"run", "test_demonstrating.py"}
    assert not suite.document["complete"]
    assert not (path.parent / "report.html").exists()


def test_tests_that_are_no_claims_have_their_cases_too(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    (suite.folder / "test_mine.py").write_text(
        "import pytest\n"
        "def test_passes(): pass\n"
        "def test_fails(): assert 0, 'no'\n"
        "def test_skips(): pytest.skip('later')\n"
        "@pytest.fixture\n"
        "def broken(): 1 / 0\n"
        "def test_breaks(broken): pass\n"
    )
    suite.run()
    assert results(suite.folder / "replication" / "junit.xml") == {
        "DEMO-1 test_holds": ("passed", None),
        "test_passes": ("passed", None),
        "test_fails": ("failure", "failed"),
        "test_skips": ("skipped", "skipped"),
        "test_breaks": ("error", "failed"),
    }


def test_the_file_is_true_after_every_claim(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    look = "    import shutil\n    shutil.copy('replication/junit.xml', 'seen.xml')\n"
    suite.write(HOLDS, ALSO_HOLDS + look)
    suite.run()
    assert results(suite.folder / "seen.xml") == {
        "DEMO-1 test_holds": ("passed", None),
        "DEMO-2 test_also_holds": ("skipped", "not run"),
        "run": ("error", "incomplete"),
    }


def test_github_is_told_of_failures_and_gets_the_summary(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(DRIFTS)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(suite.folder / "job.md"))
    result = suite.run()
    [line] = [line for line in result.outlines if line.startswith("::error")]
    assert line.startswith("::error title=DEMO-1 drifted::It holds.%0Anorm drifted: baseline 1.035")
    summary = (suite.folder / "replication" / "summary.md").read_text("utf-8")
    assert (suite.folder / "job.md").read_text("utf-8") == f"{summary}\n"


@pytest.mark.parametrize("value", [None, "false"])
def test_nothing_is_told_outside_of_github(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(DRIFTS)
    if value is not None:
        monkeypatch.setenv("GITHUB_ACTIONS", value)
    assert "::error" not in suite.run().stdout.str()


def test_a_job_summary_that_cannot_be_written_is_explained(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.with_baseline_of(HOLDS)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(suite.folder))
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["The summary could not be added to the job summary: *"])


def test_runs_whose_failures_are_results_are_not_told_to_github(monkeypatch: pytest.MonkeyPatch) -> None:
    from claims.harness.suite import environment_of_experiments

    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "job.md")
    monkeypatch.setenv("OTHER", "kept")
    shown = subprocess.run(
        [sys.executable, "-c", "import os; print(sorted(os.environ))"],
        env=environment_of_experiments(), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "GITHUB_" not in shown
    assert "OTHER" in shown
