"""Isolation of other people's code: a fixed seed, errors in one sentence, and global settings restored."""

from __future__ import annotations

import random
import sysconfig
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import torch

from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, Unsupported

_LIBRARIES: Final = (
    Path(__file__).parent.parent,
    *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
)
_MOST_SHOWN: Final = 160


@contextmanager
def isolated(experiment: Experiment, who: str) -> Iterator[None]:
    """Run other people's code; restore global settings and random generators afterwards.

    Parameters
    ----------
    experiment
        The experiment, whose seed and name set the state of all global random generators.
    who
        Name of the code for messages, such as "the model".

    Raises
    ------
    Unsupported
        As raised by the code.
    BrokenImplementation
        In place of any other exception, including an attempt to end the process.
    """
    dtype, gradients, device = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_default_device()
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - the generator that others may use
    seed = int(experiment.instances.keys[0]) % 2**32
    cuda = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    try:
        with torch.random.fork_rng(cuda), warnings.catch_warnings():
            warnings.simplefilter("default")
            torch.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            random.seed(seed)
            yield
    except (Unsupported, BrokenImplementation):
        raise
    except (Exception, SystemExit) as error:
        raise BrokenImplementation(f"{who} failed with {described(error)}.") from error
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(gradients)
        torch.set_default_device(device)
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002


def described(error: BaseException) -> str:
    """Describe an exception of other people's code in one line: type, message, and line of code."""
    try:
        lines = str(error).split("\n")
    except Exception:
        lines = []
    message = next((" ".join(line.split()) for line in lines if line.strip()), "")
    message = "".join(c for c in message if c.isprintable()).rstrip(".")
    message = f"{message[:_MOST_SHOWN]}..." if len(message) > _MOST_SHOWN else message
    name = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(Path(frame.filename).is_relative_to(p) for p in _LIBRARIES)]
    where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return f"{name}: {message}{where}" if message else f"{name}{where}"
