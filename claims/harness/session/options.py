"""The command line of a run of the claims, checked before anything is trained."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from claims.harness.files import printable
from claims.harness.report import junit
from claims.harness.session.earlier_figures import default_earlier_run
from claims.harness.session.implementation import SEAMS, Implementation, find
from claims.harness.session.output_folder import WRITTEN
from tms import sources, training
from tms.paper import PROFILES

STORED_MODELS: Final = ".cache"
"""Folder of stored models inside the project, if no other is named."""

# Keys of Philox are 64-bit integers, and torch stores them with a sign.
_LARGEST_SEED: Final = 2**63 - 1

# Those that change no code of the models: -p no:NAME turns a plugin off.
_HARMLESS_PLUGINS: Final = ("no:", "claims.harness.session.")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The parsed options of a run.

    Parameters
    ----------
    profile
        "smoke", "quick" or "paper".
    device
        "cpu" or "cuda", resolved.
    engine
        "fused" or "reference", resolved.
    requested_engine
        "auto", "fused" or "reference", as on the command line.
    seed
        Seed of the run, at least 0.
    output
        Folder of everything that the run writes, except baselines and stored models.
    junit
        Path of junit.xml, which pytest's --junitxml can move.
    update_baselines, show_baselines
        Whether to rewrite baselines, or to show what that would change.
    reuse
        Whether to reuse models that an earlier run trained.
    stored_models
        Folder of the models that can be reused.
    earlier_run
        Folder of an earlier run or a gallery, whose figures are shown beside those of claims that failed or
        drifted.
    root
        Folder of the project, with its baselines/.
    implementation
        Another implementation that is judged; None for this package's own.
    cluster
        The address of a Dask scheduler whose workers train; None for this machine.
    """

    profile: str
    device: str
    engine: str
    requested_engine: str
    seed: int
    output: Path
    junit: Path
    update_baselines: bool
    show_baselines: bool
    reuse: bool
    stored_models: Path
    earlier_run: Path
    root: Path
    implementation: Implementation | None = None
    cluster: str | None = None

    @property
    def is_lenient(self) -> bool:
        """Whether the profile has too few seeds to decide every claim, so that an inconclusive one passes."""
        return self.profile == "smoke"

    @property
    def compares(self) -> bool:
        """Whether the run is compared with a baseline, if there is one; otherwise it shows or writes one."""
        return not (self.update_baselines or self.show_baselines)


def add_options(parser: pytest.Parser) -> None:
    """Declare the options; `read_options` checks their values, as its messages are better than a parser's."""
    group = parser.getgroup("claims", "the paper's claims")
    group.addoption(
        "--profile", default="paper", help="scale of the experiments: smoke, quick or paper (default)"
    )
    group.addoption("--device", default="auto", help="where to train: auto (default), cpu or cuda")
    group.addoption(
        "--engine",
        default="auto",
        help="how to train: fused, reference, or auto (default): fused where it computes what the model does",
    )
    group.addoption("--seed", default="0", help="seed of the run, a whole number from 0 (default 0)")
    group.addoption("--output", default="replication", help="folder for all results (default replication/)")
    group.addoption("--update-baselines", action="store_true", help="rewrite the baselines of what runs")
    group.addoption(
        "--show-baselines",
        action="store_true",
        help="show what --update-baselines would change, and write nothing",
    )
    group.addoption("--before", help="folder of an earlier run whose figures to show")
    group.addoption("--model", help="judge another model: file.py:factory or package.module:factory")
    group.addoption("--trainer", help="judge another training function, named in the same way")
    group.addoption("--reuse", action="store_true", help="store models, and reuse those of an earlier run")
    group.addoption(
        "--stored-models", default=STORED_MODELS, help="folder of the models for --reuse (default .cache/)"
    )
    group.addoption("--cluster", help="train on the workers of a Dask scheduler, such as tcp://10.0.0.1:8786")


def changing_plugins(named: Iterable[str]) -> list[str]:
    """List the plugins of a command line that may change the code of the models in this process.

    Parameters
    ----------
    named
        The values of pytest's option -p.
    """
    return [name for name in named if not name.startswith(_HARMLESS_PLUGINS)]


def read_options(config: pytest.Config) -> Options:
    """Check every option and make `Options` of them.

    Parameters
    ----------
    config
        The pytest session's config.

    Raises
    ------
    pytest.UsageError
        If the value of an option is not valid; the message is one sentence with the valid values.
    """
    option: Any = config.option
    if getattr(option, "numprocesses", None) or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "claims share trained models and cannot run under pytest-xdist; leave out the option -n."
        )
    if not sources.compiles():
        raise pytest.UsageError("NUMBA_DISABLE_JIT is set, but judging needs compiled code; unset it.")
    if option.profile not in PROFILES:
        raise pytest.UsageError(f"--profile {option.profile!r} must be one of {', '.join(PROFILES)}.")
    if option.update_baselines and option.show_baselines:
        raise pytest.UsageError("--show-baselines writes nothing and --update-baselines does; leave one out.")
    _check_cluster(option)
    implementation = _implementation(option, config.invocation_params.dir)
    requested = "reference" if option.trainer is not None else option.engine
    try:
        engine, device = training.resolve(requested, option.device)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    base, output = config.invocation_params.dir, _folder(config.invocation_params.dir, option.output)
    if option.before is None:
        earlier_run = default_earlier_run(config.rootpath, output, option.profile, implementation)
    else:
        earlier_run = _earlier_run(base, option.before)
    return Options(
        profile=option.profile,
        device=device,
        engine="own" if implementation and implementation.seam == "trainer" else engine,
        requested_engine=option.engine,
        seed=_seed(option.seed),
        output=output,
        junit=_junit(config, output),
        update_baselines=option.update_baselines,
        show_baselines=option.show_baselines,
        reuse=option.reuse,
        stored_models=_stored_models(config.rootpath, option.stored_models),
        earlier_run=earlier_run,
        root=config.rootpath,
        implementation=implementation,
        cluster=option.cluster,
    )


def _stored_models(root: Path, text: str) -> Path:
    if not text.strip():
        raise pytest.UsageError("--stored-models must name a folder, not nothing.")
    return root / text


def _check_cluster(option: Any) -> None:
    """Refuse a cluster for code that its workers do not have."""
    if option.cluster is None:
        return
    others = [f"--{seam} {spec}" for seam in SEAMS if (spec := getattr(option, seam)) is not None]
    others += [f"-p {name}" for name in changing_plugins(option.plugins)]
    if others:
        raise pytest.UsageError(
            f"--cluster cannot be combined with {others[0]}: its workers have only this package's own models."
        )


def _implementation(option: Any, base: Path) -> Implementation | None:
    named = [(seam, getattr(option, seam)) for seam in SEAMS if getattr(option, seam) is not None]
    if not named:
        return None
    if len(named) > 1:
        raise pytest.UsageError("--model and --trainer name two implementations; a run judges one.")
    [(seam, spec)] = named
    conflicts = {
        "--reuse": option.reuse and "what another implementation depends on is not known",
        f"--engine {option.engine}": seam == "trainer" and option.engine != "auto" and "it trains by itself",
    }
    for other, why in conflicts.items():
        if why:
            raise pytest.UsageError(f"--{seam} cannot be combined with {other}: {why}.")
    return find(seam, spec, base)


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 19 or int(text) > _LARGEST_SEED:
        raise pytest.UsageError(f"--seed {text!r} must be a whole number from 0 to {_LARGEST_SEED}.")
    return int(text)


def _earlier_run(base: Path, text: str) -> Path:
    folder = base / text
    if not text.strip() or not os.path.isdir(folder):  # noqa: PTH112 - which raises nothing
        raise pytest.UsageError(f"--before {text!r} must be the folder of an earlier run; there is none.")
    return folder


def _junit(config: pytest.Config, output: Path) -> Path:
    text: str | None = getattr(config.option, "xmlpath", None)
    if text is None:
        return output / junit.NAME
    return config.invocation_params.dir / os.path.expandvars(Path(text).expanduser())


def _folder(base: Path, text: str) -> Path:
    if not text.strip():
        raise pytest.UsageError("--output must name a folder, not nothing.")
    folder = base / text
    try:
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if not nearest.is_dir():
            raise pytest.UsageError(f"--output {text!r} must name a folder, but {nearest} is a file.")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise pytest.UsageError(f"--output {text!r}: nothing can be written into {nearest}.")
        for name in (*WRITTEN, junit.NAME):
            if (folder / name).is_dir():
                raise pytest.UsageError(f"--output {text!r}: {name} in it is a folder and cannot be written.")
    except OSError as error:
        raise pytest.UsageError(
            f"--output {printable(text, 80)!r} is no folder: {error.strerror}."
        ) from error
    return folder
