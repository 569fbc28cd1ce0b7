"""The paper's figures: a module or two a section, a function a figure, arrays in and a figure out."""

from figures import (
    adversarial,
    computation,
    correlated,
    cuts,
    demonstrating,
    geometry,
    introduction,
    learning,
    mathematics,
    no_bias,
    nonuniform,
    phase,
    privileged,
    throughput,
    wide,
)
from figures.toolkit import save

__all__ = [
    "adversarial",
    "computation",
    "correlated",
    "cuts",
    "demonstrating",
    "geometry",
    "introduction",
    "learning",
    "mathematics",
    "no_bias",
    "nonuniform",
    "phase",
    "privileged",
    "save",
    "throughput",
    "wide",
]
