"""Training functions with one mistake each: which claims of the paper fail by it, and which do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import pytest
import torch
from torch import Tensor

from claims import test_correlated, test_introduction, test_privileged_configurations
from claims.harness.judging.outcomes import Verdict
from claims.harness.session.other_implementation import check_independence
from tests.helpers.junk_models import PROFILE, judged
from tests.helpers.small import ignore
from tms import paper
from tms.engines import external
from tms.engines.reference import one_thread
from tms.experiment import Experiment
from tms.features import FeatureDistribution
from tms.paper import ExperimentFactory
from tms.protocol import BrokenImplementation
from tms.training import Trained


@dataclass(frozen=True)
class Trainer:
    """A plain training loop whose parts a test replaces by mistakes."""

    density: Callable[[Tensor], Tensor] = lambda density: density
    masks: int | None = None
    keys: Callable[[int], int] = lambda step: step
    penalty: Callable[[Tensor], Tensor] = lambda hidden: hidden.abs().sum(-1).mean(-1)
    stored: Callable[[Tensor], Tensor] = lambda weights: weights

    def __call__(self, experiment: Experiment) -> dict[str, Tensor]:
        own = experiment.instances
        density = self.density(torch.tensor(own.density, dtype=torch.float32))
        importance = torch.tensor(own.importance, dtype=torch.float32)[:, None]
        W, b = torch.tensor(experiment.initial_weights()), torch.zeros(density.shape)
        optimizer = torch.optim.Adam([W.requires_grad_(), b.requires_grad_()])
        for step, rate in enumerate(experiment.rates().tolist()):
            torch.manual_seed(self.keys(step))
            optimizer.param_groups[0]["lr"] = rate
            x = self._batch(experiment.features, density, experiment.batch_size)
            hidden = x @ W
            out = torch.relu(hidden @ W.mT + b[:, None])
            loss = (importance * (x - out) ** 2).sum(-1).mean(-1)
            if experiment.hidden_l1:
                loss = loss + experiment.hidden_l1 * self.penalty(hidden)
            optimizer.zero_grad()
            torch.autograd.backward(loss.sum())
            optimizer.step()
        return {"W": self.stored(W.detach()), "b": self.stored(b.detach())}

    def _batch(self, features: FeatureDistribution, density: Tensor, rows: int) -> Tensor:
        instances, n = density.shape
        masks = (instances, self.masks or rows, n)
        active = torch.rand(masks) < density[:, None]
        for group in features.correlated:
            active[..., group] = active[..., group[:1]]
        for group in features.anticorrelated:
            chosen, some = torch.randint(len(group), masks[:2]), active[..., group[0]].clone()
            for k, feature in enumerate(group):
                active[..., feature] = some & (chosen == k)
        return torch.rand(instances, rows, n) * active


TRAINERS = {
    "right": Trainer(),
    "density for sparsity": Trainer(density=lambda density: 1 - density),
    "one mask a batch": Trainer(masks=1),
    "same inputs every step": Trainer(keys=lambda _: 0),
    "penalty that cancels": Trainer(penalty=lambda hidden: hidden.sum(-1).mean(-1)),
}


class ByTrainer:
    """Stands for the fixture `trained`: another training function trains, for fewer steps and trials."""

    device = "cpu"

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._once = cache(self._train)

    def __call__(self, factory: ExperimentFactory) -> Trained:
        return self._once(factory)

    def _train(self, factory: ExperimentFactory) -> Trained:
        whole = factory(PROFILE)
        experiment = replace(whole, seeds=8, best_of=2, steps=1200, held_out=2**14)
        with one_thread():
            result = external.run_trainer(experiment, "cpu", ignore, self._trainer)
        trained = Trained.from_result(experiment, result, "own", "cpu", 0.0)
        check_independence(trained)
        return trained


CLAIMS: dict[str, Callable[..., None]] = {
    "INTRO-1": test_introduction.test_dense_features_get_orthogonal_dimensions,
    "INTRO-2": test_introduction.test_at_80_percent_sparsity_two_antipodal_pairs,
    "INTRO-3": test_introduction.test_from_90_percent_sparsity_a_pentagon,
    "CORR-1": test_correlated.test_correlated_features_are_orthogonal,
    "PRIV-8": test_privileged_configurations.test_an_l1_penalty_aligns_features_with_neurons,
}


@pytest.mark.parametrize(
    ("name", "failing", "holding"),
    [
        ("right", "", "INTRO-1 INTRO-2 INTRO-3 CORR-1 PRIV-8"),
        ("density for sparsity", "INTRO-1 INTRO-2 INTRO-3 CORR-1", ""),
        ("one mask a batch", "INTRO-2 INTRO-3 CORR-1", "INTRO-1"),
        ("same inputs every step", "INTRO-1 INTRO-2", "CORR-1"),
        ("penalty that cancels", "PRIV-8", ""),
    ],
)
def test_a_mistake_of_a_training_function_fails_the_claims_that_depend_on_it(
    name: str, failing: str, holding: str
) -> None:
    trained = ByTrainer(TRAINERS[name])
    verdicts = {each: judged(CLAIMS[each], trained)[0] for each in (*failing.split(), *holding.split())}
    contradicted = {each for each, verdict in verdicts.items() if verdict is Verdict.CONTRADICTED}
    assert contradicted == set(failing.split())


def test_the_weights_of_one_stored_model_for_all_seeds_are_refused() -> None:
    trained = ByTrainer(replace(TRAINERS["right"], stored=lambda weights: weights[:1].expand_as(weights)))
    with pytest.raises(BrokenImplementation, match="different seeds give the same weights"):
        trained(paper.correlated_pairs)
