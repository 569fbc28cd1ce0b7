"""The paper's figures: one module per section, one function per figure, arrays in and a Figure out."""

from figures import (
    adversarial,
    atlas,
    computation,
    correlated,
    cuts,
    demonstrating,
    introduction,
    learning,
    mathematics,
    no_bias,
    nonuniform,
    phase,
    privileged,
    throughput,
    uniform,
    wide,
)
from figures.toolkit import save

__all__ = [
    "adversarial",
    "atlas",
    "computation",
    "correlated",
    "cuts",
    "demonstrating",
    "introduction",
    "learning",
    "mathematics",
    "no_bias",
    "nonuniform",
    "phase",
    "privileged",
    "save",
    "throughput",
    "uniform",
    "wide",
]
