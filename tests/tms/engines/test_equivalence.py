"""A fused engine is compared with a module; every edit of either is noticed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers.small import VARIANTS, ignore, small
from tms import models
from tms.engines import fused_cpu, reference
from tms.engines.batches import Batches
from tms.engines.cpu import adamw
from tms.engines.equivalence import Comparison
from tms.engines.fused import FusedEngine
from tms.engines.fused_cuda import lacking
from tms.experiment import Experiment
from tms.models import Linear, ReLUHidden, ReLUHiddenUntied, ReLUOutput

CPU: Final = FusedEngine.on("cpu")
INTERPRETED: Final = FusedEngine("cuda", "cuda" if torch.cuda.is_available() else "cpu")
needs_triton = pytest.mark.skipif(
    lacking() is not None, reason=f"the CUDA kernels are not tested: {lacking()}"
)


def difference(experiment: Experiment, engine: FusedEngine = CPU) -> str | None:
    return Comparison(experiment, engine, engine.device, reference.build).difference()


@pytest.mark.parametrize("variant", VARIANTS)
def test_own_models_agree_with_the_fused_cpu_engine_before_and_after_training(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    comparison = Comparison(experiment, CPU, "cpu", reference.build)
    assert comparison.difference() is None
    assert comparison.difference_after(fused_cpu.run(experiment, ignore)) is None


@needs_triton
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("variant", ["linear", "gelu", "untied with a bias", "L1", "correlated", "decay"])
def test_own_models_agree_with_the_fused_cuda_engine(variant: str) -> None:
    one = {"density": [[0.4]], "seeds": 1, "held_out": 20, "batch_size": 32, "steps": 2}
    experiment = small(**one, **VARIANTS[variant])
    comparison = Comparison(experiment, INTERPRETED, INTERPRETED.device, reference.build)
    assert comparison.difference() is None
    weights = comparison.model.weights()
    assert comparison.difference_after(INTERPRETED.run(experiment, ignore, weights)) is None


@needs_triton
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_an_edit_is_noticed_by_the_fused_cuda_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReLUOutput, "forward", lambda self, x: torch.relu(self.hidden(x) @ self.W.mT))
    one = {"density": [[0.4]], "seeds": 1, "held_out": 20, "batch_size": 32, "steps": 2}
    assert "gradient of b" in (difference(small(**one), INTERPRETED) or "")


def leaky(z: Tensor) -> Tensor:
    return nn.functional.leaky_relu(z, 0.01)


def output_of(model: Any, h: Tensor, sign: float = 1.0) -> Tensor:
    decoder = model.decoder() if isinstance(model, ReLUHidden) else model.W
    z: Tensor = h @ decoder.mT + sign * model.b[:, None, :]
    return z


LAST: Final[dict[type[nn.Module], Callable[[Tensor], Tensor]]] = {
    Linear: lambda z: z,
    ReLUOutput: torch.relu,
    ReLUHidden: torch.relu,
    ReLUHiddenUntied: torch.relu,
}
EDITS: Final[dict[str, Callable[[Any, Any, Tensor], Tensor]]] = {
    "halved input": lambda last, m, x: last(output_of(m, m.hidden(x / 2))),
    "sign of the bias": lambda last, m, x: last(output_of(m, m.hidden(x), -1.0)),
    "hidden layer detached": lambda last, m, x: last(output_of(m, m.hidden(x).detach())),
    "leaky output": lambda _, m, x: leaky(output_of(m, m.hidden(x))),
    "output of one feature": lambda last, m, x: torch.cat(
        [last(output_of(m, m.hidden(x)))[..., :-1], x[..., -1:]], -1
    ),
    "input of one active feature": lambda last, m, x: torch.where(
        x.ne(0).sum(-1, keepdim=True) == 1, 0.5, last(output_of(m, m.hidden(x)))
    ),
    "input without active features": lambda last, m, x: torch.where(
        x.ne(0).any(-1, keepdim=True), last(output_of(m, m.hidden(x))), 0.5
    ),
    "input of active features alone": lambda last, m, x: torch.where(
        x.eq(1).all(-1, keepdim=True), 0.5, last(output_of(m, m.hidden(x)))
    ),
    "whole batch": lambda last, m, x: last(output_of(m, m.hidden(x))) / (1 + (x.shape[1] > 90)),
    "error of a thousandth": lambda last, m, x: 1.001 * last(output_of(m, m.hidden(x))),
}
ARCHITECTURES: Final = {
    "linear": Linear,
    "relu_output": ReLUOutput,
    "relu_hidden": ReLUHidden,
    "relu_hidden with a bias": ReLUHidden,
    "untied": ReLUHiddenUntied,
    "untied with a bias": ReLUHiddenUntied,
    "correlated": ReLUOutput,
    "L1": ReLUHidden,
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("variant", ARCHITECTURES)
def test_an_edit_of_any_architecture_is_noticed(
    variant: str, edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = ARCHITECTURES[variant]
    last, change = LAST[kind], EDITS[edit]
    monkeypatch.setattr(kind, "forward", lambda self, x: change(last, self, x))
    assert difference(small(**VARIANTS[variant])) is not None


@pytest.mark.parametrize(
    ("variant", "words"), [("relu_hidden", "outputs differ"), ("untied with a bias", "outputs differ")]
)
def test_an_edit_of_the_hidden_layer_is_noticed(
    variant: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = ReLUHidden.hidden
    monkeypatch.setattr(ReLUHidden, "hidden", lambda self, x: hidden(self, x) - 0.01)
    assert words in (difference(small(**VARIANTS[variant])) or "")


def test_an_edit_of_the_penalised_activations_alone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = ReLUHidden.hidden

    def forward(self: ReLUHidden, x: Tensor) -> Tensor:
        return torch.relu(output_of(self, hidden(self, x)))

    monkeypatch.setattr(ReLUHidden, "forward", forward)
    assert difference(small(**VARIANTS["L1"])) is None
    monkeypatch.setattr(ReLUHidden, "hidden", lambda self, x: hidden(self, x) * 2)
    assert "its loss is" in (difference(small(**VARIANTS["L1"])) or "")


@pytest.mark.parametrize("name", ["gelu", "quadratic"])
def test_an_edit_of_an_activation_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.ACTIVATIONS, name, torch.relu)
    assert "outputs differ" in (difference(small(**VARIANTS[name])) or "")


def test_a_parameter_that_is_not_trained_is_noticed() -> None:
    def frozen(experiment: Experiment) -> nn.Module:
        model = reference.build(experiment)
        model.get_parameter("b").requires_grad_(False)
        return model

    found = Comparison(small(), CPU, "cpu", frozen).difference()
    assert found == "its weight b is not one of its trainable parameters"


def wrong_optimizer(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., torch.optim.AdamW]:
    right = torch.optim.AdamW
    return lambda parameters, **options: right(parameters, **change(options))


OPTIMIZERS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "first moment": lambda options: options | {"betas": (0.8, 0.999)},
    "second moment": lambda options: options | {"betas": (0.9, 0.99)},
    "epsilon": lambda options: options | {"eps": 1e-3},
    "decay": lambda options: options | {"weight_decay": 0.05},
    "direction": lambda options: options | {"maximize": True},
}


@pytest.mark.parametrize("edit", OPTIMIZERS)
def test_an_edit_of_the_optimizer_is_noticed(edit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.optim, "AdamW", wrong_optimizer(OPTIMIZERS[edit]))
    assert "after 3 steps" in (difference(small(**VARIANTS["decay"])) or "")


@pytest.mark.parametrize(
    ("place", "name", "wrong"),
    [
        (reference, "losses", lambda right, *a: right(*a) * 1.01),
        (Batches, "draw", lambda right, *a: right(*a).flip(-1)),
        (reference, "Batches", lambda right, f, density, *a: right(f, 0.99 * density, *a)),
        (reference, "evaluate", lambda right, *a: right(*a) / 2),
    ],
    ids=["loss", "order of features", "density", "held-out loss"],
)
def test_an_edit_of_the_reference_engine_is_noticed(
    place: object, name: str, wrong: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(place, name)
    monkeypatch.setattr(place, name, lambda *arguments: wrong(right, *arguments))
    experiment = small(density=[[0.1], [0.5]], importance=[[1.0, 0.5, 0.2, 2.0, 0.1]])
    assert difference(experiment) is not None


def test_an_edit_of_the_rates_of_one_engine_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = adamw.paces
    monkeypatch.setattr(fused_cpu, "paces", lambda rates, decay: right(rates * 1.01, decay))
    assert "after 3 steps" in (difference(small()) or "")


def test_a_deviation_on_one_batch_alone_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    right, calls = reference.losses, iter([1.5])
    monkeypatch.setattr(reference, "losses", lambda *arguments: right(*arguments) * next(calls, 1.0))
    assert difference(small()) is None


class LateSwitch(ReLUOutput):
    """Computes something else as soon as its weights are those of training."""

    def forward(self, x: Tensor) -> Tensor:
        out = super().forward(x)
        return out / 2 if bool((self.b < -0.01).all()) else out


def test_a_difference_at_the_trained_weights_alone_is_noticed() -> None:
    experiment = small()
    comparison = Comparison(
        experiment, CPU, "cpu", lambda asked: LateSwitch(torch.from_numpy(asked.initial_weights()))
    )
    assert comparison.difference() is None
    trained = fused_cpu.run(experiment, ignore)
    assert comparison.difference_after(trained) is None
    trained.parameters["b"] = torch.full_like(trained.parameters["b"], -0.1)
    assert "outputs differ" in (comparison.difference_after(trained) or "")


def test_weights_that_diverged_are_not_compared() -> None:
    experiment = small()
    comparison = Comparison(experiment, CPU, "cpu", reference.build)
    assert comparison.difference() is None
    trained = fused_cpu.run(experiment, ignore)
    trained.parameters["W"][0] = torch.nan
    assert comparison.difference_after(trained) is None


@pytest.mark.parametrize("density", [0.0, 1e-4, 1.0])
def test_the_density_does_not_matter(density: float, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = small(density=density)
    assert difference(experiment) is None
    right = ReLUOutput.forward
    monkeypatch.setattr(ReLUOutput, "forward", lambda self, x: right(self, x / 2))
    assert difference(experiment) is not None


@pytest.mark.parametrize("edit", [name for name in EDITS if name.startswith("input")])
def test_an_edit_is_noticed_that_training_hardly_meets(edit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change = EDITS[edit]
    monkeypatch.setattr(ReLUOutput, "forward", lambda self, x: change(torch.relu, self, x))
    assert "its outputs differ" in (difference(small(density=0.8)) or "")


def test_a_part_keeps_what_is_trained_and_is_small() -> None:
    experiment = small(density=np.geomspace(0.001, 1, 300)[:, None], seeds=50, n_features=100, n_hidden=3)
    comparison = Comparison(experiment, CPU, "cpu", reference.build)
    part = comparison.part
    assert (part.seeds, part.best_of, part.n_features) == (1, 1, 100)
    assert part.n_instances * part.n_features * part.batch_size <= 2**16
    assert {int(part.point_ids[0]), int(part.point_ids[-1])} == {0, 299}
    every = experiment.instances.keys.reshape(300, 50)[:, 0]
    assert np.array_equal(part.instances.keys, every[part.point_ids])
