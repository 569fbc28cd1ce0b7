"""The plugin inside pytest: the mistake is made while claims run, and an ordinary run knows none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch._dynamo  # noqa: F401 - optimizers import it late, and each run inside a test would do so again

import claims.harness.session.plugin  # noqa: F401 - likewise
from claims.harness.baselines import places, store
from claims.harness.baselines.baseline import Baseline
from claims.harness.records import results
from tests.helpers.paths import ROOT
from tms.analysis import geometry

CLAIMS = """
import dataclasses
import functools
from claims.harness import claim, identity
from tms import training
from tms.analysis import geometry
from tms.experiment import sweep
from tms.experiment.convergence import Doubling, DuringTraining
import torch


def tiny(profile):
    return sweep("demo/tiny", n_features=2, n_hidden=1, architecture="linear", density=1.0,
                 seeds=2, steps=3, batch_size=4, learning_rate=1e-2, held_out=16,
                 convergence=DuringTraining(because="The claims speak of three steps of training."))


@claim("INTRO-1", "A unit vector has norm 1, and two of them norm 2.", source="demo")
def test_norms(measure):
    measure.exact("norm of (2, 0)", geometry.norms(torch.tensor([[2.0, 0.0]]))[0], paper=2, within=0.1,
                  because="exact")


@claim("INTRO-2", "Models move.", source="demo")
def test_moves(trained, measure, draw):
    sweep = trained(tiny)
    start = torch.from_numpy(sweep.experiment.initial_weights())
    measure("distance", (sweep.W[0] - start).abs().amax((-2, -1)), paper=None, at_least=1e-6, because="any")
    draw(lambda: 1 / 0, "demo/broken")
"""

OF_WEIGHTS = """

def doubted(profile):
    return dataclasses.replace(tiny(profile), name="demo/doubted", convergence=Doubling(at_most=0.1))


def own_loop(profile):
    return dataclasses.replace(tiny(profile), name="demo/own")


@claim("INTRO-3", "The sum of all weights is 4.", source="demo")
def test_sum(trained, measure):
    measure("sum", trained(doubted).W[0].sum((-2, -1)), paper=4, within=0.1, because="4 weights of 1")


@claim("INTRO-4", "The weights are not 1.", source="demo")
def test_own_loop(trained, measure):
    train = functools.partial(training.train, engine="reference", device="cpu")
    models = trained.by_itself(own_loop, train)
    measure("distance", (models.W[0] - 1).abs().amax((-2, -1)), paper=None, at_least=1e-6, because="any")


@claim("INTRO-5", "Squares are positive.", source="demo")
@identity
def test_squares(trained, measure):
    square = trained(tiny).W[0].square().min()
    measure.exact("least square", square, paper=None, at_least=0, because="exact")
"""

PLUGINS = ("-p", "claims.harness.falsification.plugin", "-p", "claims.harness.session.no_figures")
Judge = Callable[..., dict[str, str]]


@pytest.fixture
def claim_files(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest('pytest_plugins = ["claims.harness.session.plugin"]')
    pytester.makepyfile(test_section=CLAIMS)
    return pytester


@pytest.fixture
def judge(claim_files: pytest.Pytester) -> Judge:
    """Judge the claims and return their verdicts, by id."""
    store.save(Baseline(device="cpu", profile="quick"), places.path_of(claim_files.path, "cpu", "quick"))

    def verdicts(*arguments: str) -> dict[str, str]:
        settings = ("--profile", "quick", "--device", "cpu", "--engine", "reference")
        run = claim_files.runpytest_inprocess(*PLUGINS, *settings, *arguments)
        run.stdout.no_fnmatch_line("*INTERNALERROR*")
        document = results.read(claim_files.path / "replication" / "results.json")
        return {claim["id"]: claim["verdict"] for claim in document["claims"]}

    return verdicts


def test_without_a_control_claims_hold_and_draw_nothing(judge: Judge, claim_files: pytest.Pytester) -> None:
    assert judge() == {"INTRO-1": "replicated", "INTRO-2": "replicated"}
    assert not (claim_files.path / "replication" / "figures").exists()


def test_mistake_is_made_while_claims_run_and_gone_afterwards(judge: Judge) -> None:
    right = geometry.norms
    assert judge("--control", "norms-squared") == {"INTRO-1": "contradicted", "INTRO-2": "replicated"}
    assert geometry.norms is right
    assert judge("--control", "learning-rate-zero") == {"INTRO-1": "replicated", "INTRO-2": "contradicted"}


def test_junk_is_judged_as_if_it_had_converged_and_what_holds_of_any_weights_is_left_out(
    judge: Judge, claim_files: pytest.Pytester
) -> None:
    claim_files.makepyfile(test_section=CLAIMS + OF_WEIGHTS)
    as_written = judge()
    assert as_written["INTRO-3"] == "inconclusive"  # no baseline holds its evidence of convergence
    assert as_written["INTRO-1"] == as_written["INTRO-5"] == "replicated"
    # Two weights of 1 have a sum of 2, of which no doubt is left; the loop of INTRO-4 gives them, too.
    of_junk = {"INTRO-2": "inconclusive", "INTRO-3": "contradicted", "INTRO-4": "contradicted"}
    assert judge("--control", "junk-ones") == of_junk


def test_junk_is_never_stored(claim_files: pytest.Pytester) -> None:
    run = claim_files.runpytest_inprocess(*PLUGINS, "--control", "junk-ones", "--reuse")
    assert run.ret == pytest.ExitCode.USAGE_ERROR


def test_unknown_control_ends_the_run_before_anything_is_trained(claim_files: pytest.Pytester) -> None:
    run = claim_files.runpytest_inprocess(*PLUGINS, "--control", "norms-cubed")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["*there is no control 'norms-cubed'; the nearest are norms-squared*"])


@pytest.mark.parametrize("folder", [[], ["--stored-models=.cache/"], ["--stored-models=kept/../.cache"]])
def test_wrong_models_are_never_stored_as_right_ones(claim_files: pytest.Pytester, folder: list[str]) -> None:
    run = claim_files.runpytest_inprocess(*PLUGINS, "--control", "steps-too-few", "--reuse", *folder)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["*--control steps-too-few trains wrong models; --reuse*"])


def test_wrong_models_in_a_folder_of_their_own_are_found_there_alone(claim_files: pytest.Pytester) -> None:
    def reused(*arguments: str) -> bool:
        claim_files.runpytest_inprocess(*PLUGINS, "-k", "INTRO-2", "--reuse", *arguments)
        document = results.read(claim_files.path / "replication" / "results.json")
        return bool(document["experiments"][0]["reused"])

    apart = ("--stored-models", ".cache/apart")
    assert not reused("--control", "rate-too-high", *apart)
    assert not reused()
    assert reused("--control", "rate-too-high", *apart)


def test_ordinary_run_has_no_option_for_a_control(claim_files: pytest.Pytester) -> None:
    run = claim_files.runpytest_inprocess("--control", "norms-squared")
    assert run.ret == pytest.ExitCode.USAGE_ERROR
