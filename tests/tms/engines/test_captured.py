"""Captured steps are those of the module; a module that cannot be captured is left as it was.

A GPU captures them in CUDA graphs. Without one, a fake graph shows the logic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
import torch
from torch import Tensor, nn

from tests.helpers.engine_checks import assert_close
from tests.helpers.fake_graphs import BrokenGraph, FakeGraph, StaleGraph
from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import captured, reference
from tms.engines.captured import CapturedSteps, captured_steps
from tms.engines.external import Guarded
from tms.experiment import Experiment
from tms.models import ReLUOutput
from tms.protocol import ModelFactory

HAS_GPU: Final = torch.cuda.is_available()
DEVICE: Final = "cuda" if HAS_GPU else "cpu"
GRAPH: Final[Callable[[], captured.Graph]] = captured.CudaGraph if HAS_GPU else FakeGraph


def of(**changes: Any) -> Experiment:
    settings = {"steps": 120, "checkpoints": (0, 1, 120), "batch_size": 32, "held_out": 64}
    return small(**{**settings, **changes})


def capture(
    experiment: Experiment,
    factory: ModelFactory = reference.build,
    graph: Callable[[], captured.Graph] = GRAPH,
) -> tuple[nn.Module, CapturedSteps | None]:
    model = factory(experiment).to(DEVICE)
    model.train()
    importance = torch.from_numpy(experiment.instances.importance).to(DEVICE, torch.float32)

    def objective(x: Tensor) -> Tensor:
        return reference.losses(model, experiment, x, importance)

    return model, captured_steps(model, objective, experiment, DEVICE, graph)


@pytest.mark.parametrize("variant", VARIANTS)
def test_captured_training_is_that_of_the_reference_engine_step_by_step(
    variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = of(**{"schedule": "cosine", **VARIANTS[variant]})
    used: list[CapturedSteps | None] = []

    def capturing(
        model: nn.Module, objective: captured.Objective, experiment: Experiment, device: str
    ) -> CapturedSteps | None:
        used.append(captured_steps(model, objective, experiment, device, GRAPH))
        return used[-1]

    step_by_step = reference.run(experiment, "cpu", ignore)
    monkeypatch.setattr(reference, "captured_steps", capturing)
    by_graph = reference.run(experiment, DEVICE, ignore)
    assert used[0] is not None
    assert_close(by_graph, step_by_step)


def weights_of(model: nn.Module) -> list[Tensor]:
    return [value.detach().cpu().clone() for value in (*model.parameters(), *model.buffers())]


class Counting(ReLUOutput):
    """Scales its outputs by the number of its calls, which a graph cannot know."""

    def __init__(self, W: Tensor) -> None:
        super().__init__(W)
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return super().forward(x) * (1 + 1e-3 * self.calls)


class Dropping(ReLUOutput):
    """Drops some of its inputs at random."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(nn.functional.dropout(x))


class Averaging(ReLUOutput):
    """Keeps the mean of its inputs in a buffer."""

    mean: Tensor

    def __init__(self, W: Tensor) -> None:
        super().__init__(W)
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.mean.mul_(0.9).add_(0.1 * x.detach().mean())
        return super().forward(x)


class Failing(ReLUOutput):
    """Raises an error at its fourth call."""

    calls = iter(range(3))

    def forward(self, x: Tensor) -> Tensor:
        next(self.calls)
        return super().forward(x)


@pytest.mark.parametrize("kind", [Counting, Dropping, Averaging, Failing])
def test_a_module_that_is_no_function_of_its_inputs_is_not_captured(kind: type[ReLUOutput]) -> None:
    experiment = of()
    model, steps = capture(experiment, lambda asked: kind(torch.from_numpy(asked.initial_weights())))
    assert steps is None
    fresh = kind(torch.from_numpy(experiment.initial_weights()))
    assert all(map(torch.equal, weights_of(model), weights_of(fresh)))
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("graph", [StaleGraph, BrokenGraph])
def test_steps_that_cannot_be_repeated_are_not_used(graph: type[FakeGraph]) -> None:
    experiment = of()
    model, steps = capture(experiment, graph=graph)
    assert steps is None
    assert all(map(torch.equal, weights_of(model), weights_of(reference.build(experiment))))
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_step_that_differs_in_the_last_bit_is_not_used() -> None:
    class Inexact(FakeGraph):
        def replay(self) -> None:
            super().replay()
            if self._result.is_floating_point():
                self._result.mul_(1 + 1e-7)

    assert capture(of(), graph=Inexact)[1] is None


def test_few_steps_are_not_captured() -> None:
    assert capture(of(steps=99, checkpoints=()))[1] is None
    assert capture(of(steps=100, checkpoints=()))[1] is not None


def test_a_module_starts_from_its_initial_weights_after_it_has_been_captured() -> None:
    experiment = of()
    model, steps = capture(experiment)
    assert steps is not None
    assert all(map(torch.equal, weights_of(model), weights_of(reference.build(experiment))))


def test_the_check_of_another_implementation_is_no_state_that_prevents_a_capture() -> None:
    _, steps = capture(of(), lambda asked: Guarded(reference.build(asked), asked))
    assert steps is not None


@pytest.mark.skipif(not HAS_GPU, reason="only a GPU can fail to capture")
def test_random_numbers_can_be_drawn_after_a_capture_that_failed() -> None:
    class Waiting(ReLUOutput):
        """Waits for the device, which a capture forbids."""

        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) * float(x.sum() > -1)

    torch.cuda.manual_seed(0)
    expected = torch.rand(3, device="cuda")
    torch.cuda.manual_seed(0)
    stream = torch.cuda.current_stream()
    assert capture(of(), lambda asked: Waiting(torch.from_numpy(asked.initial_weights())))[1] is None
    assert torch.cuda.current_stream() == stream
    assert torch.equal(torch.rand(3, device="cuda"), expected)
