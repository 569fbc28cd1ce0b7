"""The fused engine trains a module if it computes the same, from the module's own weights."""

from __future__ import annotations

from typing import Any, Final

import pytest
import torch
from torch import Tensor, nn

from tests.helpers.engine_checks import assert_close, everything
from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import automatic, fused_cpu, reference
from tms.engines.equivalence import Comparison
from tms.experiment import Experiment
from tms.models import ReLUOutput
from tms.protocol import BrokenImplementation
from tms.training import Trained, train

SHORT: Final[dict[str, Any]] = {"steps": 6, "held_out": 64, "batch_size": 16, "checkpoints": (0, 6)}


class OtherForm(nn.Module):
    """A right model with weights of its own: transposed, smaller, and with biases that are not 0."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        self.E = nn.Parameter(torch.from_numpy(experiment.initial_weights()).mT.contiguous() / 2)
        self.bias = nn.Parameter(0.1 * torch.randn(experiment.n_instances, experiment.n_features))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x @ self.E.mT @ self.E + self.bias[:, None])

    def weights(self) -> dict[str, Tensor]:
        return {"W": self.E.mT, "b": self.bias}


class Clamped(ReLUOutput):
    def __init__(self, experiment: Experiment) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).clamp(max=1.0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_own_models_are_bitwise_those_of_the_fused_engine_alone(variant: str) -> None:
    experiment = small(**{**SHORT, **VARIANTS[variant]})
    trained = automatic.run(experiment, "auto", "cpu", ignore)
    assert (trained.engine, trained.difference) == ("fused", None)
    expected = everything(fused_cpu.run(experiment, ignore))
    for name, values in everything(trained.result).items():
        assert torch.equal(values, expected[name]), name


def test_another_model_in_the_papers_form_is_trained_from_its_own_weights() -> None:
    experiment = small(**SHORT)
    fused, by_reference = (
        automatic.run(experiment, engine, "cpu", ignore, OtherForm) for engine in ("auto", "reference")
    )
    assert (fused.engine, fused.difference) == ("fused", None)
    assert by_reference.engine == "reference"
    assert_close(fused.result, by_reference.result)
    kept = fused.result.checkpoint_parameters
    assert kept is not None
    torch.testing.assert_close(kept["W"][0], torch.from_numpy(experiment.initial_weights()) / 2)
    assert kept["b"][0].any()


@pytest.mark.parametrize("casts", [True, False])
def test_a_model_keeps_the_type_of_its_numbers(casts: bool) -> None:
    seen: set[torch.dtype] = set()

    class Double(OtherForm):
        def __init__(self, experiment: Experiment) -> None:
            super().__init__(experiment)
            self.double()

        def forward(self, x: Tensor) -> Tensor:
            seen.add(x.dtype)
            return super().forward(x.double() if casts else x)

    trained = train(small(**SHORT), device="cpu", model=Double)
    assert seen == {torch.float64}
    assert trained.engine == "reference"
    assert trained.difference == "its parameter E is torch.float64, not torch.float32"
    torch.testing.assert_close(trained.W, train(small(**SHORT), device="cpu", model=OtherForm).W)


def test_a_model_whose_weights_are_computed_is_trained_as_it_is() -> None:
    class Directions(OtherForm):
        def __init__(self, experiment: Experiment) -> None:
            super().__init__(experiment)
            self.length = nn.Parameter(self.E.detach().norm(dim=1))

        def weights(self) -> dict[str, Tensor]:
            directions = self.E / self.E.norm(dim=1, keepdim=True)
            return {"W": (self.length[:, None] * directions).mT, "b": self.bias}

        def forward(self, x: Tensor) -> Tensor:
            W = self.weights()["W"]
            return torch.relu(x @ W @ W.mT + self.bias[:, None])

    trained = train(small(**SHORT), device="cpu", model=Directions)
    assert trained.engine == "reference"
    assert trained.difference == "its weights are not the values of its parameters"


@pytest.mark.parametrize("engine", ["auto", "fused", "reference"])
def test_an_engine_can_be_forced_and_a_difference_is_told(engine: str) -> None:
    told: list[str] = []
    trained = train(small(**SHORT), engine=engine, device="cpu", model=Clamped, on_difference=told.append)
    assert trained.engine == {"auto": "reference", "fused": "fused", "reference": "reference"}[engine]
    if engine == "reference":
        assert (trained.difference, told) == (None, [])
    else:
        assert [trained.difference] == told
        assert "its outputs differ from those of relu_output" in told[0]


def test_a_module_that_differs_is_trained_as_if_it_had_not_been_compared() -> None:
    class Noisy(OtherForm):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) + 0.01 * torch.randn_like(x)

    experiment = small(**SHORT)
    compared = train(experiment, device="cpu", model=Noisy)
    alone = train(experiment, device="cpu", model=Noisy, engine="reference")
    assert compared.difference == "two calls with the same inputs give different outputs"
    assert torch.equal(compared.W, alone.W)
    assert torch.equal(compared.loss, alone.loss)


def test_an_edit_of_an_own_model_is_trained_by_the_reference_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ReLUOutput.forward
    monkeypatch.setattr(ReLUOutput, "forward", lambda self, x: right(self, x / 2))
    trained = train(small(**SHORT), device="cpu")
    assert trained.engine == "reference"
    assert "outputs differ" in (trained.difference or "")
    assert torch.equal(trained.W, train(small(**SHORT), device="cpu", engine="reference").W)


def test_a_difference_after_training_lets_the_reference_engine_train(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Comparison, "difference_after", lambda _self, _result: "it differs at the end")
    steps: list[int] = []
    told: list[str] = []
    experiment = small(**SHORT)
    trained = automatic.run(experiment, "auto", "cpu", steps.append, None, told.append)
    assert (trained.engine, trained.difference, told) == (
        "reference",
        "it differs at the end",
        ["it differs at the end"],
    )
    assert torch.equal(
        trained.result.parameters["W"], reference.run(experiment, "cpu", ignore).parameters["W"]
    )
    assert sum(steps) == experiment.n_instances * experiment.steps


def test_a_model_that_diverges_on_the_fused_engine_is_one_sentence() -> None:
    with pytest.raises(BrokenImplementation, match="not finite"):
        train(small(**{**SHORT, "learning_rate": 1e20}), model=OtherForm, device="cpu", engine="fused")


def test_a_stored_sweep_keeps_the_engine_and_the_difference(tmp_path: Any) -> None:
    trained = train(small(**SHORT), device="cpu", model=Clamped)
    path = tmp_path / "sweep.safetensors"
    trained.save(path)
    again = Trained.load(path, trained.experiment, "fused", "cpu")
    assert (again.engine, again.difference) == ("reference", trained.difference)
    assert again.best_by(again.trial_loss).difference == trained.difference
