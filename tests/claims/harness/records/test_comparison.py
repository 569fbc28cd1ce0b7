"""Two stored runs are compared without training: what changed, which verdicts, and nothing by chance."""

from __future__ import annotations

import copy
import dataclasses
import json

import jsonschema
import numpy as np
import pytest

from claims.harness.files import FileError
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.comparison import SCHEMA_VERSION, compare
from claims.harness.records.results import Document
from claims.harness.schemas import schema
from tests.helpers.runs import STEADY, claim, losses, run


def test_a_run_does_not_differ_from_itself() -> None:
    comparison = compare(run(claim(*STEADY)), run(claim(*STEADY)))
    assert not comparison.differs
    assert comparison.compared == 2


def test_a_quantity_that_changed_is_listed_with_its_size() -> None:
    moved = tuple(value + 0.2 for value in STEADY)
    [change] = compare(run(claim(*STEADY)), run(claim(*moved))).changes
    assert (change.claims, change.name) == (("DEMO-1",), "norm")
    assert change.before == pytest.approx(1.045)
    assert change.relative == pytest.approx(0.2 / 1.045, rel=1e-4)
    assert change.effect == pytest.approx(0.2 / np.std(STEADY, ddof=1), rel=1e-3)
    assert change.p_value < change.alpha


def test_a_change_is_measured_by_the_earlier_runs_mean_and_spread() -> None:
    before, now = STEADY, tuple(3 * value**2 for value in STEADY)
    [change] = compare(run(claim(*before)), run(claim(*now))).changes
    moved = np.mean(now) - np.mean(before)
    assert (change.before, change.now) == pytest.approx((np.mean(before), np.mean(now)), rel=1e-5)
    assert change.relative == pytest.approx(moved / np.mean(before), rel=1e-4)
    assert change.effect == pytest.approx(moved / np.std(before, ddof=1), rel=1e-4)


def test_chance_is_no_change() -> None:
    by_chance = tuple(np.random.default_rng(1).permutation(STEADY) + 0.004)
    assert not compare(run(claim(*STEADY)), run(claim(*by_chance))).differs


def test_a_loss_that_changed_by_two_percent_is_listed_with_the_claims_that_rest_on_it() -> None:
    other = claim(*STEADY, number=2, experiments=())
    comparison = compare(run(claim(*STEADY), other), run(claim(*STEADY), other, trained=losses(1.02)))
    [change] = comparison.changes
    assert change.claims == ("DEMO-1",)
    assert change.relative == pytest.approx(0.02, rel=0.05)
    assert not compare(run(claim(*STEADY)), run(claim(*STEADY), trained=losses(1 + 1e-6))).differs


def test_a_verdict_that_changed_is_listed_with_its_reason() -> None:
    comparison = compare(
        run(claim(*STEADY)), run(claim(*STEADY, verdict=Verdict.FAILED, reason="TypeError: no"))
    )
    [change] = comparison.verdicts
    assert (change.claim, change.before, change.now) == ("DEMO-1", "replicated", "failed")
    assert (change.passes, change.reason) == (False, "TypeError: no")
    assert comparison.differs


def test_what_only_one_run_measured_differs_and_what_only_one_run_ran_does_not() -> None:
    renamed = compare(run(claim(*STEADY)), run(claim(*STEADY, name="angle")))
    assert (renamed.lost, renamed.new) == (("DEMO-1: norm",), ("DEMO-1: angle",))
    assert renamed.differs
    fewer = compare(run(claim(*STEADY), claim(*STEADY, number=2)), run(claim(*STEADY)))
    assert (fewer.only_before, fewer.only_now, fewer.compared) == (("DEMO-2",), (), 2)
    assert not fewer.differs
    more = compare(run(claim(*STEADY)), run(claim(*STEADY), claim(*STEADY, number=2)))
    assert (more.only_before, more.only_now, more.compared) == ((), ("DEMO-2",), 2)
    again = dataclasses.replace(claim(*STEADY), test="test_again")
    assert compare(run(claim(*STEADY), again), run(claim(*STEADY))).only_before == ()
    skipped = run(claim(*STEADY), claim(*STEADY, number=2, verdict=Verdict.NOT_RUN))
    assert compare(run(claim(*STEADY), claim(*STEADY, number=2)), skipped).only_before == ("DEMO-2",)


def test_an_experiment_with_other_points_differs() -> None:
    comparison = compare(run(claim(*STEADY)), run(claim(*STEADY), trained=losses(points=4)))
    assert comparison.new == ("other points of Demonstrating superposition",)
    assert comparison.differs


def test_an_experiment_that_only_the_earlier_run_trained_is_not_compared() -> None:
    before = run(claim(*STEADY))
    [trained] = before["experiments"]
    before["experiments"].append({**trained, "name": "demo/gone"})
    comparison = compare(before, run(claim(*STEADY)))
    assert (comparison.compared, comparison.changes) == (2, ())


def test_an_experiment_that_a_claim_rests_on_in_one_run_only_is_a_difference() -> None:
    own, also_other = (
        claim(*STEADY, experiments=names) for names in (("demo/it",), ("demo/it", "demo/other"))
    )
    alone = claim(*STEADY, number=2, experiments=("demo/alone",))
    more, fewer = run(also_other, alone), run(own)
    assert compare(fewer, more).new == ("trained loss of demo/other",)
    assert compare(more, fewer).lost == ("trained loss of demo/other",)
    assert compare(more, fewer).differs
    assert not compare(more, more).differs


def test_the_earlier_run_is_described_before_the_later_one() -> None:
    runs = (
        run(claim(*STEADY), seed=seed, engine=engine) for seed, engine in ((0, "fused"), (1, "reference"))
    )
    before, now = compare(*runs).environments
    assert (before["seed"], before["engine"]) == (0, "fused")
    assert (now["seed"], now["engine"]) == (1, "reference")
    assert before.keys() == now.keys() == {
        "profile", "device", "device_name", "engine", "seed", "torch", "git_commit", "started",
    }  # fmt: skip


def test_a_few_equal_values_of_another_seed_are_no_difference() -> None:
    before = run(claim(20.0, 20.0), seed=3)
    assert compare(before, run(claim(21.0, 21.0), seed=3)).changes
    assert not compare(before, run(claim(21.0, 21.0), seed=4)).changes


def test_losses_of_another_seed_are_compared_by_points() -> None:
    other = dataclasses.replace(losses(), seed=0)
    later = run(claim(*STEADY), trained=other)
    later["experiments"][0]["losses"]["seed"] = 1
    assert not compare(run(claim(*STEADY)), later).differs


@pytest.mark.parametrize("now", [Verdict.CONTRADICTED, Verdict.INCONCLUSIVE])
def test_each_of_the_three_outcomes_is_a_change_from_the_others(now: Verdict) -> None:
    other = claim(*STEADY, verdict=now, reason="norm lies outside [0, 1]", passes=True)
    [change] = compare(run(claim(*STEADY)), run(other)).verdicts
    assert (change.before, change.now, change.passes) == ("replicated", now.value, True)
    assert change.reason == "norm lies outside [0, 1]"
    assert not compare(run(other), run(other)).verdicts


def test_quantities_of_notes_are_compared_like_any_other() -> None:
    def note(*values: float) -> Document:
        written = run(claim(*values))
        written["claims"][0] |= {"note": True, "verdict": "noted", "expected": "noted"}
        written["claims"][0]["quantities"][0] |= {"acceptance": None, "position": None, "because": ""}
        return written

    [change] = compare(note(*STEADY), note(*(value + 0.2 for value in STEADY))).changes
    assert change.name == "norm"
    assert not compare(note(*STEADY), note(*STEADY)).differs


def test_a_changed_verdict_is_about_the_later_sentence_and_shows_its_figures() -> None:
    now = claim(*STEADY, words="It does not.", verdict=Verdict.CONTRADICTED, figures=("figures/b.png",))
    comparison = compare(run(claim(*STEADY, figures=("figures/a.png",))), run(now))
    assert [change.sentence for change in comparison.verdicts] == ["It does not."]
    assert comparison.figures == {"DEMO-1 test_it": (("figures/a.png",), ("figures/b.png",))}


def test_claims_that_rest_on_a_changed_loss_are_those_of_the_later_run() -> None:
    before = run(claim(*STEADY), claim(*STEADY, number=2, experiments=()))
    now = run(claim(*STEADY, experiments=()), claim(*STEADY, number=2), trained=losses(1.02))
    [change] = compare(before, now).changes
    assert change.claims == ("DEMO-2",)


def test_figures_are_those_of_claims_with_a_change() -> None:
    steady = claim(*STEADY, figures=("figures/a.png",), experiments=())
    changed = (value + 0.2 for value in STEADY)
    before = claim(*STEADY, number=2, figures=("figures/b.png",), experiments=())
    now = claim(*changed, number=2, figures=("failed/b.png",), experiments=())
    comparison = compare(run(steady, before), run(steady, now))
    assert comparison.figures == {"DEMO-2 test_it": (("figures/b.png",), ("failed/b.png",))}


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (run(claim(*STEADY), profile="paper"), "Runs of two profiles, quick and paper"),
        (run(claim(*STEADY, number=2)), "no claim in common"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(now: Document, words: str) -> None:
    with pytest.raises(FileError, match=words):
        compare(run(claim(*STEADY)), now)


def test_a_quantity_that_no_measurement_can_give_is_refused() -> None:
    now = copy.deepcopy(run(claim(*STEADY)))
    now["claims"][0]["quantities"][0]["because"] = ""
    with pytest.raises(FileError, match="A quantity of claim DEMO-1 is invalid: measure"):
        compare(run(claim(*STEADY)), now)


@pytest.mark.parametrize(
    "now",
    [
        run(claim(*STEADY)),
        run(claim(*STEADY, name="angle")),
        run(claim(*(value + 0.2 for value in STEADY), figures=("figures/a.png",)), trained=losses(1.02)),
        run(claim(*STEADY, verdict=Verdict.CONTRADICTED, reason="norm lies outside [0, 1]")),
        run(claim(*STEADY), trained=losses(points=4)),
    ],
)
def test_comparison_satisfies_its_schema(now: Document) -> None:
    comparison = compare(run(claim(*STEADY)), now)
    written = json.loads(json.dumps(comparison.as_json(), allow_nan=False))
    jsonschema.validate(written, schema("comparison"))
    assert written["differs"] is comparison.differs
    assert written["new"] == list(comparison.new)


def test_schema_of_comparisons_is_a_schema_of_this_version() -> None:
    jsonschema.Draft202012Validator.check_schema(schema("comparison"))
    assert schema("comparison")["properties"]["schema_version"]["const"] == SCHEMA_VERSION
