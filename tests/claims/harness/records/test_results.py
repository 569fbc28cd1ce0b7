"""results.json satisfies its schema, is read back as it was written, and is refused if it is damaged."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.loss_drift import LossDrift
from claims.harness.baselines.losses import Losses
from claims.harness.files import FileError
from claims.harness.judging.claim import PAPER, Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.statistics import Interval
from claims.harness.judging.unmeasured import Unmeasured
from claims.harness.records import results
from claims.harness.records.convergence import Convergence, Standing
from claims.harness.records.results import FigureError, Outcome, TrainedOnce
from claims.harness.records.stored_quantities import quantities_of
from tests.helpers.reports import document, inconclusive, measured, noted, outcome


def test_schema_is_a_schema_and_describes_every_field_of_a_claim() -> None:
    jsonschema.Draft202012Validator.check_schema(results.SCHEMA)
    described = results.SCHEMA["$defs"]["claim"]["properties"]
    assert set(described) == set(document()["claims"][0])


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", document())
    assert results.read(tmp_path / "results.json") == document()


def test_a_number_that_is_not_finite_is_never_written(tmp_path: Path) -> None:
    written = document()
    written["environment"]["seconds"] = math.nan
    with pytest.raises(ValueError, match="not JSON compliant"):
        results.write(tmp_path / "results.json", written)
    assert not list(tmp_path.iterdir())


def test_summary_counts_statements_by_verdict_and_tests_by_baseline() -> None:
    counted = document(
        outcome(baseline=Steadiness.DRIFTED),
        outcome(baseline=Steadiness.MISSING, verdict=Verdict.FAILED),
        outcome(verdict=Verdict.CONTRADICTED),
        outcome(verdict=Verdict.CONTRADICTED, passes=False),
        inconclusive(),
        inconclusive(passes=True),
        inconclusive(passes=True),
        noted(),
    )["summary"]
    assert counted == {
        "replicated": 1,
        "contradicted": 2,
        "inconclusive": 3,
        "noted": 1,
        "failed": 1,
        "not_run": 0,
        "unexpected": 2,
        "drifted": 1,
        "missing": 1,
        "drifted_losses": 0,
        "missing_losses": 0,
        "not_converged": 0,
        "convergence_not_shown": 0,
    }


def experiment(number: int, drift: Steadiness, standing: Standing | None) -> TrainedOnce:
    shown = None
    if standing is not None:
        shown = Convergence(standing=standing, kind="doubling", sentence="So.")
    return TrainedOnce(
        name=f"demo/{number}",
        description="",
        seconds=1.0,
        instance_steps_per_second=1.0,
        engine="fused",
        device="cpu",
        reused=False,
        coordinates={},
        losses=Losses(0, 1, ((0.1, 0.2),)),
        drift=LossDrift(status=drift),
        convergence=shown,
    )


def test_summary_counts_experiments_by_the_drift_of_their_losses_and_by_their_evidence() -> None:
    drifted, missing = Steadiness.DRIFTED, Steadiness.MISSING
    states = [
        *((drifted, Standing.NOT_SHOWN), (drifted, Standing.NOT_CONVERGED), (drifted, None)),
        *((missing, Standing.NOT_SHOWN), (missing, Standing.NOT_SHOWN), (missing, None), (missing, None)),
        *((Steadiness.STEADY, Standing.NOT_SHOWN), (Steadiness.STEADY, Standing.CONVERGED)),
        (Steadiness.NOT_COMPARED, Standing.NOT_CONVERGED),
    ]
    counted = results.summarize([], [experiment(k, *state) for k, state in enumerate(states)])
    assert (counted["drifted_losses"], counted["missing_losses"]) == (3, 4)
    assert (counted["not_converged"], counted["convergence_not_shown"]) == (2, 4)
    assert counted["drifted"] == counted["missing"] == 0


def test_every_field_of_a_claim_holds_its_own_fact() -> None:
    claim = Claim(
        id="DEMO-7", sentence="It holds.", source="demo", reading="we read it so", contradicted="it is 2"
    )
    lacking = Unmeasured(
        name="angle", why="none is a pentagon", acceptance=Interval(-math.inf, 74), because="so", unit="°"
    )
    entry = Outcome(
        claim=claim,
        test="test_it",
        verdict=Verdict.CONTRADICTED,
        baseline=Steadiness.DRIFTED,
        unmeasured=(lacking,),
        figures=("figures/a.png",),
        before=("before/a.png",),
        experiments=("demo/two", "demo/one"),
        seconds=1.23456,
        reason="norm: 2 lies outside",
    ).entry
    assert entry == {
        "id": "DEMO-7",
        "section": "DEMO",
        "test": "test_it",
        "sentence": "It holds.",
        "source": {"anchor": "demo", "url": f"{PAPER}#demo"},
        "note": False,
        "verdict": "contradicted",
        "expected": "contradicted",
        "passes": True,
        "documented": "it is 2",
        "reason": "norm: 2 lies outside",
        "baseline": "drifted",
        "reading": "we read it so",
        "seconds": 1.235,
        "figures": ["figures/a.png"],
        "before": ["before/a.png"],
        "experiments": ["demo/two", "demo/one"],
        "quantities": [],
        "unmeasured": [
            {
                "name": "angle", "why": "none is a pentagon", "paper": None, "acceptance": [None, 74],
                "because": "so", "unit": "°",
            }
        ],
    }  # fmt: skip


def test_a_document_holds_all_that_is_known_of_a_run() -> None:
    error = FigureError(claim="DEMO-1", test="test_it", figure="demo/a", error="ValueError: no axes")
    settings: dict[str, Any] = {
        "complete": False, "environment": {"seed": 7}, "sections": {"DEMO": "Demo"}, "experiments": [],
    }  # fmt: skip
    written = results.document_of([], **settings, figure_errors=[error], training_floor={"share": 0.5})
    assert {name: written[name] for name in settings} == settings
    assert written["figure_errors"] == [
        {"claim": "DEMO-1", "test": "test_it", "figure": "demo/a", "error": "ValueError: no axes"}
    ]
    assert written["training_floor"] == {"share": 0.5}
    assert "training_floor" not in results.document_of([], **settings)


def test_every_field_of_an_experiment_holds_its_own_fact() -> None:
    drift = LossDrift(
        status=Steadiness.DRIFTED, paired=True, p_value=1e-9, alpha=1e-7, change=0.02, points=(0.01, 0.03)
    )
    trained = TrainedOnce(
        name="demo/tiny",
        description="n = 5",
        seconds=1.5,
        instance_steps_per_second=1e6,
        engine="fused",
        device="cpu",
        reused=True,
        peak_bytes=10_000,
        difference="its outputs differ",
        coordinates={"density": (0.1, 1.0)},
        losses=Losses(3, 2, ((0.1, 0.2), (0.3, 0.4)), (1e-7,)),
        drift=drift,
    )
    assert trained.entry == {
        "name": "demo/tiny",
        "description": "n = 5",
        "seconds": 1.5,
        "instance_steps_per_second": 1e6,
        "engine": "fused",
        "device": "cpu",
        "reused": True,
        "peak_bytes": 10_000,
        "difference": "its outputs differ",
        "coordinates": {"density": [0.1, 1.0]},
        "losses": {"seed": 3, "best_of": 2, "twins": [1e-7], "values": [[0.1, 0.2], [0.3, 0.4]]},
        "drift": {
            "status": "drifted", "paired": True, "p_value": 1e-9, "alpha": 1e-7, "change": 0.02,
            "points": [0.01, 0.03], "detectable": None,
        },
        "convergence": None,
    }  # fmt: skip


def test_entry_has_the_verdict_the_documented_one_and_whether_it_passes() -> None:
    claim = Claim(id="DEMO-1", sentence="It holds.", source="", inconclusive="it takes more seeds")
    quantities = (
        measured(1.0, 1.1, 0.9),
        measured(1.9, 2.0, name="b"),
        measured(3.0, 3.1, 3.0, name="c"),
    )
    contradicted = Outcome(
        claim=claim, test="t", verdict=Verdict.CONTRADICTED, passes=False, measured=quantities, reason="out"
    )
    entry = document(contradicted)["claims"][0]
    assert (entry["note"], entry["verdict"], entry["expected"]) == (False, "contradicted", "inconclusive")
    assert (entry["passes"], entry["documented"]) == (False, "it takes more seeds")
    assert entry["reason"] == "out"
    assert [q["position"] for q in entry["quantities"]] == ["inside", "undecided", "outside"]


def test_entry_of_a_note_has_neither_regions_nor_a_verdict_about_the_paper() -> None:
    entry = document(noted())["claims"][0]
    assert (entry["note"], entry["verdict"], entry["expected"]) == (True, "noted", "noted")
    [quantity] = entry["quantities"]
    assert [quantity[name] for name in ("position", "acceptance", "paper", "because")] == [
        None,
        None,
        None,
        "",
    ]


@pytest.mark.parametrize("written", [noted(), outcome(), inconclusive()])
def test_quantities_are_read_back_as_they_were_measured(written: Outcome) -> None:
    entry = json.loads(json.dumps(document(written)["claims"][0]))
    assert quantities_of(entry) == [m.quantity for m in written.measured]


def changed(path: str, value: Any) -> str:
    """A results.json with another value at a path, such as "claims/0/verdict"."""
    whole: Any = document()
    *outer, last = path.split("/")
    block = whole
    for name in outer:
        block = block[int(name)] if name.isdigit() else block[name]
    block[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (None, "is missing"),
        ("", "is not valid JSON"),
        (json.dumps(document())[:-50], "is not valid JSON"),
        ("[]", "does not fit its schema"),
        ("{}", "has schema version None"),
        (
            changed("schema_version", 1),
            f"has schema version 1; this program reads version {results.SCHEMA_VERSION}",
        ),
        (changed("schema_version", "x" * 1000), "has schema version"),
        (changed("environment/seconds", math.nan), "NaN is not a finite number"),
        (changed("claims/0/verdict", "fine"), "does not fit its schema at claims/0/verdict"),
        (changed("claims/0/expected", "failed"), "does not fit its schema at claims/0/expected"),
        (changed("claims/0/quantities/0/position", "near"), "claims/0/quantities/0/position"),
        (changed("claims/0/source", {"anchor": "", "url": "javascript:alert(1)"}), "claims/0/source/url"),
        (changed("claims/0/quantities/0/values", ["1"]), "claims/0/quantities/0/values/0"),
        (changed("claims/0/quantities/0/interval", [0]), "claims/0/quantities/0/interval"),
        (changed("claims/0/surprise", 1), "does not fit its schema at claims/0"),
    ],
)
def test_damaged_results_are_refused_in_one_sentence(tmp_path: Path, written: str | None, words: str) -> None:
    path = tmp_path / "results.json"
    if written is not None:
        path.write_text(written)
    with pytest.raises(FileError) as caught:
        results.read(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
