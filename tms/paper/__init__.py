"""The paper's experiments, a module a section, a function an experiment: profile in, Experiment out.

"paper" has the paper's own sizes. "quick" has fewer points or seeds and asks the same of them.
"""

from tms.paper.demonstrating import BASIC_DENSITIES, basic_results, basic_results_large, basic_results_linear
from tms.paper.introduction import introduction
from tms.paper.phase import (
    across_ignored_and_superposed,
    across_superposed_and_dedicated,
    activation_diagram,
    three_in_two,
    two_in_one,
)
from tms.paper.settings import PROFILES, ExperimentFactory

__all__ = [
    "BASIC_DENSITIES",
    "PROFILES",
    "ExperimentFactory",
    "across_ignored_and_superposed",
    "across_superposed_and_dedicated",
    "activation_diagram",
    "basic_results",
    "basic_results_large",
    "basic_results_linear",
    "introduction",
    "three_in_two",
    "two_in_one",
]
