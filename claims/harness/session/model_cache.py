"""Trained models on disk, for the option --reuse."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError

from claims.harness.errors import one_line
from claims.harness.session.options import Options
from tms import sources
from tms.engines.cuda import forms
from tms.experiment import Experiment
from tms.training import Trained

# Computed at import: the sources that are loaded, not those that a later edit leaves on disk.
_SOURCES: Final = sources.digest(sources.TRAINING)


class ModelCache:
    """Stores trained models in a folder, by default .cache/, and finds those that are still valid.

    The name of a file is a digest of everything that its models depend on: experiment, engine, device, forms
    of the CUDA kernels, version of torch, and the sources that train. Without --reuse nothing is stored
    or found.

    Parameters
    ----------
    options
        The parsed options.
    """

    def __init__(self, options: Options) -> None:
        self._options = options

    def holds(self, experiment: Experiment) -> bool:
        """Whether there is a file for the models of an experiment; `find` says whether it can be used."""
        return self._options.reuse and self._path(experiment).is_file()

    def find(self, experiment: Experiment) -> tuple[Trained | None, str | None]:
        """Load the models of an experiment.

        Returns
        -------
        trained : Trained or None
            None if nothing is stored, or if it cannot be used.
        problem : str or None
            One line on why a stored file cannot be used.
        """
        path = self._path(experiment)
        if not self.holds(experiment):
            return None, None
        try:
            return Trained.load(path, experiment, self._options.engine, self._options.device), None
        except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
            return None, f"{experiment.name} is trained anew, as {path.name} is damaged: {one_line(error)}"

    def store(self, trained: Trained) -> str | None:
        """Store trained models.

        Returns
        -------
        str or None
            One line on why they could not be stored.
        """
        if not self._options.reuse:
            return None
        try:
            trained.save(self._path(trained.experiment))
        except (OSError, SafetensorError) as error:
            return f"{trained.experiment.name} cannot be stored for reuse: {one_line(error)}"
        return None

    def _path(self, experiment: Experiment) -> Path:
        depends_on = (
            experiment.fingerprint(),
            self._options.requested_engine,
            self._options.device,
            ",".join(forms.chosen()) if self._options.device == "cuda" else "",
            torch.__version__,
            _SOURCES,
        )
        name = hashlib.sha256("\n".join(depends_on).encode()).hexdigest()[:32]
        return self._options.stored_models / f"{name}.safetensors"
