"""Claims are inconclusive unless it is shown that the models which they ask for converged."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.claim_suite import HOLDS, NOTE, Suite
from tms import training
from tms.experiment import Experiment
from tms.training import Trained

SWEEP = """
def swept(profile):
    return sweep("demo/swept", n_features=2, n_hidden=1, architecture="relu_hidden", density=[[0.2], [0.8]],
                 seeds=32, steps=STEPS, batch_size=4, learning_rate=1e-2, held_out=16, convergence=RULE)

@claim("DEMO-6", "It asks for a sweep.", source="demo")
def test_asks(trained, measure):
    measure("loss", trained(swept).loss[0], paper=None, at_most=100, because=BECAUSE)
"""
OTHER = SWEEP.replace("swept", "other").replace("DEMO-6", "DEMO-7").replace("test_asks", "test_others")
DOUBLING = "Doubling(at_most=0.05)"

Loss = Callable[[Experiment], float]


def swept(rule: str, steps: int = 10, *, of: str = SWEEP) -> str:
    return of.replace("RULE", rule).replace("STEPS", str(steps))


@pytest.fixture
def loss(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Callable[[Loss], None]:
    """Let a function of the experiment decide by which factor losses differ from those of the suite."""
    del suite  # it replaces training, too, and must come first
    right = training.train

    def decide(factor: Loss) -> None:
        def train(experiment: Experiment, **settings: Any) -> Trained:
            trained = right(experiment, **settings)
            scaled = trained.trial_loss * factor(experiment)
            return dataclasses.replace(trained, trial_loss=scaled, loss=trained.loss * factor(experiment))

        monkeypatch.setattr(training, "train", train)

    return decide


def evidence(suite: Suite, position: int = 0) -> dict[str, Any]:
    shown: dict[str, Any] = suite.document["experiments"][position]["convergence"]
    return shown


def test_a_run_that_writes_baselines_trains_twice_as_long_and_later_runs_do_not(suite: Suite) -> None:
    suite.with_baseline_of(swept(DOUBLING))
    assert suite.trainings == ["demo/swept", "demo/swept"]
    assert suite.claim("DEMO-6")["verdict"] == "replicated"
    stored = json.loads(suite.baseline.read_text())["convergence"]["demo/swept"]
    assert (stored["of"], stored["points"]) == ("loss", [0.0, 0.0])
    suite.trainings.clear()
    assert suite.run().ret == pytest.ExitCode.OK
    assert suite.trainings == ["demo/swept"]
    assert evidence(suite)["standing"] == "converged"
    assert (evidence(suite)["kind"], evidence(suite)["value"], evidence(suite)["allowed"]) == (
        "doubling", 0.0, 0.05,
    )  # fmt: skip


def test_claims_that_share_an_experiment_share_its_test(suite: Suite) -> None:
    again = swept(DOUBLING).replace("DEMO-6", "DEMO-7").replace("test_asks", "test_too").partition("@")[1:]
    suite.with_baseline_of(swept(DOUBLING), "\n" + "".join(again))
    assert suite.trainings == ["demo/swept", "demo/swept"]
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["replicated", "replicated"]


def test_a_baseline_without_the_test_makes_the_claim_inconclusive(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS, swept(DOUBLING))
    document = json.loads(suite.baseline.read_text())
    document["convergence"] = {}
    suite.baseline.write_text(json.dumps(document))
    result = suite.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-1")["verdict"] == "replicated"
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    reason = (
        "The models of demo/swept are not shown to have converged: baselines/cpu-quick.json holds no test"
    )
    assert suite.claim("DEMO-6")["reason"].startswith(reason)
    assert evidence(suite)["standing"] == "not shown"
    assert suite.document["summary"]["convergence_not_shown"] == 1
    result.stdout.fnmatch_lines(
        ["1 replicated, 0 contradicted, 1 inconclusive*convergence of 1 exp* not shown*"]
    )
    for report in ("report.html", "report.md", "summary.md"):
        assert "holds no test with twice as many steps" in (suite.folder / "replication" / report).read_text()


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        (swept(DOUBLING, 11), False),
        (swept("Doubling(at_most=0.05, of=lambda trained: trained.loss)"), False),
        (swept("Doubling(at_most=0.01)"), True),
    ],
)
def test_a_stored_test_speaks_for_the_same_settings_and_quantity_whatever_is_allowed(
    suite: Suite, changed: str, holds: bool
) -> None:
    suite.with_baseline_of(swept(DOUBLING))
    suite.write(changed)
    suite.run()
    assert suite.claim("DEMO-6")["verdict"] == ("replicated" if holds else "inconclusive")
    assert ("is of other settings" in evidence(suite)["sentence"]) == (not holds)


def test_a_run_with_another_seed_reads_the_same_test(suite: Suite) -> None:
    suite.with_baseline_of(swept(DOUBLING))
    suite.run("--seed=5")
    assert suite.claim("DEMO-6")["verdict"] == "replicated"
    assert evidence(suite)["standing"] == "converged"


def test_what_is_allowed_comes_from_the_code(suite: Suite, loss: Callable[[Loss], None]) -> None:
    """Training twice as long raises losses by 10%, of which the stored test says that it is too much."""
    loss(lambda experiment: 1.1 if experiment.steps == 20 else 1.0)
    suite.with_baseline_of(swept("Doubling(at_most=0.2)"))
    assert suite.claim("DEMO-6")["verdict"] == "replicated"
    suite.write(swept(DOUBLING))
    suite.run()
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    assert evidence(suite)["standing"] == "not converged"
    assert evidence(suite)["value"] == pytest.approx(0.0953, abs=1e-4)
    assert suite.document["summary"]["not_converged"] == 1


def test_a_failed_test_makes_the_claim_inconclusive_in_the_run_that_makes_it_and_is_stored(
    suite: Suite, loss: Callable[[Loss], None]
) -> None:
    loss(lambda experiment: 0.9 if experiment.steps == 20 else 1.0)
    suite.write(swept(DOUBLING))
    result = suite.run("--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    assert (
        "did not converge: Training all 32 seeds twice as long changes the loss by 10.54%"
        in (suite.claim("DEMO-6")["reason"])
    )
    assert json.loads(suite.baseline.read_text())["convergence"]["demo/swept"]["points"] == pytest.approx(
        [0.10536, 0.10536], rel=1e-4
    )
    result.stdout.fnmatch_lines(
        ["*largest change of demo/swept after twice*0.105 of loss*", "wrote baselines/*"]
    )


def test_a_baseline_that_is_only_shown_stays_as_it_was(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    before = suite.baseline.read_bytes()
    suite.write(HOLDS, swept(DOUBLING))
    result = suite.run("--show-baselines")
    assert result.ret == pytest.ExitCode.OK
    assert suite.claim("DEMO-6")["verdict"] == "replicated"
    result.stdout.fnmatch_lines(["*largest change of demo/swept after twice as many steps *0 of loss*"])
    assert suite.baseline.read_bytes() == before


@pytest.mark.parametrize(("factor", "standing"), [(1.3, "not converged"), (0.7, "converged")])
def test_a_stored_test_does_not_speak_for_models_whose_losses_rose(
    suite: Suite, loss: Callable[[Loss], None], factor: float, standing: str
) -> None:
    suite.with_baseline_of(swept(DOUBLING))
    loss(lambda _: factor)
    suite.run()
    assert suite.document["summary"]["drifted_losses"] == 1
    assert evidence(suite)["standing"] == standing
    rose = "the losses lie 30.00% above those in baselines/cpu-quick.json" in evidence(suite)["sentence"]
    assert rose == (factor > 1)


def test_an_experiment_without_a_rule_makes_its_claim_inconclusive(suite: Suite) -> None:
    suite.write(swept("None"))
    suite.run("--update-baselines")
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    assert evidence(suite)["kind"] == ""
    assert "the experiment does not say how" in suite.claim("DEMO-6")["reason"]


def test_a_known_loss_is_compared_with_in_each_run(suite: Suite) -> None:
    """The losses of the suite are near 1: a hand-built solution at 100 is reached, and one at 0 is not."""
    rule = "HandBuilt(solution=lambda experiment: LOSS * np.ones(2), margin=0.5)"
    names = "import numpy as np\nfrom tms.experiment.convergence import HandBuilt\n"
    suite.with_baseline_of(names, swept(rule.replace("LOSS", "100")))
    suite.run()
    assert suite.claim("DEMO-6")["verdict"] == "replicated"
    assert suite.trainings == ["demo/swept"] * 2
    assert json.loads(suite.baseline.read_text())["convergence"] == {}
    suite.write(names, swept(rule.replace("LOSS", "0.0")), NOTE)
    suite.run()
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    assert evidence(suite)["kind"] == "hand-built solution"


def test_a_quantity_outside_its_region_is_no_contradiction_where_models_did_not_converge(
    suite: Suite,
) -> None:
    suite.write(swept("None").replace("at_most=100", "at_most=-1"))
    suite.run("--update-baselines")
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    assert len(suite.claim("DEMO-6")["reason"].splitlines()) == 2


def test_only_claims_that_asked_for_the_experiment_are_in_doubt(suite: Suite) -> None:
    suite.write(swept("None"), swept(DOUBLING, of=OTHER))
    suite.run("--update-baselines")
    assert suite.claim("DEMO-6")["verdict"] == "inconclusive"
    assert suite.claim("DEMO-7")["verdict"] == "replicated"


def test_an_update_of_one_claim_doubles_its_experiments_alone_and_keeps_the_tests_of_others(
    suite: Suite, loss: Callable[[Loss], None]
) -> None:
    suite.with_baseline_of(swept(DOUBLING), swept(DOUBLING, of=OTHER))
    before = json.loads(suite.baseline.read_text())["convergence"]
    loss(lambda experiment: 1.02 if experiment.steps == 20 else 1.0)
    suite.trainings.clear()
    suite.run("--update-baselines", "-k", "DEMO-7")
    after = json.loads(suite.baseline.read_text())["convergence"]
    assert set(suite.trainings) == {"demo/other"}
    assert after["demo/swept"] == before["demo/swept"]
    assert after["demo/other"] != before["demo/other"]


def test_tests_of_experiments_that_are_gone_are_dropped_if_the_whole_suite_ran(suite: Suite) -> None:
    suite.with_baseline_of(swept(DOUBLING), swept(DOUBLING, of=OTHER))
    suite.write(swept(DOUBLING))
    suite.run("--update-baselines")
    assert set(json.loads(suite.baseline.read_text())["convergence"]) == {"demo/swept"}


def test_an_interrupted_update_keeps_the_tests_it_made_and_those_it_had(
    suite: Suite, loss: Callable[[Loss], None]
) -> None:
    suite.with_baseline_of(swept(DOUBLING), swept(DOUBLING, of=OTHER))
    before = json.loads(suite.baseline.read_text())["convergence"]

    def interrupt(experiment: Experiment) -> float:
        if (experiment.name, experiment.steps) == ("demo/other", 20):
            raise KeyboardInterrupt
        return 1.02 if experiment.steps == 20 else 1.0

    loss(interrupt)
    assert suite.run("--update-baselines").ret == pytest.ExitCode.INTERRUPTED
    after = json.loads(suite.baseline.read_text())["convergence"]
    assert after["demo/other"] == before["demo/other"]
    assert after["demo/swept"]["points"] == pytest.approx([0.0198, 0.0198], abs=1e-4)


def test_a_note_on_models_that_did_not_converge_says_so(suite: Suite) -> None:
    noted = (
        swept("None").replace("@claim(", "@note(").replace(", paper=None, at_most=100, because=BECAUSE", "")
    )
    suite.write(noted)
    suite.run("--update-baselines")
    assert suite.claim("DEMO-6")["verdict"] == "noted"
    assert "not shown to have converged" in suite.claim("DEMO-6")["reason"]


def test_a_loop_of_its_own_trains_an_experiment_once_and_twice_as_long(suite: Suite) -> None:
    own = """
STEPS_OF_CALLS = []

def loop(experiment):
    from tms import training
    STEPS_OF_CALLS.append(experiment.steps)
    return training.train(experiment, engine="reference", device="cpu")
"""
    by_itself = swept(DOUBLING).replace("trained(swept)", "trained.by_itself(swept, loop)")
    check = "    assert trained.by_itself(swept, loop) is trained.by_itself(swept, loop)\n"
    calls = '    measure.exact("calls", len(STEPS_OF_CALLS), paper=None, at_most=9, because=BECAUSE)\n'
    last = HOLDS.replace("DEMO-1", "DEMO-8") + calls.replace("calls", "calls in all", 1)
    suite.with_baseline_of(own, by_itself + check + calls, last)
    assert suite.claim("DEMO-6")["verdict"] == "replicated"
    once, with_longer_and_twins = suite.claim("DEMO-6"), suite.claim("DEMO-8")
    assert once["quantities"][1]["values"] == [2]  # the experiment, and the twins that a baseline stores
    assert with_longer_and_twins["quantities"][1]["values"] == [3]
    assert json.loads(suite.baseline.read_text())["convergence"]["demo/swept"]["points"] == [0.0, 0.0]
    suite.run()
    assert suite.claim("DEMO-8")["quantities"][1]["values"] == [1]
    assert evidence(suite)["standing"] == "converged"
