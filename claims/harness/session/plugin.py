"""The pytest plugin of the claims: its options and the fixtures that claims are written with."""

from __future__ import annotations

import warnings
from contextlib import ExitStack
from typing import Final

import pytest

from claims.harness.drawing.draw import Draw
from claims.harness.judging.measure import Measure
from claims.harness.session.claim_tests import RECORDING
from claims.harness.session.options import add_options, read_options
from claims.harness.session.recording import Recording
from claims.harness.session.run import Run
from claims.harness.session.trained_models import TrainedModels

RUN: Final = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of a run."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Check the options before anything else happens, and start a `Run`."""
    _show_warnings(config)
    config.addinivalue_line(
        "markers", "claim(claim): test of a claim of the paper, set by claims.harness.judging.claim.claim"
    )
    config.addinivalue_line(
        "markers", "identity: a claim that is true of any weights, see claims.harness.judging.claim"
    )
    options = read_options(config)
    config.option.xmlpath = None  # the claims write the file themselves, which pytest does only at its end
    config.stash[RUN] = Run(config, options)


def _show_warnings(config: pytest.Config) -> None:
    """Show warnings: an error for a library's warning would fail claims whose measurements are right."""
    config.addinivalue_line("filterwarnings", "default")
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("default")
        config.add_cleanup(stack.pop_all().close)


@pytest.fixture(scope="session")
def profile(pytestconfig: pytest.Config) -> str:
    """Return the scale of the experiments: "smoke", "quick" or "paper"."""
    return pytestconfig.stash[RUN].options.profile


@pytest.fixture(scope="session")
def trained(pytestconfig: pytest.Config) -> TrainedModels:
    """Train an experiment of the paper once a run; see `TrainedModels`."""
    return pytestconfig.stash[RUN].models


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Measure:
    """Take measurements; see `claims.harness.judging.measure.Measure`."""
    return _recording(request).measure


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Note figures; see `claims.harness.drawing.draw.Draw`."""
    return _recording(request).draw


def _recording(request: pytest.FixtureRequest) -> Recording:
    recording: Recording | None = request.node.stash.get(RECORDING, None)
    if recording is None:
        raise pytest.UsageError(f"{request.node.name} measures or draws, but is not marked with @claim.")
    return recording
