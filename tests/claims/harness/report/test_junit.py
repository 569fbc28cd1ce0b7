"""junit.xml is well-formed whatever a run says, and tells every kind of result apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.harness.baselines.drift import Steadiness
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.unmeasured import Unmeasured
from claims.harness.records.results import Document, Outcome
from claims.harness.report.junit import JUnitFile
from claims.harness.report.junit_cases import Case, case_of
from tests.helpers.reports import document, inconclusive, measured, noted, outcome


def written(run: Document, folder: Path, *others: Case, ended: bool = True) -> Element:
    file = JUnitFile(folder / "junit.xml")
    file.write(run, others, ended=ended)
    [suite] = ElementTree.parse(file.path).getroot()
    return suite


def result_of(one: Outcome, folder: Path) -> tuple[str, str | None, str | None]:
    """The element that says how a claim's case ended, its type and its message; empty if the case passed."""
    [case] = written(document(one), folder).findall("testcase")
    elements = [element for element in case if element.tag != "properties"]
    if not elements:
        return "", None, None
    [element] = elements
    return element.tag, element.get("type"), element.get("message")


CONTRADICTED = outcome("the norm is 2", verdict=Verdict.CONTRADICTED, reason="norm: 2 lies outside")

UNEXPECTED = dataclasses.replace(CONTRADICTED, passes=False)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (outcome(), ("", None, None)),
        (noted(), ("", None, None)),
        (CONTRADICTED, ("skipped", "contradicted", "Contradicted, as documented: the norm is 2")),
        (inconclusive(passes=True, reason="a"), ("skipped", "inconclusive", "Inconclusive: a")),
        (outcome(verdict=Verdict.INCONCLUSIVE, reason="a"), ("skipped", "inconclusive", "Inconclusive: a")),
        (outcome(verdict=Verdict.NOT_RUN), ("skipped", "not run", "It did not run.")),
        (outcome(verdict=Verdict.NOT_RUN, reason="no GPU"), ("skipped", "not run", "no GPU")),
        (inconclusive(reason="a\nb"), ("failure", "inconclusive", "a")),
        (UNEXPECTED, ("failure", "contradicted", "norm: 2 lies outside")),
        (outcome(passes=False, reason="it holds"), ("failure", "replicated", "it holds")),
        (outcome(baseline=Steadiness.DRIFTED, reason="it moved"), ("failure", "drifted", "it moved")),
        (outcome(baseline=Steadiness.MISSING, reason="not stored"), ("failure", "missing", "not stored")),
        (outcome(verdict=Verdict.FAILED, reason="KeyError: 1"), ("error", "failed", "KeyError: 1")),
    ],
)  # fmt: skip
def test_every_result_has_an_element_and_a_type_of_its_own(
    tmp_path: Path, one: Outcome, expected: tuple[str, str | None, str | None]
) -> None:
    assert result_of(one, tmp_path) == expected


def test_counts_are_those_of_the_cases(tmp_path: Path) -> None:
    failed = [outcome(f"It fails {n}.", Verdict.FAILED, reason="KeyError: 1") for n in range(3)]
    suite = written(document(outcome(), CONTRADICTED, inconclusive(), *failed), tmp_path)
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "6", "failures": "1", "errors": "3", "skipped": "1"}


def test_times_are_in_milliseconds_and_what_is_not_known_is_no_property(tmp_path: Path) -> None:
    suite = written(document(outcome(seconds=0.25)), tmp_path)
    [case] = suite.findall("testcase")
    assert (case.get("time"), suite.get("time")) == ("0.250", "12.500")
    known = {p.get("name") for p in suite.findall("properties/property")}
    assert "device_name" in known
    assert "git_commit" not in known


def test_quantities_and_verdicts_are_properties_whose_numbers_are_exact(tmp_path: Path) -> None:
    one = measured(1.0, 1.25, 1.5, 1.50001)
    one = dataclasses.replace(one, quantity=dataclasses.replace(one.quantity, unit="degrees"))
    [case] = written(document(outcome(measured=(one,))), tmp_path).findall("testcase")
    properties = {p.get("name"): p.get("value") or "" for p in case.iter("property")}
    assert properties["verdict"] == "replicated"
    assert properties["sentence"] == "It holds."
    assert float(properties["norm: mean"]) == one.quantity.mean
    lo, hi = map(float, properties["norm: interval"].split())
    assert (lo, hi) == (one.quantity.interval.lo, one.quantity.interval.hi)
    assert (properties["norm: n"], properties["norm: unit"]) == ("4", "degrees")
    assert float(properties["norm: paper"]) == 1.0
    assert one.stored is not None
    assert float(properties["norm: baseline"]) == one.stored.mean
    assert properties["norm: accepted"] == "0 to 2"
    assert properties["norm: drift"] == "steady"


def test_properties_tell_the_documented_verdict_and_what_could_not_be_measured(tmp_path: Path) -> None:
    claim = Claim(
        id="DEMO-1", sentence="It holds.", source="", reading="we read it so", inconclusive="it takes seeds"
    )
    lacking = Unmeasured(name="angle", why="no model is a pentagon")
    one = dataclasses.replace(UNEXPECTED, claim=claim, unmeasured=(lacking,))
    statement, note = written(document(one, noted()), tmp_path).findall("testcase")
    shown = {p.get("name"): p.get("value") for p in statement.iter("property")}
    assert (shown["verdict"], shown["expected"]) == ("contradicted", "inconclusive")
    assert (shown["documented"], shown["note"]) == ("it takes seeds", "false")
    assert shown["angle: not measured"] == "no model is a pentagon"
    assert {p.get("name"): p.get("value") for p in note.iter("property")}["note"] == "true"


def test_a_figure_that_could_not_be_drawn_is_a_failure_of_its_own(tmp_path: Path) -> None:
    run = document()
    run["figure_errors"] = [
        {"claim": "DEMO-1", "test": "test_it", "figure": "demo/a", "error": "ValueError: no axes"}
    ]
    _, case = written(run, tmp_path).findall("testcase")
    assert (case.get("classname"), case.get("name")) == ("figures", "demo/a")
    [failure] = case.iter("failure")
    assert failure.get("type") == "not drawn"
    assert failure.get("message") == "The figure demo/a of DEMO-1 could not be drawn: ValueError: no axes"


def test_a_run_that_has_not_ended_is_an_error(tmp_path: Path) -> None:
    run = document(outcome(), outcome(verdict=Verdict.NOT_RUN))
    for suite in (
        written(run, tmp_path, ended=False),
        written({**run, "complete": False}, tmp_path, ended=True),
    ):
        [error] = suite.iter("error")
        assert error.get("message") == "The run has not come to its end: 1 of 2 claims have run."
    assert not list(written(run, tmp_path).iter("error"))


def test_drifted_and_missing_losses_are_failures(tmp_path: Path) -> None:
    run = document()
    for status in (Steadiness.DRIFTED, Steadiness.MISSING):
        run["experiments"][0]["drift"] |= {"status": status.value}
        [failure] = written(run, tmp_path).iter("failure")
        assert failure.get("type") == status.value
    compared = {"status": "drifted", "p_value": 0.03, "change": -0.025, "paired": False}
    run["experiments"][0]["drift"] |= compared
    [failure] = written(run, tmp_path).iter("failure")
    assert "from their baseline: -2.50%, p = 0.03" in str(failure.get("message"))
    run["experiments"][0]["drift"] |= {"status": Steadiness.STEADY.value}
    assert not list(written(run, tmp_path).iter("failure"))


def test_what_the_baseline_of_another_implementation_lacks_fails_nothing(tmp_path: Path) -> None:
    run = document(outcome(baseline=Steadiness.MISSING))
    run["experiments"][0]["drift"] |= {"status": Steadiness.MISSING.value}
    assert len(list(written(run, tmp_path).iter("failure"))) == 2
    run["environment"]["implementation"] = "model.py:factory"
    assert not list(written(run, tmp_path).iter("failure"))


ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=30)


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_leaves_the_file_well_formed(
    tmp_path_factory: pytest.TempPathFactory, a: str, b: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    run = document(outcome(f"a{a}", verdict=Verdict.FAILED, reason=b), words=a)
    other = Case(classname=a, name=b, state="failure", kind=a, message=b, details=a + b)
    assert len(written(run, folder, other).findall("testcase")) == 2


@pytest.mark.parametrize(
    "text", ["\x00\x1b[31m", "\ud800", "]]>", "\ufffe\uffff", "<&\"'>", "\x0b\x85", "é\u2028"]
)
def test_texts_that_xml_forbids_are_shown_by_their_codes(tmp_path: Path, text: str) -> None:
    [error] = written(document(outcome(verdict=Verdict.FAILED, reason=f"a{text}b")), tmp_path).iter("error")
    assert (error.text or "").startswith("It holds.\na")
    shown = {"\x00\x1b[31m": r"a\x00\x1b[31mb", "\ud800": r"a\ud800b", "]]>": "a]]>b"}
    assert error.get("message") == shown.get(text, error.get("message"))


def test_a_claim_is_formatted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from claims.harness.report import junit

    formatted: list[str] = []
    original = case_of

    def noting(claim: dict[str, object], **settings: bool) -> Case:
        formatted.append(str(claim["id"]))
        return original(claim, **settings)

    monkeypatch.setattr(junit, "case_of", noting)
    file = JUnitFile(tmp_path / "junit.xml")
    run = document(outcome())
    for _ in range(3):
        file.write(run, ended=True)
    assert formatted == ["DEMO-1"]
    run["claims"] = [outcome("It changed.").entry]
    file.write(run, ended=True)
    [suite] = ElementTree.parse(file.path).getroot()
    [case] = suite.findall("testcase")
    assert case.get("name") == "DEMO-1 It changed."
