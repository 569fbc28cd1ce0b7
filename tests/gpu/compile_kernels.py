"""Compile the fused CUDA kernels for a Hopper GPU; the machine needs no GPU.

Print the code size and the shared memory of every kernel that the engine would launch for a few models.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from triton.runtime.jit import JITFunction

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.helpers.small import small  # noqa: E402
from tms.engines.cuda.forms import FORMS  # noqa: E402
from tms.engines.cuda.plan import plan_of  # noqa: E402
from tms.engines.cuda.stack import Stack  # noqa: E402

MODELS: list[dict[str, Any]] = [
    {"batch_size": 128},
    {
        "n_features": 40,
        "n_hidden": 20,
        "batch_size": 1024,
        "architecture": "relu_hidden_untied",
        "hidden_bias": True,
        "hidden_l1": 0.1,
        "target": "absolute",
        "signed": True,
        "correlated": ((0, 1),),
        "anticorrelated": ((2, 3),),
    },
    {"n_features": 100, "n_hidden": 10, "batch_size": 1024, "activation": "gelu"},
]


class AbsentGPU:
    """The part of a device driver that the compiler uses."""

    def get_current_target(self) -> GPUTarget:
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, _device: int) -> int:
        return 0


def compile_only(kernel: JITFunction[Any], grid: tuple[int, ...]) -> Any:
    """Return a function that compiles a kernel instead of launching it."""

    def launch(*arguments: Any, **options: Any) -> None:
        compiled = kernel.warmup(*arguments, grid=grid, **options)
        print(
            f"  {kernel.fn.__name__}: {len(compiled.asm['cubin'])} bytes, {compiled.metadata.shared} shared"
        )

    return launch


def main() -> None:
    """Run one step of every model as the engine does, except that kernels are compiled and not launched."""
    driver.set_active(AbsentGPU())
    JITFunction.__getitem__ = compile_only
    with tempfile.TemporaryDirectory() as cache, triton.knobs.cache.scope():
        triton.knobs.cache.dir = cache
        for settings in MODELS:
            experiment = small(seeds=1, density=0.1, **settings)
            plans = [plan_of(experiment, forms) for forms in ((), *((form,) for form in FORMS))]
            for plan in dict.fromkeys(plans):
                stack = Stack(experiment, plan, "cpu")
                print(plan)
                stack.train(0, 1)
                stack.held_out_loss()


if __name__ == "__main__":
    main()
