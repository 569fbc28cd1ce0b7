"""The paper's experiments: one module for each section, one function for each experiment.

A function takes the name of a profile and returns an `Experiment`. The profile "paper" has the paper's sizes;
"quick" has fewer points, seeds or trials, and the same claims apply to it. "smoke" has as few seeds as can
still contradict a claim.
"""

from tms.paper.adversarial import adversarial_training, masked, transferable, vulnerable, vulnerable_at
from tms.paper.computation import (
    INTERMEDIATE_DENSITIES,
    LEARNED_SIZES,
    absolute_value,
    absolute_value_dense,
    absolute_value_intermediate,
    absolute_value_shared,
    absolute_value_sparse,
    absolute_value_sparsest,
    learned_with,
)
from tms.paper.correlated import (
    ANTICORRELATED_DENSITIES,
    anticorrelated_densities,
    anticorrelated_pairs,
    collapsing_pairs,
    correlated_pairs,
    local_bases,
    three_correlated_pairs,
)
from tms.paper.demonstrating import BASIC_DENSITIES, basic_results, basic_results_large, basic_results_linear
from tms.paper.introduction import introduction
from tms.paper.learning import correlated_triples, energy_levels
from tms.paper.nonuniform import perturbed_pentagon
from tms.paper.phase import (
    across_ignored_and_superposed,
    across_superposed_and_dedicated,
    activation_diagram,
    three_in_two,
    two_in_one,
)
from tms.paper.privileged import (
    BIAS_DENSITIES,
    FEATURE_COUNTS,
    PRIVILEGED_DENSITIES,
    linear_basis,
    many_features,
    penalised_basis,
    privileged_basis,
    privileged_basis_sparsest,
    privileged_bias,
    privileged_ranges,
    privileged_without_bias,
)
from tms.paper.settings import PROFILES, ExperimentFactory
from tms.paper.uniform import (
    ATLAS_SIZES,
    COMPETITION_INVERSE_DENSITIES,
    LENGTHS,
    PRESSURES,
    SIZES,
    atlas,
    competition,
    uniform_at_fractions,
    uniform_of_size,
    uniform_superposition,
)
from tms.paper.wide import (
    DICTIONARY_SIZES,
    DICTIONARY_STEPS,
    L1_COEFFICIENTS,
    LITTLE,
    compressed,
    dictionary,
    hidden_l1,
    pair,
)

__all__ = [
    "ANTICORRELATED_DENSITIES",
    "ATLAS_SIZES",
    "BASIC_DENSITIES",
    "BIAS_DENSITIES",
    "COMPETITION_INVERSE_DENSITIES",
    "DICTIONARY_SIZES",
    "DICTIONARY_STEPS",
    "FEATURE_COUNTS",
    "INTERMEDIATE_DENSITIES",
    "L1_COEFFICIENTS",
    "LEARNED_SIZES",
    "LENGTHS",
    "LITTLE",
    "PRESSURES",
    "PRIVILEGED_DENSITIES",
    "PROFILES",
    "SIZES",
    "ExperimentFactory",
    "absolute_value",
    "absolute_value_dense",
    "absolute_value_intermediate",
    "absolute_value_shared",
    "absolute_value_sparse",
    "absolute_value_sparsest",
    "across_ignored_and_superposed",
    "across_superposed_and_dedicated",
    "activation_diagram",
    "adversarial_training",
    "anticorrelated_densities",
    "anticorrelated_pairs",
    "atlas",
    "basic_results",
    "basic_results_large",
    "basic_results_linear",
    "collapsing_pairs",
    "competition",
    "compressed",
    "correlated_pairs",
    "correlated_triples",
    "dictionary",
    "energy_levels",
    "hidden_l1",
    "introduction",
    "learned_with",
    "linear_basis",
    "local_bases",
    "many_features",
    "masked",
    "pair",
    "penalised_basis",
    "perturbed_pentagon",
    "privileged_basis",
    "privileged_basis_sparsest",
    "privileged_bias",
    "privileged_ranges",
    "privileged_without_bias",
    "three_correlated_pairs",
    "three_in_two",
    "transferable",
    "two_in_one",
    "uniform_at_fractions",
    "uniform_of_size",
    "uniform_superposition",
    "vulnerable",
    "vulnerable_at",
]
