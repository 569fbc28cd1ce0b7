"""The verdict of a claim, and how it shows in pytest and in the results."""

from __future__ import annotations

import pytest

from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    DOCUMENTED,
    FAILS,
    HOLDS,
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
    result.stdout.fnmatch_lines(["1 replicated, 0 not replicated, 0 failed, 0 drifted in * s"])
    written = {path.name for path in (suite.folder / "replication").iterdir()}
    assert written == {"results.json", "junit.xml", "report.md", "report.html", "summary.md"}


def test_claim_that_misses_its_acceptance_fails_with_the_reason_and_a_marked_figure(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(FAILS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-3")["verdict"] == "failed"
    result.stdout.fnmatch_lines(["norm: 2.035 * is not within [[]0.8, 1.2], because a tenth is what*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert suite.claim("DEMO-3")["figures"] == ["failed/demo/figure.png", "failed/demo/figure.svg"]
    drawn = (suite.folder / "replication" / "failed" / "demo" / "figure.svg").read_text()
    assert "#b00020" in drawn  # the colour of the band that says why
    assert not (suite.folder / "replication" / "figures").exists()


def test_documented_miss_is_not_replicated_and_passes(suite: Suite) -> None:
    suite.with_baseline_of(DOCUMENTED)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(xfailed=1)
    claim = suite.claim("DEMO-4")
    assert (claim["verdict"], claim["baseline"]) == ("not replicated", "steady")
    assert claim["not_replicated"] == "the norm is 2"


def test_documented_miss_that_holds_after_all_fails(suite: Suite) -> None:
    suite.with_baseline_of(DOCUMENTED)
    suite.write(DOCUMENTED.replace("near_one(1.0)", "near_one()"))
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-4")["verdict"] == "failed"
    result.stdout.fnmatch_lines(
        ["Documented as not replicated (the norm is 2), but every quantity is accepted*"]
    )


def test_error_in_a_documented_miss_is_a_failure(suite: Suite) -> None:
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
        (
            "(measure):\n    measure('q', [1.0, float('nan')], paper=1, within=1, because='so')",
            "must be finite",
        ),
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
    assert error in failed["error"]
    assert "\n" not in failed["error"]
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
    assert suite.claim()["error"] == "RuntimeError: from elsewhere"


def test_skipped_claim_is_not_run_with_its_reason_and_fails_nothing(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS, ALSO_HOLDS + "    pytest.skip('no such architecture')\n")
    assert suite.run().ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-2")["verdict"] == "not run"
    assert "no such architecture" in suite.claim("DEMO-2")["error"]


def test_measuring_outside_a_claim_is_an_error(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS, "\ndef test_unmarked(measure):\n    pass\n")
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*test_unmarked measures or draws, but is not marked with @claim*"])
