"""The tensors of a stack of instances on a CUDA device, and the launches of the kernels that train them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import BFloat16, Float
from numpy.typing import NDArray
from torch import Tensor

from tms.engines.cpu.adamw import paces
from tms.engines.cuda.layout import layout, set_table, views
from tms.engines.cuda.plan import Plan, for_evaluation, padded, parts_of, power_of_two
from tms.engines.optimizer import BETA_1
from tms.engines.result import FirstStep, initial_weights
from tms.experiment import Experiment
from tms.features import activity_threshold, value_scale
from tms.random_streams import HELD_OUT_ROWS

ALIGNED: Final = 16
"""The number of parameters of an instance is padded to a multiple of this, for vector loads."""
PARAMETERS_A_THREAD: Final = 4
"""Limit on the parameters that a thread updates at a time where one program trains an instance."""
UPDATE_CHUNK: Final = 64
"""Parameters that a warp updates; few, so that it can load their gradients from all parts at once."""
GRAPH_STEPS: Final = 64
"""Steps in a CUDA graph, which is used if several programs share an instance."""


def order(device: str) -> dict[str, bool]:
    """Options for the order of launches: from Hopper on, a kernel is launched while the previous one runs."""
    if device == "cuda" and torch.version.hip is None and torch.cuda.get_device_capability() >= (9, 0):
        return {"chained": True, "launch_pdl": True}
    return {"chained": False}


class Stack:
    """The tensors of all instances on a device, and the launches of the kernels that train them.

    Parameters
    ----------
    experiment
        The experiment to train.
    plan
        The plan by which the kernels are compiled.
    device
        "cuda", or "cpu" if Triton interprets its kernels.
    weights
        Weights to start from, by name; by default those of `initial_weights`.
    """

    def __init__(
        self, experiment: Experiment, plan: Plan, device: str, weights: Mapping[str, Tensor] | None = None
    ) -> None:
        from tms.engines.cuda import kernels

        own = experiment.instances
        count, n = len(own), padded(experiment.n_features, plan.rows)
        self._kernels: Any = kernels
        self._experiment, self._plan, self._device, self._n = experiment, plan, device, n
        self._layout = layout(experiment, plan, n)
        self._size = padded(sum(math.prod(place.padded) for place in self._layout.values()), ALIGNED)
        self._parts, self._span = parts_of(experiment.batch_size, experiment.n_features, plan)
        self._params = self._initial(initial_weights(experiment) if weights is None else weights)
        self._terms = bfloat16_terms(self._params) if plan.split else self._params
        self._firsts, self._seconds = torch.zeros_like(self._params), torch.zeros_like(self._params)
        self._grads = torch.zeros(count, self._parts, self._size, device=device)
        self._stride = padded(experiment.batch_size, plan.tile)
        if plan.packed:
            between = n * self._stride
        else:
            between = 2 * (n + plan.hidden) * plan.tile if plan.kept or plan.dot else 1
        self._kept = self._empty(count * self._parts * between)
        self._losses = torch.zeros(count, self._parts, dtype=torch.float64, device=device)
        table = np.stack([activity_threshold(own.density), value_scale(own.density), own.importance], axis=1)
        unused = np.zeros((count, 3, n - experiment.n_features))
        self._features = self._put(np.concatenate([table, unused], axis=2).astype(np.float32))
        self._sets = self._put(set_table(experiment.features, n))
        self._keys = self._put(own.keys.view(np.int64))
        self._held_out_keys = self._put(own.held_out_keys.view(np.int64))
        self._paces = self._put(paces(experiment.rates(), experiment.weight_decay))
        self._counter = torch.zeros((), dtype=torch.int64, device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._order = order(device)

    @property
    def plan(self) -> Plan:
        """The plan by which the kernels are compiled."""
        return self._plan

    def _put(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

    def _empty(self, *shape: int) -> Tensor:
        return torch.empty(shape, dtype=torch.float32, device=self._device)

    def _initial(self, weights: Mapping[str, Tensor]) -> Tensor:
        flat = torch.zeros(len(weights["W"]), self._size)
        for name, block in views(flat, self._layout).items():
            if name in weights:
                block.copy_(weights[name])
        return flat.to(self._device)

    def parameters(self) -> dict[str, Tensor]:
        """Copy the parameters to the CPU, by name."""
        return self._by_name(self._params)

    def first_step(self) -> FirstStep:
        """Take the first step of every instance; return its loss and gradient."""
        self.train(0, 1)
        self.wait()
        # After one step the first moment is the gradient times 1 - beta_1.
        return FirstStep(self.losses(), self._by_name(self._firsts / (1 - BETA_1)))

    def _by_name(self, flat: Tensor) -> dict[str, Tensor]:
        named = views(flat.cpu(), self._layout)
        absent = () if self._plan.hidden_bias else ("b_hidden",)
        return {name: block.clone() for name, block in named.items() if name not in absent}

    def losses(self) -> Float[Tensor, " instance"]:
        """Sum of the mean losses of all steps so far, in float64."""
        return one_after_the_other(self._losses.cpu())

    def train(self, start: int, stop: int) -> None:
        """Train every instance from step `start` up to, but not including, step `stop`."""
        if not self._plan.shared:
            self._train_alone(start, stop)
            return
        graphs = self._device == "cuda"
        while start < stop:
            start += self._replay() if graphs and stop - start >= GRAPH_STEPS else self._step()

    def _train_alone(self, start: int, stop: int) -> None:
        experiment, plan, chunk = self._experiment, self._plan, power_of_two(self._size)
        kernel, stride = self._kernels.train_steps, list[int]()
        if plan.registers:
            from tms.engines.cuda import small

            kernel, stride = small.train_small_steps, [self._stride]
        else:
            chunk = min(chunk, 32 * plan.warps * PARAMETERS_A_THREAD)
        kernel[(len(self._params),)](
            self._params, self._grads, self._firsts, self._seconds, self._kept, self._losses, self._keys,
            self._features, self._sets, self._paces, start, stop, experiment.batch_size, self._n,
            experiment.features.columns, *stride, self._size, 1.0 / experiment.batch_size,
            experiment.hidden_l1, plan=plan, CHUNK=chunk, num_warps=plan.warps,
            num_stages=1,  # weights change from step to step, so none may be fetched ahead
        )  # fmt: skip

    def _launch_step(self, ahead: int) -> None:
        experiment, count = self._experiment, len(self._params)
        self._kernels.part_of_step[(count, self._parts)](
            self._params, self._terms, self._grads, self._kept, self._losses, self._keys, self._features,
            self._sets, self._counter, ahead, self._span, experiment.batch_size, self._n,
            experiment.features.columns, self._size, 1.0 / experiment.batch_size, experiment.hidden_l1,
            plan=self._plan, num_warps=self._plan.warps, num_stages=self._plan.stages, **self._order,
        )  # fmt: skip
        self._kernels.update[(count, -(-self._size // UPDATE_CHUNK))](
            self._params, self._terms, self._grads, self._firsts, self._seconds, self._paces, self._counter,
            ahead, self._parts, self._size, PARTS=power_of_two(self._parts), CHUNK=UPDATE_CHUNK,
            SPLIT=self._plan.split, num_warps=1, **self._order,
        )  # fmt: skip

    def _step(self) -> int:
        self._launch_step(0)
        self._counter.add_(1)
        return 1

    def _replay(self) -> int:
        if self._graph is None:
            # One step outside the graph first: a kernel must be compiled before it can be captured.
            self._step()
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                for ahead in range(GRAPH_STEPS):
                    self._launch_step(ahead)
                self._counter.add_(GRAPH_STEPS)
            return 1
        self._graph.replay()
        return GRAPH_STEPS

    def held_out_loss(self) -> Float[Tensor, " instance"]:
        """Mean loss, without any penalty, on held-out inputs, which the trials of a seed share."""
        experiment, plan, count = self._experiment, for_evaluation(self._plan), len(self._params)
        batches = -(-experiment.held_out // HELD_OUT_ROWS)
        kept = self._empty(count * batches * self._n * plan.tile if plan.kept else 1)
        losses = torch.zeros(count, batches, dtype=torch.float64, device=self._device)
        self._kernels.held_out[(count, batches)](
            self._params, kept, losses, self._held_out_keys, self._features, self._sets, experiment.held_out,
            self._n, experiment.features.columns, self._size, ROWS=HELD_OUT_ROWS, plan=plan,
            num_warps=plan.warps,
        )  # fmt: skip
        return one_after_the_other(losses.cpu()) / experiment.held_out

    def wait(self) -> None:
        """Wait until the device has finished."""
        if self._device == "cuda":
            torch.cuda.synchronize()


def bfloat16_terms(params: Float[Tensor, "instance size"]) -> BFloat16[Tensor, "instance term size"]:
    """Split parameters, bit for bit as `split.split` does."""
    terms, rest = [], params
    for _ in range(3):
        nearest = (rest.view(torch.int32) + 0x8000).bitwise_and_(-0x10000).view(torch.float32)
        terms.append(nearest.bfloat16())
        rest = rest - nearest
    return torch.stack(terms, dim=1)


def one_after_the_other(parts: Float[Tensor, "instance part"]) -> Float[Tensor, " instance"]:
    """Sum over parts in an order that does not depend on the number of instances."""
    total = torch.zeros(len(parts), dtype=parts.dtype)
    for part in parts.unbind(1):
        total += part
    return total
