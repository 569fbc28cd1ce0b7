"""The paper's figures: one module a section, one function a figure, arrays in and a figure out."""

from figures import (
    adversarial,
    computation,
    correlated,
    demonstrating,
    geometry,
    introduction,
    learning,
    mathematics,
    nonuniform,
    phase,
    privileged,
    save,
    throughput,
    wide,
)

__all__ = [
    "adversarial",
    "computation",
    "correlated",
    "demonstrating",
    "geometry",
    "introduction",
    "learning",
    "mathematics",
    "nonuniform",
    "phase",
    "privileged",
    "save",
    "throughput",
    "wide",
]
