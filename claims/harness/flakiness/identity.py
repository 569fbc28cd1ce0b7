"""What the outcome of a run depends on, and what the run is compared with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from claims.harness import outcome_code
from claims.harness.baselines import store as baselines
from claims.harness.baselines.baseline import Key
from claims.harness.baselines.losses import as_json

# Raise it when the same measured values may get another interval, verdict or drift status on purpose: new
# acceptance rules, another confidence level, another drift test. All runs counted before are then void. Code
# that changes without it must repeat the numbers of a seed first (see `runs`), so a forgotten change of the
# rules is refused and not mixed in.
#
# Version 3 judges counts by the exact interval of Poisson counts. Runs that it counted before equal values
# lost the spread that rounding gave them were judged anew from their stored intervals. To repeat the numbers
# of a seed, run `tms replicate --profile smoke --seed N --show-baselines` at the commit that its line names,
# and compare `mean` and `interval` of each quantity in results.json with the line.
RULES_VERSION: Final = "3"
"""Version of the rules by which quantities, claims and drifts are judged."""


@dataclass(frozen=True)
class Identity:
    """What the outcome of a run depends on, apart from its seed and the baseline.

    Parameters
    ----------
    profile, engine, device
        Scale of the experiments, engine and kind of device, both resolved.
    rules
        Version of the rules of judging, `RULES_VERSION`.
    code
        Digest of the files that decide outcomes (16 hexadecimal digits).
    """

    profile: str
    engine: str
    device: str
    rules: str
    code: str


@dataclass(frozen=True)
class Compared:
    """Digests of the stored values that a run is compared with; what has no baseline has no digest.

    Parameters
    ----------
    claims
        Digest of the stored quantities, by test.
    losses
        Digest of the stored losses, by experiment.
    """

    claims: Mapping[Key, str]
    losses: Mapping[str, str]


def identity_of(*, profile: str, engine: str, device: str) -> Identity:
    """Identify the runs of this code.

    Parameters
    ----------
    profile, engine, device
        As in `Identity`.
    """
    return Identity(profile, engine, device, RULES_VERSION, outcome_code.digest()[:16])


def compared_with(root: Path, *, profile: str, device: str) -> Compared:
    """Identify the baseline that a run would be compared with.

    Parameters
    ----------
    root
        The folder that owns baselines/.
    profile, device
        Scale of the experiments and kind of device.

    Raises
    ------
    FileError
        If the baseline is damaged.
    """
    stored = baselines.compared(root, device, profile)
    if stored is None:
        return Compared({}, {})
    return Compared(
        {
            key: _digest({name: asdict(quantity) for name, quantity in entry.quantities.items()})
            for key, entry in stored.entries.items()
        },
        {name: _digest(as_json(entry.losses)) for name, entry in stored.losses.items()},
    )


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]
