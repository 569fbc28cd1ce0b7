"""Figures of claims: drawn while other claims run; a failure of their own where they cannot be drawn."""

from __future__ import annotations

from importlib import resources
from xml.etree import ElementTree

import pytest

from tests.helpers.claim_suite import (
    ALSO_HOLDS,
    DOCUMENTED,
    ENDS_THE_WAIT,
    FAILS,
    HOLDS,
    UNDRAWABLE,
    WAITS,
    Suite,
    sentence,
)


def test_claims_run_while_figures_of_earlier_ones_are_drawn_and_are_reported_in_order(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    suite.write(WAITS, ENDS_THE_WAIT)
    result = suite.run()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["1/2 *DEMO-1*", "2/2 *DEMO-2*"])
    assert suite.claim()["figures"] == ["figures/demo/figure.png", "figures/demo/figure.svg"]


@pytest.mark.usefixtures("without_workers")
def test_figure_noted_before_an_error_is_drawn_and_marked(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(FAILS + "    raise TypeError('no such thing')\n")
    suite.run()
    assert suite.claim("DEMO-3")["reason"] == "TypeError: no such thing"
    assert suite.claim("DEMO-3")["figures"] == ["failed/demo/figure.png", "failed/demo/figure.svg"]


LOOKS = """
@claim("DEMO-2", "It looks at the results of the run.", source="demo")
def test_looks(measure):
    import json
    with open("replication/results.json", encoding="utf-8") as file:
        first = json.load(file)["claims"][0]
    measure.exact("figures", len(first["figures"]), paper=0, within=0, because="it is being drawn")
    measure.exact("verdict", first["verdict"] == "replicated", paper=1, within=0, because="it was judged")
    open("next", "w").close()
"""


def test_claim_is_in_the_results_before_its_figure_is_drawn_and_the_figure_as_soon_as_it_is(
    suite: Suite,
) -> None:
    suite.with_baseline_of(HOLDS, LOOKS.replace("paper=0, within=0", "paper=None, at_least=0"))
    suite.write(WAITS, LOOKS)
    suite.run()
    assert suite.claim("DEMO-2")["verdict"] == "replicated"
    assert suite.claim("DEMO-1")["figures"] == ["figures/demo/figure.png", "figures/demo/figure.svg"]


def test_figure_that_cannot_be_drawn_fails_the_run_and_not_its_claim(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(UNDRAWABLE)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)
    assert (suite.claim()["verdict"], suite.claim()["reason"]) == ("replicated", None)
    [error] = suite.document["figure_errors"]
    assert error["error"].startswith("TypeError: ")
    assert {name: error[name] for name in ("claim", "test", "figure")} == {
        "claim": "DEMO-1",
        "test": "test_holds",
        "figure": "demo/figure",
    }
    assert suite.document["complete"]
    result.stdout.fnmatch_lines(["The figure demo/figure of DEMO-1 could not be drawn: TypeError*"])
    result.stdout.fnmatch_lines(["1 replicated, *, figures not drawn: 1 in * s"])
    assert "Figures that could not be drawn" in (suite.folder / "replication" / "report.html").read_text()


@pytest.mark.usefixtures("without_workers")
def test_figure_that_cannot_be_drawn_is_a_failed_test_in_junit(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(UNDRAWABLE)
    suite.run()
    [tests] = ElementTree.parse(suite.folder / "replication" / "junit.xml").getroot()
    assert (tests.attrib["tests"], tests.attrib["failures"]) == ("2", "1")
    _, claim, figure = tests
    assert claim.find("failure") is None
    assert (figure.attrib["classname"], figure.attrib["name"]) == ("figures", "demo/figure")
    failure = figure.find("failure")
    assert failure is not None
    assert "could not be drawn: TypeError" in (failure.text or "")


@pytest.mark.usefixtures("without_workers")
def test_figure_that_cannot_be_drawn_leaves_a_documented_miss_as_it_is(suite: Suite) -> None:
    suite.with_baseline_of(DOCUMENTED)
    suite.write(DOCUMENTED.replace("(measure)", "(measure, draw)") + "    draw(len, 'demo/figure')\n")
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)
    assert suite.claim("DEMO-4")["verdict"] == "contradicted"
    assert len(suite.document["figure_errors"]) == 1


@pytest.mark.usefixtures("without_workers")
@pytest.mark.parametrize("arguments", [(), ("-v",)], ids=["terse", "verbose"])
def test_figure_that_cannot_be_drawn_has_no_letter_and_no_line_of_a_test(
    suite: Suite, arguments: tuple[str, ...]
) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(UNDRAWABLE)
    result = suite.run(*arguments)
    result.stdout.no_fnmatch_line("*figures::demo/figure FAILED*")
    result.stdout.no_fnmatch_line("*200%*")


@pytest.mark.usefixtures("without_workers")
def test_run_draws_in_its_own_process_where_no_other_can_be_started(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(FAILS)
    result = suite.run()
    assert suite.claim("DEMO-3")["figures"] == ["failed/demo/figure.png", "failed/demo/figure.svg"]
    result.stdout.fnmatch_lines(["Figures were drawn without worker processes: *not implemented."])


@pytest.mark.usefixtures("without_workers")
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


@pytest.mark.usefixtures("without_workers")
def test_the_packaged_gallery_is_the_earlier_run_where_none_is_named(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "files", lambda package: suite.folder / package)
    suite.with_baseline_of(FAILS.replace("near_one(1.0)", "near_one()"))
    gallery = suite.folder / "figures" / "gallery" / "demo"
    gallery.mkdir(parents=True)
    (gallery / "figure.png").write_bytes(b"a picture")
    suite.write(FAILS)
    suite.run()
    assert suite.claim("DEMO-3")["before"] == ["before/demo/figure.png"]
