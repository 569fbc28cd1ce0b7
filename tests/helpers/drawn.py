"""A kernel that stores the inputs that the fused CUDA kernels draw."""

import triton
import triton.language as tl

from tms.engines.cuda.draws import draw, step_word


@triton.jit
def drawn(out, keys, features, sets, step, batch, n, columns, plan: tl.constexpr):
    """Store the inputs of tile `program_id(1)` of one step of instance `program_id(0)`."""
    R: tl.constexpr = plan.rows
    T: tl.constexpr = plan.tile
    instance = tl.program_id(0).to(tl.int64)
    word = step_word(tl.load(keys + instance).to(tl.uint64, bitcast=True), step.to(tl.int64))
    sample = tl.program_id(1) * T + tl.arange(0, T)
    for row in range(0, n, R):
        x = draw(word, features + instance * 3 * n, sets, n, columns, row, sample, plan)
        at = (instance * n + row + tl.arange(0, R))[:, None] * batch + sample[None, :]
        tl.store(out + at, x, mask=(sample < batch)[None, :])
