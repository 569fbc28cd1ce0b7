"""The fingerprint of a run: a digest of everything that its outcome depends on."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from claims.harness import outcome_code
from claims.harness.falsification.control import Control
from claims.harness.records import environment
from tms import training

DECIDING: Final = ("applying.py", "control.py", "plugin.py")
"""Files of this package that decide how a mistake is made. Each control adds the file that defines it."""

_HERE: Final = Path(inspect.getfile(Control)).parent


def fingerprint(root: Path, control: Control | None, *, seed: int, expression: str) -> str:
    """Digest of the code, the packages, the baselines and the settings of a run (64 hexadecimal digits).

    Parameters
    ----------
    root
        The folder that owns baselines/.
    control
        The mistake; None for the run without any.
    seed
        The seed of the run.
    expression
        The claims to judge, as an expression for pytest's -k.
    """
    total = hashlib.sha256(outcome_code.digest().encode())
    total.update(_content([*_files_of(control), *sorted((root / "baselines").glob("*-quick.json"))]))
    engine, device = training.resolve("auto", "auto")
    settings = (
        seed,
        control.name if control else "",
        expression,
        engine,
        device,
        sorted(environment.versions(device).items()),
    )
    total.update(repr(settings).encode())
    return total.hexdigest()


def of_mistake(control: Control) -> str:
    """Digest of the code that makes a mistake (64 hexadecimal digits)."""
    return hashlib.sha256(_content(_files_of(control))).hexdigest()


def _content(paths: Iterable[Path]) -> bytes:
    """Return the names and the contents of files, one after another."""
    return b"".join(f"{path.name}\n".encode() + path.read_bytes() for path in paths)


def _files_of(control: Control | None) -> list[Path]:
    files = [_HERE / name for name in DECIDING]
    return [*files, _defined_in(control)] if control else files


def _defined_in(control: Control) -> Path:
    return Path(inspect.getfile(control.apply))
