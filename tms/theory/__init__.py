"""Exact losses, optima and closed forms of the toy models, in float64: what training is compared with."""

from tms.theory.absolute import PairedNeurons, paired_neurons
from tms.theory.activations import smooth_expected_loss
from tms.theory.exact import expected_loss, expected_loss_and_gradient, loss_given_active
from tms.theory.few_active import OneActive, loss_given_none_active, loss_given_one_active
from tms.theory.linear import (
    LinearTerms,
    feature_variance,
    linear_curvature,
    linear_expected_loss,
    linear_gradient,
    linear_minimum,
    linear_terms,
)
from tms.theory.natural import TRIPLE_POINT, NaturalSolutions, boundary, three_in_two, two_in_one
from tms.theory.no_bias import no_bias_loss
from tms.theory.optimum import Optimum, global_optimum
from tms.theory.pairs import loss_with_pairs
from tms.theory.principal import feature_covariance, nearest_principal_projection, principal_loss
from tms.theory.quadrature import Minimum, Quadrature
from tms.theory.small_embeddings import LoneFeature, lone_feature
from tms.theory.smooth_optimum import smooth_minimum

__all__ = [
    "TRIPLE_POINT",
    "LinearTerms",
    "LoneFeature",
    "Minimum",
    "NaturalSolutions",
    "OneActive",
    "Optimum",
    "PairedNeurons",
    "Quadrature",
    "boundary",
    "expected_loss",
    "expected_loss_and_gradient",
    "feature_covariance",
    "feature_variance",
    "global_optimum",
    "linear_curvature",
    "linear_expected_loss",
    "linear_gradient",
    "linear_minimum",
    "linear_terms",
    "lone_feature",
    "loss_given_active",
    "loss_given_none_active",
    "loss_given_one_active",
    "loss_with_pairs",
    "nearest_principal_projection",
    "no_bias_loss",
    "paired_neurons",
    "principal_loss",
    "smooth_expected_loss",
    "smooth_minimum",
    "three_in_two",
    "two_in_one",
]
