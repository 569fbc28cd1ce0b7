"""What --update-baselines writes, and what --show-baselines shows."""

from __future__ import annotations

import json

import pytest

from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    DOCUMENTED,
    DRIFTS,
    FAILS,
    HOLDS,
    TRAINS,
    Suite,
    sentence,
)


def test_damaged_baseline_can_be_rewritten(suite: Suite) -> None:
    suite.write(HOLDS)
    suite.baseline.parent.mkdir()
    suite.baseline.write_text("{")
    result = suite.run("--update-baselines")
    result.stdout.fnmatch_lines(["*is not valid JSON*"])
    assert result.ret == pytest.ExitCode.OK
    assert suite.run().ret == pytest.ExitCode.OK


def test_update_of_one_claim_leaves_the_entries_of_others_as_they_were(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    before = json.loads(suite.baseline.read_text())["claims"]
    suite.write(DRIFTS, ALSO_HOLDS.replace("near_one()", "near_one(0.1)"))
    result = suite.run("--update-baselines", "-k", "DEMO-1")
    after = json.loads(suite.baseline.read_text())["claims"]
    assert after["DEMO-2"] == before["DEMO-2"]
    assert after["DEMO-1"] != before["DEMO-1"]
    result.stdout.fnmatch_lines(["DEMO-1 *norm *1.035 (0.024, 8) *1.135 (0.024, 8) *e-*"])
    result.stdout.fnmatch_lines(["wrote baselines/cpu-quick.json"])


def test_update_of_unchanged_claims_changes_nothing(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, DOCUMENTED)
    before = suite.baseline.read_text()
    suite.run("--update-baselines")
    assert suite.baseline.read_text() == before


@pytest.mark.parametrize(("arguments", "kept"), [((), False), (("-k", "DEMO-1"), True)])
def test_update_drops_claims_that_are_gone_only_if_the_whole_suite_ran(
    suite: Suite, arguments: tuple[str, ...], kept: bool
) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(HOLDS, DOCUMENTED)
    suite.run("--update-baselines", *arguments)
    assert ("DEMO-2" in suite.baseline.read_text()) == kept


def test_update_of_a_file_by_name_is_not_the_whole_suite(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(HOLDS)
    suite.run("--update-baselines", "test_demonstrating.py")
    assert "DEMO-2" in suite.baseline.read_text()


@pytest.mark.usefixtures("without_workers")
def test_update_never_stores_a_claim_that_failed(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, FAILS.replace("near_one(1.0)", "near_one()"))
    suite.write(DRIFTS, FAILS)
    before = json.loads(suite.baseline.read_text())["claims"]["DEMO-3"]
    result = suite.run("--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert json.loads(suite.baseline.read_text())["claims"]["DEMO-3"] == before
    result.stdout.fnmatch_lines(["Claims that failed keep the baseline they had: DEMO-3."])


def test_losses_of_a_failed_claim_keep_their_baseline(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    before = json.loads(suite.baseline.read_text())["losses"]["demo/tiny"]["values"]
    suite.write(TRAINS.replace("at_most=100", "at_most=-1").replace("seeds=2", "seeds=3"), HOLDS)
    suite.run("--update-baselines", "--seed=3", "-k", "DEMO-5 or DEMO-1")
    assert json.loads(suite.baseline.read_text())["losses"]["demo/tiny"]["values"] == before


def test_differences_are_shown_and_nothing_is_written_unless_asked_for(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, TRAINS)
    before = suite.baseline.read_bytes()
    suite.write(DRIFTS, TRAINS)
    result = suite.run("--show-baselines")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["DEMO-1 *norm *1.035 (0.024, 8) *1.135 (0.024, 8) *+9.66% *+4.1 *e-*"])
    result.stdout.fnmatch_lines(["1 differ, 2 do not."])
    result.stdout.fnmatch_lines(["*is as it was; to rewrite it: tms baselines --write --profile quick"])
    assert suite.baseline.read_bytes() == before
    assert "leave one out" in sentence(suite.run("--show-baselines", "--update-baselines"))


@pytest.mark.parametrize(("seed", "p_value"), [(0, "0"), (1, "0.15")])
def test_few_equal_values_differ_by_chance_with_another_seed(suite: Suite, seed: int, p_value: str) -> None:
    suite.with_baseline_of(HOLDS.replace("near_one()", "[1.0, 1.0]"))
    suite.write(HOLDS.replace("near_one()", "[1.1, 1.1]"))
    result = suite.run("--show-baselines", f"--seed={seed}")
    result.stdout.fnmatch_lines([f"DEMO-1 *norm *1 (0, 2) *1.1 (0, 2) *+10.00% *{p_value}"])


def test_what_another_run_stores_meanwhile_is_kept(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS, TRAINS)
    other = suite.folder / "other.json"
    suite.write(HOLDS, ALSO_HOLDS.replace("near_one()", "near_one(0.1)"))
    suite.run("--update-baselines", "-k", "DEMO-2")
    other.write_bytes(suite.baseline.read_bytes())
    suite.with_baseline_of(HOLDS, ALSO_HOLDS, TRAINS)
    meanwhile = f"    import shutil\n    shutil.copy({str(other)!r}, {str(suite.baseline)!r})\n"
    suite.write(DRIFTS + meanwhile, ALSO_HOLDS, TRAINS)
    suite.run("--update-baselines", "-k", "DEMO-1")
    stored = json.loads(suite.baseline.read_text())
    norms = {claim: stored["claims"][f"DEMO-{claim}"] for claim in (1, 2)}
    means = {
        claim: next(iter(tests.values()))["quantities"]["norm"]["mean"] for claim, tests in norms.items()
    }
    assert means == pytest.approx({1: 1.135, 2: 1.135})
    assert "demo/tiny" in stored["losses"]


def test_an_update_waits_until_another_one_is_written(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    from claims.harness.locks import locked

    monkeypatch.setattr("claims.harness.baselines.store._SECONDS_TO_WAIT", 0.1)
    suite.write(HOLDS)
    with locked(suite.folder / ".cache" / "locks" / "cpu-quick.json.lock", "busy"):
        result = suite.run("--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "cpu-quick.json is being changed by another process." in " ".join(result.stdout.str().split())
    assert not suite.baseline.exists()
