"""The paper's experiments: every one is valid at each profile, and no profile is larger than the next."""

from __future__ import annotations

import pytest

from tests.helpers.paper_experiments import FACTORIES, FAMILIES, MAKERS, takes_profile
from tms import paper
from tms.experiment import Experiment
from tms.experiment.convergence import DuringTraining
from tms.paper import PROFILES


def work(experiment: Experiment) -> int:
    """Updates of a weight, over all models and steps."""
    return experiment.n_instances * experiment.steps * experiment.n_features * experiment.n_hidden


def test_every_experiment_of_a_section_can_be_had_from_the_package() -> None:
    assert MAKERS
    for name, function in MAKERS.items():
        assert getattr(paper, name) is function
        assert name in paper.__all__


def test_every_family_of_experiments_is_tested_by_some_of_its_members() -> None:
    assert {name for name, function in MAKERS.items() if not takes_profile(function)} == FAMILIES.keys()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", FACTORIES)
def test_an_experiment_is_valid_and_says_what_it_trains(name: str, profile: str) -> None:
    experiment = FACTORIES[name](profile)
    assert str(experiment).startswith(experiment.name)
    assert experiment.seeds >= 1
    assert len(experiment.fingerprint()) == 64
    assert all(len(values) == experiment.n_points for values in experiment.coordinates.values())


@pytest.mark.parametrize("name", FACTORIES)
@pytest.mark.parametrize(("smaller", "larger"), [("smoke", "quick"), ("quick", "paper")])
def test_a_smaller_profile_trains_no_more_than_a_larger_one(name: str, smaller: str, larger: str) -> None:
    small, large = FACTORIES[name](smaller), FACTORIES[name](larger)
    assert work(small) <= work(large)
    assert small.held_out <= large.held_out


@pytest.mark.parametrize("name", FACTORIES)
@pytest.mark.parametrize("profile", PROFILES[:-1])
def test_profiles_train_the_same_architecture_and_no_larger_models_than_the_papers(
    name: str, profile: str
) -> None:
    small, full = FACTORIES[name](profile), FACTORIES[name]("paper")
    for same in ("name", "architecture", "activation", "target", "hidden_bias"):
        assert getattr(small, same) == getattr(full, same), same
    assert small.n_features <= full.n_features
    assert small.n_hidden <= full.n_hidden
    assert small.coordinates.keys() == full.coordinates.keys()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", FACTORIES)
def test_an_experiment_says_how_it_shows_that_its_models_converged(name: str, profile: str) -> None:
    rule = FACTORIES[name](profile).convergence
    assert rule is not None
    assert not isinstance(rule, DuringTraining) or rule.because.endswith(".")


@pytest.mark.parametrize("profile", PROFILES)
def test_names_are_unique(profile: str) -> None:
    names = [factory(profile).name for factory in FACTORIES.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", FACTORIES)
def test_an_experiment_is_the_same_every_time(name: str) -> None:
    assert FACTORIES[name]("quick").fingerprint() == FACTORIES[name]("quick").fingerprint()


def test_there_is_no_fourth_profile() -> None:
    assert PROFILES == ("smoke", "quick", "paper")
    with pytest.raises(KeyError):
        paper.introduction("huge")
