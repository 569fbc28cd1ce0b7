"""Calls of other people's code on an experiment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from tms.engines.isolation.errors import described
from tms.engines.isolation.kept import kept
from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, Unsupported


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
    try:
        with kept():
            seed = int(experiment.instances.keys[0]) % 2**32
            torch.manual_seed(seed)
            np.random.seed(seed)  # noqa: NPY002 - the generator that others may use
            random.seed(seed)
            yield
    except (Unsupported, BrokenImplementation):
        raise
    except (Exception, SystemExit) as error:
        raise BrokenImplementation(f"{who} failed with {described(error)}.") from error
