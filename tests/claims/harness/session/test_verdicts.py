"""The verdict of a claim, and how it shows in pytest and in the results."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    DOCUMENTED,
    FAILS,
    HOLDS,
    NOTE,
    UNDECIDED,
    Suite,
)


def test_claim_that_holds_is_replicated_and_steady(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    assert (suite.claim()["verdict"], suite.claim()["baseline"]) == ("replicated", "steady")
    assert suite.document["complete"]
    assert suite.document["sections"] == {"DEMO": "Demonstrating superposition"}
    result.stdout.fnmatch_lines(
        ["claims: profile quick, device cpu, engine reference, seed 0, output replication"]
    )
    result.stdout.fnmatch_lines(["1 replicated, 0 contradicted, 0 inconclusive, 0 failed, 0 drifted in * s"])
    written = {path.name for path in (suite.folder / "replication").iterdir()}
    reports = {"report.md", "report.html", "summary.md", "badge.json"}
    assert written == {"results.json", "junit.xml", ".lock", ".figures", *reports}


@pytest.mark.usefixtures("without_workers")
def test_claim_that_is_contradicted_fails_with_the_reason_and_a_marked_figure(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(FAILS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    claim = suite.claim("DEMO-3")
    assert (claim["verdict"], claim["expected"], claim["passes"]) == ("contradicted", "replicated", False)
    result.stdout.fnmatch_lines(["norm: 2.035 * lies outside [[]0.8, 1.2], because a tenth is what*"])
    result.stdout.fnmatch_lines(["*DEMO-3 *contradicted *not as documented *It fails."])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert claim["figures"] == ["failed/demo/figure.png", "failed/demo/figure.svg"]
    drawn = (suite.folder / "replication" / "failed" / "demo" / "figure.svg").read_text()
    assert "#b00020" in drawn  # the colour of the band that says why
    assert not (suite.folder / "replication" / "figures").exists()


def test_claim_that_is_inconclusive_fails_and_names_the_undecided_quantity(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(UNDECIDED)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-5")["verdict"] == "inconclusive"
    assert suite.claim("DEMO-5")["quantities"][0]["position"] == "undecided"
    result.stdout.fnmatch_lines(["norm: 1.215 * crosses an edge of [[]0.8, 1.2], because a tenth is what*"])
    result.stdout.fnmatch_lines(["DEMO-5 is inconclusive: norm: 1.215 *"])
    result.stdout.fnmatch_lines(["0 replicated, 0 contradicted, 1 inconclusive, *, 1 not as documented, *"])


WHY = 'source="demo", {}="so"'


@pytest.mark.usefixtures("without_workers")
@pytest.mark.parametrize(
    ("claim", "verdict"), [(HOLDS, "replicated"), (FAILS, "contradicted"), (UNDECIDED, "inconclusive")]
)
@pytest.mark.parametrize("expected", ["replicated", "contradicted", "inconclusive"])
@pytest.mark.parametrize("profile", ["smoke", "quick"])
def test_claim_passes_with_the_documented_verdict_and_in_smoke_unless_it_is_the_opposite(
    suite: Suite, claim: str, verdict: str, expected: str, profile: str
) -> None:
    if expected != "replicated":
        claim = claim.replace('source="demo"', WHY.format(expected))
    suite.write(claim)
    result = suite.run(f"--profile={profile}", "--show-baselines")
    passes = expected == verdict or (profile == "smoke" and "inconclusive" in (expected, verdict))
    assert result.ret == (pytest.ExitCode.OK if passes else pytest.ExitCode.TESTS_FAILED)
    [entry] = suite.document["claims"]
    assert (entry["verdict"], entry["expected"], entry["passes"]) == (verdict, expected, passes)
    assert entry["documented"] == (None if expected == "replicated" else "so")
    failures = ElementTree.parse(suite.folder / "replication" / "junit.xml").findall(".//failure")
    assert len(failures) == (0 if passes else 1)


@pytest.mark.parametrize(("profile", "passes"), [("quick", True), ("paper", False)])
def test_outcome_of_another_profile_is_not_documented_for_this_run(
    suite: Suite, profile: str, passes: bool
) -> None:
    documented = f'{WHY.format("inconclusive")}, profiles=("{profile}",)'
    suite.write(UNDECIDED.replace('source="demo"', documented))
    suite.run("--show-baselines")
    claim = suite.claim("DEMO-5")
    assert (claim["verdict"], claim["passes"]) == ("inconclusive", passes)
    assert claim["documented"] == ("so" if passes else None)


def test_documented_contradiction_passes_as_an_ordinary_test(suite: Suite) -> None:
    suite.with_baseline_of(DOCUMENTED)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1)
    claim = suite.claim("DEMO-4")
    assert (claim["verdict"], claim["baseline"]) == ("contradicted", "steady")
    assert claim["documented"] == "the norm is 2"


def test_documented_contradiction_that_holds_after_all_fails(suite: Suite) -> None:
    suite.with_baseline_of(DOCUMENTED)
    suite.write(DOCUMENTED.replace("near_one(1.0)", "near_one()"))
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-4")["verdict"] == "replicated"
    said = "Documented as contradicted (the norm is 2), but the statement is replicated: if that is so, *"
    result.stdout.fnmatch_lines([said])


def test_note_is_listed_after_its_statement_and_passes(suite: Suite) -> None:
    suite.with_baseline_of(NOTE, HOLDS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    statement, note = suite.document["claims"]
    assert (statement["note"], note["note"], note["verdict"]) == (False, True, "noted")
    assert (note["baseline"], note["quantities"][0]["acceptance"]) == ("steady", None)
    summary = "1 replicated, 0 contradicted, 0 inconclusive, 0 failed, 0 drifted, robustness notes: 1 in * s"
    result.stdout.fnmatch_lines([summary])


def test_note_that_drifts_or_raises_fails(suite: Suite) -> None:
    suite.with_baseline_of(NOTE)
    suite.write(NOTE.replace("near_one(0.5)", "near_one(0.6)"))
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert (suite.claim()["verdict"], suite.claim()["baseline"]) == ("noted", "drifted")
    suite.write(NOTE + "    raise TypeError('no such thing')\n")
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["verdict"] == "failed"


def test_note_with_an_acceptance_region_is_refused(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(NOTE.replace("near_one(0.5)", "near_one(0.5), at_least=1"))
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["verdict"] == "failed"
    assert "must not give at_least=: a robustness note has no acceptance region" in suite.claim()["reason"]


def test_error_in_a_documented_contradiction_is_a_failure(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(DOCUMENTED + "    raise TypeError('no such thing')\n")
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-4")["verdict"] == "failed"


@pytest.mark.parametrize(
    ("test", "error"),
    [
        ("(measure):\n    raise TypeError('no such\\nthing')", "TypeError: no such"),
        ("(measure):\n    pytest.fail('by hand')", "Failed: by hand"),
        ("(measure):\n    assert 1 == 2", "AssertionError"),
        ("(no_such_fixture):\n    pass", "FixtureLookupError"),
        ("(measure):\n    measure('q', [[1.0]], paper=1, within=1, because='so')", "one number a seed"),
        ("():\n    pass", "The claim measured nothing."),
        ("(measure, draw):\n    draw(len, '../x')", "must be a relative path"),
    ],
)
def test_claim_that_raises_fails_with_its_error_in_one_line(suite: Suite, test: str, error: str) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS, f'\n@claim("DEMO-2", "It errs.", source="")\ndef test_errs{test}\n')
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    failed = suite.claim("DEMO-2")
    assert failed["verdict"] == "failed"
    assert error in failed["reason"]
    assert "\n" not in failed["reason"]
    assert suite.claim("DEMO-1")["verdict"] == "replicated"


@pytest.mark.parametrize("phase", ["setup", "call", "teardown"])
def test_error_that_pytest_raises_around_a_claim_fails_it(suite: Suite, phase: str) -> None:
    suite.with_baseline_of(HOLDS)
    suite.pytester.makeconftest(
        f"""
        import pytest

        pytest_plugins = ["claims.harness.session.plugin"]

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_{phase}(item):
            yield
            raise RuntimeError("from elsewhere")
        """
    )
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["verdict"] == "failed"
    assert suite.claim()["reason"] == "RuntimeError: from elsewhere"


def test_skipped_claim_is_not_run_with_its_reason_and_fails_nothing(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS, ALSO_HOLDS + "    pytest.skip('no such architecture')\n")
    assert suite.run().ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-2")["verdict"] == "not run"
    assert "no such architecture" in suite.claim("DEMO-2")["reason"]


def test_measuring_outside_a_claim_is_an_error(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS, "\ndef test_unmarked(measure):\n    pass\n")
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*test_unmarked measures or draws, but is not marked with @claim*"])
