"""The machinery as a user meets it: small suites of claims, run by pytest inside pytest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.backends.backend_agg
import matplotlib.backends.backend_svg  # noqa: F401 - see below
import pytest

import claims.harness.session.plugin  # noqa: F401 - torch must not be imported anew by every run inside a test
from claims.harness.records import falsification_file
from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    DOCUMENTED,
    DRIFTS,
    FAILS,
    HEADER,
    HOLDS,
    TRAINS,
    Suite,
    sentence,
)
from tests.helpers.paths import ROOT
from tms import training
from tms.experiment import Experiment
from tms.training import Trained


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
    assert written == {"results.json", "junit.xml", "report.md", "report.html"}


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


def test_claim_that_moved_from_its_baseline_is_replicated_but_fails_the_run(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(DRIFTS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert (suite.claim()["verdict"], suite.claim()["baseline"]) == ("replicated", "drifted")
    result.stdout.fnmatch_lines(["norm drifted: baseline 1.035 * now 1.135 * p = * below *"])
    result.stdout.fnmatch_lines(["1 replicated, 0 not replicated, 0 failed, 1 drifted in * s"])


def test_documented_miss_that_moved_from_its_baseline_fails_the_run(suite: Suite) -> None:
    suite.with_baseline_of(DOCUMENTED)
    suite.write(DOCUMENTED.replace("near_one(1.0)", "near_one(2.0)"))
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    claim = suite.claim("DEMO-4")
    assert (claim["verdict"], claim["baseline"]) == ("not replicated", "drifted")


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


def test_figure_noted_before_an_error_is_drawn_and_marked(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(FAILS + "    raise TypeError('no such thing')\n")
    suite.run()
    assert suite.claim("DEMO-3")["error"] == "TypeError: no such thing"
    assert suite.claim("DEMO-3")["figures"] == ["failed/demo/figure.png", "failed/demo/figure.svg"]


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


def test_figure_that_cannot_be_drawn_fails_its_claim(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS.replace("(measure)", "(measure, draw)") + "    draw(len, 'demo/figure')\n")
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["verdict"] == "failed"
    assert "The figure demo/figure could not be drawn: TypeError" in suite.claim()["error"]


def test_figure_that_cannot_be_drawn_fails_a_documented_miss(suite: Suite) -> None:
    drawn = DOCUMENTED.replace("(measure)", "(measure, draw)") + "    draw(len, 'demo/figure')\n"
    suite.with_baseline_of(DOCUMENTED)
    suite.write(drawn)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    assert suite.claim("DEMO-4")["verdict"] == "failed"
    assert "The figure demo/figure could not be drawn: TypeError" in suite.claim("DEMO-4")["error"]


PATIENT = (
    """
def patient(awaited):
    import time
    from pathlib import Path
    from matplotlib.figure import Figure
    until = time.monotonic() + 60
    while not Path(awaited).exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return Figure()
"""
    + HOLDS.replace("(measure)", "(measure, draw)")
    + """
    draw(patient, "demo/figure", os.path.abspath("next"))
"""
)
NEXT = ALSO_HOLDS + "    open('next', 'w').close()\n"


def test_claims_run_while_figures_of_earlier_ones_are_drawn_and_are_told_in_order(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(PATIENT, NEXT)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["1/2 *DEMO-1*", "2/2 *DEMO-2*"])
    assert suite.claim()["figures"] == ["figures/demo/figure.png", "figures/demo/figure.svg"]


def test_interrupt_keeps_a_claim_whose_figure_is_being_drawn(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(PATIENT, NEXT + "    raise KeyboardInterrupt\n")
    assert suite.run().ret == pytest.ExitCode.INTERRUPTED
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["replicated", "not run"]
    assert suite.claim()["figures"] == ["figures/demo/figure.png", "figures/demo/figure.svg"]


@pytest.mark.parametrize(
    ("stored", "says"), [("{", "goes without it"), (None, "could not be drawn: TypeError")]
)
def test_report_goes_without_falsification_where_it_cannot_be_shown(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, stored: str | None, says: str
) -> None:
    suite.with_baseline_of(HOLDS)
    matrix = suite.baseline.with_name("falsification.json")
    matrix.write_text(stored or falsification_file.path_of(ROOT).read_text("utf-8"), "utf-8")
    monkeypatch.setattr("claims.harness.session.falsification_section.heatmap", len)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines([f"*{says}*"])
    assert 'id="figure-falsification"' not in (suite.folder / "replication" / "report.html").read_text()


def test_skipped_claim_is_not_run_with_its_reason_and_fails_nothing(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS, ALSO_HOLDS + "    pytest.skip('no such architecture')\n")
    assert suite.run().ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-2")["verdict"] == "not run"
    assert "no such architecture" in suite.claim("DEMO-2")["error"]


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


def test_stop_at_the_first_failure_lists_the_rest_as_not_run(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(FAILS.replace("DEMO-3", "DEMO-0"), HOLDS)
    suite.run("-x")
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["failed", "not run"]
    assert not suite.document["complete"]


@pytest.mark.parametrize("text", [None, '{"schema_version": 1, "dev', "[NaN]"])
def test_missing_or_damaged_baseline_ends_the_run_before_training(suite: Suite, text: str | None) -> None:
    suite.write(TRAINS)
    if text is not None:
        suite.baseline.parent.mkdir()
        suite.baseline.write_text(text)
    result = suite.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = sentence(result)
    assert str(suite.baseline) in told
    assert told.endswith("nox -s baselines -- --write --profile quick")
    assert not suite.trainings
    assert not (suite.folder / "replication" / "results.json").exists()


def test_damaged_baseline_can_be_rewritten(suite: Suite) -> None:
    suite.write(HOLDS)
    suite.baseline.parent.mkdir()
    suite.baseline.write_text("{")
    result = suite.run("--update-baselines")
    result.stdout.fnmatch_lines(["*is not valid JSON*"])
    assert result.ret == pytest.ExitCode.OK
    assert suite.run().ret == pytest.ExitCode.OK


@pytest.mark.parametrize(
    "claims", [(HOLDS, ALSO_HOLDS), (HOLDS.replace('"norm"', '"length"'), ""), (HOLDS * 1, DOCUMENTED)]
)
def test_quantity_without_a_baseline_fails_the_run_and_names_the_command(
    suite: Suite, claims: tuple[str, ...]
) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(*claims)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.document["summary"]["missing"] == 1
    assert suite.document["summary"]["failed"] == 0
    result.stdout.fnmatch_lines(
        ["baselines/cpu-quick.json does not fit*nox -s baselines -- --write --profile quick"]
    )


def test_quantity_that_is_no_longer_measured_fails_the_run(suite: Suite) -> None:
    more = '    measure("angle", near_one(), paper=1, within=0.2, because=BECAUSE)\n'
    suite.with_baseline_of(HOLDS + more)
    suite.write(HOLDS)
    assert suite.run().ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim()["error"] == "No longer measured, but in the baseline: angle."


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


def test_update_never_stores_a_claim_that_failed(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, FAILS.replace("near_one(1.0)", "near_one()"))
    suite.write(DRIFTS, FAILS)
    before = json.loads(suite.baseline.read_text())["claims"]["DEMO-3"]
    result = suite.run("--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert json.loads(suite.baseline.read_text())["claims"]["DEMO-3"] == before
    result.stdout.fnmatch_lines(["Claims that failed keep the baseline they had: DEMO-3."])


TWENTY = HOLDS.replace("DEMO-1", "DEMO-20").replace("test_holds", "test_twenty")
OTHER_SECTION = HOLDS.replace("DEMO-1", "GEO-2").replace("test_holds", "test_demo_like")


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("DEMO-2", {"DEMO-2"}),
        ("demo-2", {"DEMO-2"}),
        ("DEMO-20", {"DEMO-20"}),
        ("DEMO-2 or GEO-2", {"DEMO-2", "GEO-2"}),
        ("DEMO and not DEMO-20", {"DEMO-1", "DEMO-2"}),
        ("not (DEMO-2 or DEMO-20)", {"DEMO-1", "GEO-2"}),
        ("DEMO", {"DEMO-1", "DEMO-2", "DEMO-20"}),
        ("GEO", {"GEO-2"}),
        ("test_also", {"DEMO-2"}),
        ("holds and DEMO-1", {"DEMO-1"}),
    ],
)
def test_claim_ids_in_an_expression_select_exactly_themselves(
    suite: Suite, expression: str, selected: set[str]
) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS, TWENTY, OTHER_SECTION)
    suite.run("-k", expression)
    assert {claim["id"] for claim in suite.document["claims"]} == selected


def test_unknown_claim_id_ends_the_run_and_names_the_nearest(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS, TWENTY)
    result = suite.run("-k", "DEMO-200")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence(result).startswith(
        "ERROR: -k DEMO-200: there is no such claim here; the nearest are DEMO-20"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--profile=big"], ["--profile 'big'", "quick, paper"]),
        (["--profile="], ["--profile ''", "quick, paper"]),
        (["--device=tpu"], ["'tpu'", "auto, cpu, cuda"]),
        (["--engine=fast"], ["'fast'", "auto, reference, fused"]),
        (["--seed=-1"], ["--seed '-1'", "whole number from 0"]),
        (["--seed=1.5"], ["--seed '1.5'", "whole number from 0"]),
        (["--seed=nan"], ["--seed 'nan'", "whole number from 0"]),
        (["--seed=99999999999999999999"], ["--seed '99999999999999999999'", "whole number from 0"]),
        (["--seed=٣"], ["--seed '٣'", "whole number from 0"]),
        (["--output="], ["--output", "folder"]),
        (["--output=taken"], ["--output 'taken'", "is a file"]),
        (["--output=taken/below"], ["--output 'taken/below'", "is a file"]),
    ],
)
def test_wrong_option_is_one_sentence_with_the_valid_values(
    suite: Suite, arguments: list[str], words: list[str]
) -> None:
    suite.write(TRAINS)
    (suite.folder / "taken").touch()
    result = suite.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = sentence(result)
    assert all(word in told for word in words)
    assert not suite.trainings


def test_cuda_that_is_not_there_ends_the_run_before_training(suite: Suite, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    suite.write(TRAINS)
    assert "cuda" in sentence(suite.run("--device=cuda"))
    assert not suite.trainings


def test_header_says_why_a_gpu_does_without_the_fused_engine(suite: Suite, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("tms.engines.fused_cuda.lacking", lambda: "Triton is not installed")
    suite.write(TRAINS)
    told = "device cuda, engine reference (Triton is not installed), seed 0"
    assert told in suite.run("--device=auto", "--engine=auto", "--collect-only").stdout.str()
    assert "Triton" not in suite.run("--device=auto", "--collect-only").stdout.str()


def test_experiment_is_trained_once_a_run_and_listed(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS, TRAINS.replace("DEMO-5", "DEMO-6").replace("test_trains", "test_shares"))
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    [experiment] = suite.document["experiments"]
    assert experiment["name"] == "demo/tiny"
    assert experiment["instance_steps_per_second"] > 0
    assert experiment["peak_bytes"] is None or experiment["peak_bytes"] >= 0
    assert suite.document["environment"]["cores"] >= 1
    assert (experiment["engine"], experiment["device"]) == ("reference", "cpu")
    assert len([line for line in result.outlines if line.startswith("training demo/tiny")]) == 1


def test_models_are_fresh_unless_reuse_is_asked_for(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    values = suite.claim("DEMO-5")["quantities"][0]["values"]
    suite.run("--reuse")
    suite.run()
    assert len(suite.trainings) == 3
    suite.run("--reuse")
    assert len(suite.trainings) == 3
    assert suite.document["experiments"][0]["reused"]
    assert suite.claim("DEMO-5")["quantities"][0]["values"] == values
    suite.run("--reuse", "--seed=1")
    assert len(suite.trainings) == 4
    assert suite.claim("DEMO-5")["quantities"][0]["values"] != values


def test_stored_model_that_is_damaged_is_trained_anew(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    suite.run("--reuse")
    [stored] = (suite.folder / ".cache").glob("*.safetensors")
    stored.write_bytes(stored.read_bytes()[:50])
    result = suite.run("--reuse")
    assert result.ret == pytest.ExitCode.OK
    assert not suite.document["experiments"][0]["reused"]


def test_invalid_experiment_fails_its_claim_before_training(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(TRAINS)
    text = (suite.folder / "test_demonstrating.py").read_text().replace("density=1.0", "density=1.5")
    (suite.folder / "test_demonstrating.py").write_text(text)
    suite.run()
    assert not suite.trainings
    assert suite.claim("DEMO-5")["error"].startswith("InvalidExperiment: ")
    assert "1.5" in suite.claim("DEMO-5")["error"]


def test_two_experiments_of_one_name_are_refused(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(
        TRAINS.replace(
            "    measure(",
            "    trained(lambda profile: tiny(profile).with_run_seed(0).at([0, 0]))\n    measure(",
        )
    )
    suite.run()
    assert "two different experiments are named 'demo/tiny'" in suite.claim("DEMO-5")["error"]


def test_claims_run_in_the_order_of_the_paper(suite: Suite) -> None:
    intro = HOLDS.replace("DEMO-1", "INTRO-9").replace("test_holds", "test_intro")
    suite.with_baseline_of(OTHER_SECTION, TWENTY, ALSO_HOLDS, intro)
    ids = [claim["id"] for claim in suite.document["claims"]]
    assert ids == ["INTRO-9", "DEMO-2", "DEMO-20", "GEO-2"]
    assert list(suite.document["sections"]) == ["INTRO", "DEMO", "GEO"]


def test_two_tests_of_a_claim_are_two_entries(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, HOLDS.replace("test_holds", "test_holds_too"))
    assert suite.run().ret == pytest.ExitCode.OK
    assert [claim["test"] for claim in suite.document["claims"]] == ["test_holds", "test_holds_too"]


def test_two_tests_of_a_claim_with_one_name_are_refused(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.pytester.makepyfile(test_another=HEADER + HOLDS)
    assert "claim DEMO-1 has 2 tests named test_holds" in sentence(suite.run())


def test_measuring_outside_a_claim_is_an_error(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(HOLDS, "\ndef test_unmarked(measure):\n    pass\n")
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*test_unmarked measures or draws, but is not marked with @claim*"])


def test_collecting_only_needs_no_baseline_and_writes_nothing(suite: Suite) -> None:
    suite.write(HOLDS)
    assert suite.run("--collect-only").ret == pytest.ExitCode.OK
    assert not (suite.folder / "replication").exists()


def test_junit_file_can_go_elsewhere(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.run("--junitxml=elsewhere.xml", "--output=out")
    assert (suite.folder / "elsewhere.xml").is_file()
    assert not (suite.folder / "out" / "junit.xml").exists()
    assert (suite.folder / "out" / "results.json").is_file()


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


def test_losses_that_moved_fail_the_run_though_every_claim_is_steady(suite: Suite, monkeypatch) -> None:
    many = TRAINS.replace("tiny", "many") + (
        "\n\ndef many(profile):\n"
        "    return sweep('demo/many', n_features=2, n_hidden=1, architecture='linear', density=1.0,\n"
        "                 seeds=64, steps=3, batch_size=4, learning_rate=1e-2, held_out=16)\n"
    )
    suite.with_baseline_of(many)
    assert suite.run().ret == pytest.ExitCode.OK
    [experiment] = suite.document["experiments"]
    assert experiment["drift"]["status"] == "steady"
    assert experiment["drift"]["paired"]
    assert len(experiment["losses"]["twins"]) == 32
    train = training.train

    def worse(experiment: Experiment, **settings: Any) -> Trained:
        trained = train(experiment, **settings)
        trained.trial_loss.mul_(1.02)
        return trained

    monkeypatch.setattr(training, "train", worse)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-5")["baseline"] == "steady"
    assert suite.claim("DEMO-5")["experiments"] == ["demo/many"]
    assert suite.document["summary"]["drifted_losses"] == 1
    result.stdout.fnmatch_lines(["moved from the baseline:", "claim *", "DEMO-5 *loss of demo/many *+2.00%*"])
    report = (suite.folder / "replication" / "report.html").read_text()
    assert "What moved from the baseline" in report
    assert "trained loss of demo/many" in report


def test_losses_without_a_baseline_fail_the_run_and_name_the_command(suite: Suite) -> None:
    suite.with_baseline_of(TRAINS)
    text = (suite.folder / "test_demonstrating.py").read_text().replace("demo/tiny", "demo/other")
    (suite.folder / "test_demonstrating.py").write_text(text)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.document["summary"]["missing_losses"] == 1
    result.stdout.fnmatch_lines(["*does not fit*the losses of demo/other*nox -s baselines -- --write *"])


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
    result.stdout.fnmatch_lines(["*is as it was; to rewrite it: nox -s baselines -- --write --profile quick"])
    assert suite.baseline.read_bytes() == before
    assert "leave one out" in sentence(suite.run("--show-baselines", "--update-baselines"))


def test_figures_of_an_earlier_run_stand_beside_those_of_a_claim_that_moved(suite: Suite) -> None:
    drawn = FAILS.replace("near_one(1.0)", "near_one()")
    suite.with_baseline_of(drawn)
    suite.run("--output=earlier")
    suite.write(drawn.replace("near_one()", "near_one(0.1)"))
    suite.run("--before=earlier")
    assert suite.claim("DEMO-3")["baseline"] == "drifted"
    assert suite.claim("DEMO-3")["before"] == ["before/demo/figure.png"]
    kept = (suite.folder / "replication" / "before" / "demo" / "figure.png").read_bytes()
    assert kept == (suite.folder / "earlier" / "figures" / "demo" / "figure.png").read_bytes()
    report = (suite.folder / "replication" / "report.html").read_text()
    assert report.count('<img src="data:image/') == 2
    assert "of an earlier run" in report
    assert "before/demo/figure.png" in (suite.folder / "replication" / "report.md").read_text()
    assert "there is none" in sentence(suite.run("--before=nowhere"))


def test_the_gallery_is_the_earlier_run_where_none_is_named(suite: Suite) -> None:
    suite.with_baseline_of(FAILS.replace("near_one(1.0)", "near_one()"))
    gallery = suite.folder / "figures" / "gallery" / "demo"
    gallery.mkdir(parents=True)
    (gallery / "figure.png").write_bytes(b"a picture")
    suite.write(FAILS)
    suite.run()
    assert suite.claim("DEMO-3")["before"] == ["before/demo/figure.png"]
