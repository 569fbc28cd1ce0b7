"""Places that cannot be written end a run, or fail it, in one sentence."""

from __future__ import annotations

import pytest

from tests.helpers.claim_suite import ALSO_HOLDS, HOLDS, TRAINS, Suite, sentence


@pytest.mark.parametrize(
    "output",
    ["/proc/none", "/dev/null", "a" * 300, "a\nb/" * 2000, "taken", "results", "junit"],
    ids=lambda o: o[:9],
)
def test_output_that_cannot_be_written_ends_the_run_before_training(suite: Suite, output: str) -> None:
    suite.write(TRAINS)
    (suite.folder / "taken").touch()
    (suite.folder / "results" / "results.json").mkdir(parents=True)
    (suite.folder / "junit" / "junit.xml").mkdir(parents=True)
    result = suite.run("--update-baselines", f"--output={output}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence(result).startswith("ERROR: --output ")
    assert not suite.trainings


def test_results_that_can_no_longer_be_written_end_the_run_in_one_sentence(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    taken = "    os.remove('replication/results.json')\n    os.mkdir('replication/results.json')\n"
    suite.write(HOLDS, ALSO_HOLDS + taken, TRAINS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    output = result.stdout.str() + result.stderr.str()
    assert output.count("results.json cannot be written: Is a directory.") == 1
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    assert not suite.trainings


def test_baselines_that_cannot_be_written_fail_the_run_in_one_sentence(suite: Suite) -> None:
    suite.write(HOLDS)
    suite.baseline.mkdir(parents=True)
    result = suite.run("--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "cpu-quick.json cannot be written: Is a directory." in " ".join(result.stdout.str().split())
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert suite.claim()["verdict"] == "replicated"
