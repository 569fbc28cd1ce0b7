"""However a run ends, the claims that were reported are on disk."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    DOCUMENTED,
    ENDS_THE_WAIT,
    FAILS,
    HOLDS,
    WAITS,
    Suite,
)


def test_interrupt_keeps_a_claim_whose_figure_is_being_drawn(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(WAITS, ENDS_THE_WAIT + "    raise KeyboardInterrupt\n")
    assert suite.run().ret == pytest.ExitCode.INTERRUPTED
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["replicated", "not run"]
    assert suite.claim()["figures"] == ["figures/demo/figure.png", "figures/demo/figure.svg"]


def test_interrupt_keeps_what_is_done_and_says_so(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(HOLDS, ALSO_HOLDS + "    raise KeyboardInterrupt\n", DOCUMENTED)
    result = suite.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    verdicts = [claim["verdict"] for claim in suite.document["claims"]]
    assert verdicts == ["replicated", "not run", "not run"]
    assert not suite.document["complete"]
    result.stdout.fnmatch_lines(
        ["The run was cut short; the results of 1 of 3 claims are kept in replication/results.json."]
    )
    assert "This run was cut short" in (suite.folder / "replication" / "report.html").read_text()


def test_crash_keeps_what_is_done(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(HOLDS, ALSO_HOLDS + "    os._exit(7)\n")
    suite.folder.joinpath("replication", "results.json").unlink()
    assert suite.pytester.runpytest_subprocess("--profile=quick").ret == 7
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["replicated", "not run"]
    assert not suite.document["complete"]


@pytest.mark.usefixtures("without_workers")
def test_stop_at_the_first_failure_lists_the_rest_as_not_run(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(FAILS.replace("DEMO-3", "DEMO-0"), HOLDS)
    suite.run("-x")
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["contradicted", "not run"]
    assert not suite.document["complete"]


DIES = """
@claim("DEMO-2", "It kills the run.", source="demo")
def test_kills(measure):
    import signal
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_run_that_is_killed_keeps_what_it_reported_and_nothing_of_an_earlier_run(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    assert suite.run().ret == pytest.ExitCode.OK
    suite.write(HOLDS, DIES)
    killed = suite.pytester.runpytest_subprocess("--profile=quick")
    assert killed.ret == -signal.SIGKILL
    killed.stdout.fnmatch_lines(["1/2 *DEMO-1*"])
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["replicated", "not run"]
    assert not suite.document["complete"]
    left = {path.name for path in (suite.folder / "replication").iterdir()}
    assert left == {"results.json", "junit.xml", ".lock", ".figures"}


def test_run_that_is_killed_in_its_first_claim_leaves_no_results_of_an_earlier_one(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    assert suite.run("--junitxml=elsewhere.xml").ret == pytest.ExitCode.OK
    suite.write(HOLDS + "    os._exit(7)\n", ALSO_HOLDS)
    assert suite.pytester.runpytest_subprocess("--profile=quick", "--junitxml=elsewhere.xml").ret == 7
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["not run", "not run"]
    assert 'tests="3" failures="0" errors="1" skipped="2"' in (suite.folder / "elsewhere.xml").read_text()


def test_claim_is_on_disk_before_pytest_reports_it(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.pytester.makeconftest(
        """
        import json

        pytest_plugins = ["claims.harness.session.plugin"]

        def pytest_runtest_logreport(report):
            if report.when == "call":
                with open("replication/results.json", encoding="utf-8") as file:
                    print(*(claim["verdict"] for claim in json.load(file)["claims"]), file=open("seen", "w"))
        """
    )
    suite.run()
    assert (suite.folder / "seen").read_text() == "replicated\n"


def test_run_that_cannot_be_collected_leaves_no_reports_of_an_earlier_one(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.run()
    (suite.folder / "test_broken.py").write_text("1 / 0\n")
    assert suite.run().ret == pytest.ExitCode.INTERRUPTED
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["not run"]
    assert not (suite.folder / "replication" / "report.html").exists()
