"""The pytest plugin that judges claims under a mistake.

`tms falsify` loads it with ``-p`` and names the mistake with ``--control``; an ordinary run never loads it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import nullcontext
from typing import Final

import pytest

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control, Kind
from claims.harness.falsification.controls import named
from claims.harness.session.options import STORED_MODELS
from claims.harness.session.other_implementation import depends_on_training

CONTROL: Final = pytest.StashKey[Control | None]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option --control."""
    group = parser.getgroup("claims")
    group.addoption("--control", default="", help="judge the claims under this mistake; none by default")


def pytest_configure(config: pytest.Config) -> None:
    """Find the control before anything is trained."""
    try:
        config.stash[CONTROL] = named(config.option.control) if config.option.control else None
    except MisuseError as error:
        raise pytest.UsageError(f"--control: {error}") from error
    control = config.stash[CONTROL]
    if control and control.retrains and config.option.reuse and _stores_among_right_ones(config):
        raise pytest.UsageError(
            f"--control {control.name} trains wrong models; --reuse would store them as right ones, unless "
            "--stored-models names another folder."
        )


def _stores_among_right_ones(config: pytest.Config) -> bool:
    own, right = (config.rootpath / folder for folder in (config.option.stored_models, STORED_MODELS))
    return own.resolve() == right.resolve()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under junk, leave out what holds of any weights: claims without trained models, and identities."""
    control = config.stash[CONTROL]
    if control and control.kind is Kind.JUNK:
        if exempt := [item for item in items if not depends_on_training(item)]:
            config.hook.pytest_deselected(items=exempt)
        items[:] = [item for item in items if depends_on_training(item)]


def pytest_report_header(config: pytest.Config) -> str:
    """Name the mistake."""
    control = config.stash[CONTROL]
    return f"control: {control.name}. {control.mistake}" if control else "control: none"


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Make the mistake while claims run; by then, all modules are imported."""
    control = session.config.stash[CONTROL]
    with control.apply() if control else nullcontext():
        return (yield)
