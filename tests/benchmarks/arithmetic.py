"""Forms of float32 matrix products and of one training step in them, emulated bit for bit on a CPU.

A factor is a sum of terms in a narrower type, and a product is a sum of products of terms. These products are
exact. Sums are kept in float32. An FMA unit rounds its sum after each product. A tensor core adds up to 16
products at once; how it narrows the sum is not documented. Measurements say that it cuts the sum off (Fasi et
al. 2021, doi:10.7717/peerjcs.330), so both ways are emulated.

All numbers are held in float64, in which every float32 number and every product of two of them is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float64
from torch import Tensor

from tms.engines.cuda.stack import bfloat16_terms

Matrix = Float64[Tensor, "row column"]
Narrow = Callable[[Tensor], Tensor]


def rounded(x: Tensor) -> Tensor:
    """Round to float32, to nearest."""
    return x.float().double()


def cut_off(x: Tensor) -> Tensor:
    """Round to float32, towards zero."""
    nearest = x.float()
    inwards = torch.nextafter(nearest, torch.zeros_like(nearest))
    return torch.where(nearest.double().abs() > x.abs(), inwards, nearest).double()


def float32_terms(x: Tensor) -> list[Tensor]:
    """Return a float32 number as its only term."""
    return [x]


def tf32_terms(x: Tensor) -> list[Tensor]:
    """Split in TF32 terms, of 11 significant bits, as many as there are."""
    terms, rest = [], x.float()
    for _ in range(2):
        terms.append((rest.view(torch.int32) + 0x1000).bitwise_and_(-0x2000).view(torch.float32))
        rest = rest - terms[-1]
    return [term.double() for term in terms]


def bf16_terms(x: Tensor) -> list[Tensor]:
    """Split in bfloat16 terms, of 8 significant bits, as the kernels do."""
    return [term.double() for term in bfloat16_terms(x.float()).unbind(1)]


def fp16_terms(x: Tensor) -> list[Tensor]:
    """Split in two float16 terms, of 11 significant bits, the second enlarged to stay in the type's range."""
    high = x.half().double()
    return [high, ((x - high) * _ENLARGED).half().double() / _ENLARGED]


_ENLARGED: Final = 2.0**11


@dataclass(frozen=True)
class Form:
    """A way to multiply float32 matrices.

    Parameters
    ----------
    name
        Name in the table.
    terms
        Function that splits a matrix in terms, the largest first.
    sums
        The products of terms that are computed, as pairs of the numbers of their terms. Those of each tuple
        share an accumulator, in the order in which they are added.
    depth
        Products that the hardware adds before it narrows their sum.
    rows, samples
        Rows of the inner dimension whose sum one accumulator takes: for sums over features or hidden
        dimensions (None for all of them), and for sums over inputs.
    """

    name: str
    terms: Callable[[Tensor], list[Tensor]]
    sums: tuple[tuple[tuple[int, int], ...], ...]
    depth: int
    rows: int | None
    samples: int

    def product(self, a: Matrix, b: Matrix, narrow: Narrow, span: int | None) -> Matrix:
        """Multiply two matrices of float32 numbers; the result holds float32 numbers.

        Parameters
        ----------
        a, b
            The factors.
        narrow
            How the hardware narrows a sum to float32: `rounded` or `cut_off`.
        span
            Rows of the inner dimension that one accumulator takes. The sums of all spans are added in
            float32, and rounded.
        """
        of_a, of_b = self.terms(a), self.terms(b)
        inner = a.shape[1]
        total = torch.zeros(len(a), b.shape[1], dtype=torch.float64)
        for first in range(0, inner, span or inner):
            end = min(first + (span or inner), inner)
            block = torch.zeros_like(total)
            for pairs in self.sums:
                part = torch.zeros_like(total)
                for i, j in pairs:
                    for at in range(first, end, self.depth):
                        few = slice(at, min(at + self.depth, end))
                        part = narrow(part + of_a[i][:, few] @ of_b[j][few])
                block = rounded(block + part)
            total = rounded(total + block)
        return total


_LARGE: Final = ((0, 0),)
_THREE: Final = ((1, 0), (0, 1))
_SIX: Final = ((2, 0), (0, 2), (1, 1), *_THREE)
FLOAT32: Final = Form("float32 on FMA units", float32_terms, (_LARGE,), 1, None, 32)
FORMS: Final = (
    FLOAT32,
    Form("TF32", tf32_terms, (_LARGE,), 8, None, 32),
    Form("TF32 x 3", tf32_terms, ((*_THREE, *_LARGE),), 8, None, 32),
    Form("bf16 x 3", bf16_terms, ((*_THREE, *_LARGE),), 16, None, 32),
    Form("fp16 x 3, second term scaled", fp16_terms, (_THREE, _LARGE), 16, 32, 64),
    Form("bf16 x 6, one sum", bf16_terms, ((*_SIX, *_LARGE),), 16, None, 32),
    Form("bf16 x 6", bf16_terms, (_SIX, _LARGE), 16, 32, 64),
)
"""The last one is that of the kernels' form "tensor-cores". Forms with one tuple of products are Triton's."""


@dataclass(frozen=True, eq=False)
class Task:
    """A batch of one model, in float32 numbers.

    Parameters
    ----------
    x, target
        Inputs and what the outputs should be, shape (input, feature).
    W, W_out
        Weights, shape (feature, hidden); the same tensor if they are tied.
    b, importance
        Output bias and importances, shape (feature,).
    has_hidden_relu
        Whether the hidden layer has a ReLU. The outputs have one.
    """

    x: Matrix
    target: Matrix
    W: Matrix
    W_out: Matrix
    b: Tensor
    importance: Tensor
    has_hidden_relu: bool


@dataclass(frozen=True, eq=False)
class Step:
    """The results of one forward and backward pass.

    Parameters
    ----------
    out
        Outputs, shape (input, feature).
    gradient
        Gradients of the encoder and the decoder, added if they are tied; shape (weights, feature, hidden).
    """

    out: Matrix
    gradient: Tensor


def step(task: Task, form: Form | None, narrow: Narrow = rounded) -> Step:
    """Run the forward and the backward pass of a task.

    Parameters
    ----------
    task
        The batch and the model.
    form
        The form of all matrix products; None computes everything in float64.
    narrow
        How the hardware narrows sums to float32.
    """

    def product(a: Tensor, b: Tensor, span: int | None) -> Tensor:
        return a @ b if form is None else form.product(a, b, narrow, span)

    in_type: Narrow = (lambda x: x) if form is None else rounded
    rows, samples = (None, None) if form is None else (form.rows, form.samples)
    h = product(task.x, task.W, rows)
    if task.has_hidden_relu:
        h = h.clamp(min=0)
    z = in_type(product(h, task.W_out.T, rows) + task.b)
    out = z.clamp(min=0)
    # The mean over the batch is taken at the end, so that factors stay in the range of float16.
    g = in_type(-2.0 * task.importance * in_type(task.target - out)) * (z > 0)
    dh = product(g, task.W_out, rows)
    if task.has_hidden_relu:
        dh = dh * (h > 0)
    decoder, encoder = product(g.T, h, samples), product(task.x.T, dh, samples)
    parts = [in_type(decoder + encoder)] if task.W is task.W_out else [encoder, decoder]
    return Step(out, torch.stack(parts) / len(task.x))
