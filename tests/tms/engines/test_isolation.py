"""Other people's code leaves no settings behind, and its warnings are no errors."""

from __future__ import annotations

import gc
import locale
import logging
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.helpers.small import small
from tms.engines import reference
from tms.engines.isolation import SETTINGS, imported, isolated, kept
from tms.experiment import Experiment
from tms.training import train

SHORT: dict[str, Any] = {"steps": 3, "held_out": 64, "batch_size": 8}


def handle_interrupts() -> None:
    # Not SIG_IGN: a shell without job control starts background processes with interrupts ignored.
    signal.signal(signal.SIGINT, lambda *_: None)


def replace_environment() -> None:
    os.environ["TMS_TEST_ONLY"] = "1"
    os.environ["PATH"] = "/nowhere"
    del os.environ["HOME"]


def replace_streams() -> None:
    sys.stdout = sys.excepthook = None  # type: ignore[assignment]


def configure_logging() -> None:
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(1)
    logging.disable(logging.CRITICAL)


def change_determinism() -> None:
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def change_cudnn() -> None:
    torch.backends.cudnn.benchmark = not torch.backends.cudnn.benchmark
    torch.backends.cudnn.deterministic = not torch.backends.cudnn.deterministic


CHANGES: dict[str, Callable[[], object]] = {
    "environment variables": replace_environment,
    "working directory": lambda: os.chdir("/"),
    "umask": lambda: os.umask(0o123),
    "signal handlers": handle_interrupts,
    "alarm": lambda: signal.setitimer(signal.ITIMER_REAL, 1000),
    "locale": lambda: locale.setlocale(locale.LC_ALL, "C"),
    "sys.path": lambda: sys.path.insert(0, "/nowhere"),
    "standard streams and hooks": replace_streams,
    "recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 123),
    "switch interval": lambda: sys.setswitchinterval(1.0),
    "root logger": configure_logging,
    "garbage collector": lambda: gc.set_threshold(12345),
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    "gradients": lambda: torch.set_grad_enabled(False),
    "torch determinism": change_determinism,
    "cuDNN": change_cudnn,
    "float32 matmul precision": lambda: torch.set_float32_matmul_precision("medium"),
    "anomaly mode": lambda: torch.set_anomaly_enabled(True, False),
    "autocast": lambda: torch.set_autocast_enabled("cpu", True),
    "torch threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "torch generator": lambda: torch.manual_seed(5),
    "NumPy errors": lambda: np.seterr(all="raise"),
    "NumPy error callback": lambda: np.seterrcall(print),
    "NumPy printing": lambda: np.set_printoptions(precision=1),
    "NumPy generator": lambda: np.random.seed(5),  # noqa: NPY002
    "Python generator": lambda: random.seed(5),
}
OF_CUDA = {"CUDA generator"}


def shown(value: Any) -> str:
    """A value in a form that can be compared."""
    if isinstance(value, dict):
        return str(sorted(value.items(), key=str))
    torch.set_printoptions(profile="full")
    try:
        return repr(value if not isinstance(value, torch.Tensor) else value.tolist())
    finally:
        torch.set_printoptions(profile="default")


def state() -> dict[str, str]:
    """Every setting and the state of every generator; NumPy's arrays are printed in full."""
    read = {setting.name: setting.read() for setting in SETTINGS}
    with np.printoptions(threshold=sys.maxsize, precision=8):
        return {name: shown(value) for name, value in read.items()}


@pytest.fixture
def repaired() -> Any:
    """Undo what a broken restoration would leave to the other tests."""
    before = [(setting, setting.read()) for setting in SETTINGS]
    yield
    for setting, value in before:
        setting.restore_if_changed(value)


def test_a_change_of_every_setting_is_tried() -> None:
    assert CHANGES.keys() | OF_CUDA == {setting.name for setting in SETTINGS}


@pytest.mark.usefixtures("repaired")
@pytest.mark.parametrize("name", CHANGES)
def test_setting_is_left_as_it_was(name: str) -> None:
    if name == "locale":
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
    experiment = small(**SHORT)
    before = state()
    with isolated(experiment, "it"):
        CHANGES[name]()
        during = {setting.name: shown(setting.read()) for setting in SETTINGS if setting.name == name}
    assert during[name] != before[name]
    assert state() == before


@pytest.mark.usefixtures("repaired")
def test_all_settings_are_left_as_they_were_by_code_that_fails() -> None:
    before, filters = state(), list(warnings.filters)

    def fail() -> None:
        for change in CHANGES.values():
            change()
        warnings.simplefilter("ignore")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), kept():
        fail()
    assert state() == before
    assert list(warnings.filters) == filters


def test_default_device_is_removed_and_not_set_to_the_cpu() -> None:
    with isolated(small(**SHORT), "it"):
        torch.set_default_device("meta")
    assert not torch.overrides._get_current_function_mode_stack()


@pytest.mark.usefixtures("repaired")
def test_what_a_module_sets_at_import_holds_in_its_calls_alone(tmp_path: Path) -> None:
    def load() -> Callable[[], list[object]]:
        os.chdir(tmp_path)
        torch.set_default_dtype(torch.float64)
        sys.path.insert(0, "/theirs")
        random.seed(7)
        return lambda: [Path.cwd(), torch.get_default_dtype(), sys.path[0], random.random()]

    before = state()
    random.seed(8)
    expected = random.random()
    random.seed(8)
    function = imported(load)
    assert function() == [tmp_path.resolve(), torch.float64, "/theirs", expected]
    after = state()
    assert {n for n in before if before[n] != after[n]} <= {"Python generator"}


def test_warnings_of_another_implementation_are_no_errors() -> None:
    def warning(experiment: Experiment) -> nn.Module:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        return reference.build(experiment)

    with pytest.warns(DeprecationWarning, match="old"):
        train(small(**SHORT), model=warning)
