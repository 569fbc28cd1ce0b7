"""A run of models that lack what a claim measures: a verdict and a sentence, no error, and nothing stored."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.helpers.claim_suite import DOCUMENTED, HOLDS, NOTE, TRAINS, UNDECIDED, Suite

NAN = "[float('nan')] * 3 + [1.0] * 5"
SENTENCE = "norm cannot be measured on these models: the value is nan in 3 of 8 seeds."
DOUBTED = TRAINS.replace("tiny", "unproven").replace("DEMO-5", "DEMO-1").replace("sweep.loss[0]", NAN) + (
    """

def unproven(profile):
    import dataclasses
    return dataclasses.replace(tiny(profile), name="demo/unproven", convergence=None)
"""
)
ABSENT = """
@claim("DEMO-1", "It holds.", source="demo")
def test_holds(measure):
    from tms.analysis.nothing_to_measure import NothingToMeasure
    measure("norm", near_one(), paper=1, within=0.2, because=BECAUSE)
    raise NothingToMeasure("no model is a pentagon")
    measure("angle", near_one(), paper=1, within=0.2, because=BECAUSE)
"""
UNSURE = UNDECIDED.replace('source="demo"', 'source="demo", inconclusive="so"')


def with_nan(claim: str) -> str:
    for values in ("near_one()", "near_one(1.0)", "near_one(0.5)", "near_one(0.18)"):
        claim = claim.replace(values, NAN)
    return claim


@pytest.mark.parametrize("profile", ["smoke", "quick"])
@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (HOLDS, "contradicted"),
        (UNSURE, "contradicted"),
        (DOCUMENTED, "failed"),
        (NOTE, "failed"),
        (DOUBTED, "inconclusive"),
    ],
    ids=["statement", "documented as inconclusive", "documented as contradicted", "note", "in doubt"],
)
def test_claim_never_passes_with_a_value_that_is_not_finite(
    suite: Suite, claim: str, verdict: str, profile: str
) -> None:
    suite.write(with_nan(claim))
    result = suite.run(f"--profile={profile}", "--show-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    [entry] = suite.document["claims"]
    assert (entry["verdict"], entry["passes"]) == (verdict, False)
    assert "cannot be measured on these models: the value is nan in 3 of 8 seeds." in entry["reason"]
    assert "Documented as" not in entry["reason"]
    assert [unmeasured["why"] for unmeasured in entry["unmeasured"]] == ["the value is nan in 3 of 8 seeds"]
    assert entry["quantities"] == []
    result.stdout.no_fnmatch_line("*Error*")


def test_what_models_lack_ends_a_test_without_an_error_and_its_quantities_count(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(ABSENT)
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    claim = suite.claim()
    assert (claim["verdict"], claim["baseline"]) == ("contradicted", "steady")
    said = "the rest of the claim cannot be measured on these models: no model is a pentagon."
    assert claim["reason"] == said
    assert [quantity["name"] for quantity in claim["quantities"]] == ["norm"]
    result.stdout.fnmatch_lines(
        [said, "*DEMO-1 *contradicted, not as documented *not measured: no model is*"]
    )


def test_every_report_says_what_could_not_be_measured(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(with_nan(HOLDS))
    suite.run()
    folder = suite.folder / "replication"
    [unmeasured] = suite.claim()["unmeasured"]
    assert unmeasured == {
        "name": "norm",
        "why": "the value is nan in 3 of 8 seeds",
        "unit": "",
        "paper": 1.0,
        "acceptance": [0.8, 1.2],
        "because": "a tenth is what the plot can show",
    }
    for name in ("report.md", "summary.md"):
        text = (folder / name).read_text()
        assert SENTENCE in text
        assert "not measured: the value is nan in 3 of 8 seeds" in text
    page = (folder / "report.html").read_text()
    assert f"<li>{SENTENCE}</li>" in page
    assert "<td>not measured: the value is nan in 3 of 8 seeds</td>" in page
    [case] = ElementTree.parse(folder / "junit.xml").findall(".//testcase")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == SENTENCE
    properties = {found.get("name"): found.get("value") for found in case.iter("property")}
    assert properties["norm: not measured"] == "the value is nan in 3 of 8 seeds"
    assert json.loads((folder / "badge.json").read_text())["color"] == "red"


def test_quantity_without_a_value_is_not_missing_in_the_baseline(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    suite.write(with_nan(HOLDS))
    result = suite.run()
    assert suite.claim()["baseline"] == "not compared"
    assert suite.claim()["reason"] == SENTENCE
    result.stdout.no_fnmatch_line("*does not fit what these claims measure*")


@pytest.mark.parametrize("claim", [HOLDS, DOCUMENTED, NOTE, UNSURE], ids=["holds", "not", "note", "unsure"])
def test_baseline_update_keeps_what_it_had_of_a_claim_that_could_not_be_measured(
    suite: Suite, claim: str
) -> None:
    suite.with_baseline_of(claim)
    before = suite.baseline.read_text()
    suite.write(with_nan(claim))
    result = suite.run("--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.baseline.read_text() == before


def entries(suite: Suite, name: str) -> dict[str, Any]:
    document = json.loads((suite.folder / "baselines" / name / "cpu-quick.json").read_text())
    claims: dict[str, Any] = document["claims"]
    return claims


@pytest.mark.parametrize("documented", ["", ', contradicted="so"'])
def test_other_implementation_has_a_baseline_of_what_could_be_measured_alone(
    suite: Suite, documented: str
) -> None:
    measured = TRAINS.replace("source", f"{documented.removeprefix(', ')}{', ' if documented else ''}source")
    suite.write(measured + f'    measure("norm", {NAN}, paper=1, within=0.2, because=BECAUSE)\n')
    suite.pytester.makepyfile(other="def train(experiment): raise AssertionError")
    suite.run("--trainer=other.py:train", "--engine=auto", "--update-baselines")
    [entry] = entries(suite, "other.train")["DEMO-5"].values()
    assert list(entry["quantities"]) == ["loss"]
    suite.run("--trainer=other.py:train", "--engine=auto")
    assert suite.claim("DEMO-5")["baseline"] == "steady"
