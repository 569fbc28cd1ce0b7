"""The files of baselines: how they are read and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from claims.harness.baselines import doublings, places
from claims.harness.baselines.baseline import Baseline, DoublingEntry, Entry, Environment, Key, LossEntry
from claims.harness.baselines.drift import Stored
from claims.harness.baselines.losses import Losses, as_json, from_json
from claims.harness.baselines.places import Judged
from claims.harness.files import FileError, diffable_json, read_versioned_json, write_atomically
from claims.harness.judging.quantity import LARGEST_COUNT, Kind, is_count
from claims.harness.judging.statistics import ROUNDING
from claims.harness.locks import locked
from claims.harness.schemas import schema

SCHEMA_VERSION: Final = 5
SCHEMA: Final = schema("baseline")
_SECONDS_TO_WAIT: Final = 60.0


def compared(root: Path, device: str, profile: str, judged: Judged | None = None) -> Baseline | None:
    """Load the baseline that a run is compared with, of all files that `places.sources` lists.

    Parameters
    ----------
    root, device, profile, judged
        As for `places.path_of`.

    Returns
    -------
    Baseline or None
        None if there is nothing to compare with.

    Raises
    ------
    FileError
        As `load`.
    """
    loaded = [
        load(path, device=path.name.partition("-")[0], profile=profile, judged=judged)
        for path in places.sources(root, device, profile, judged)
    ]
    if not loaded:
        return None
    return replace(
        loaded[0],
        entries={key: entry for part in reversed(loaded) for key, entry in part.entries.items()},
        losses={name: entry for part in reversed(loaded) for name, entry in part.losses.items()},
        convergence={name: entry for part in reversed(loaded) for name, entry in part.convergence.items()},
    )


def save(baseline: Baseline, path: Path) -> None:
    """Write a baseline in one step, as `text_of` formats it.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    write_atomically(path, text_of(baseline))


def change(root: Path, path: Path, former: Baseline, update: Callable[[Baseline], Baseline]) -> None:
    """Change a baseline as it is stored now, while no other process changes it.

    Parameters
    ----------
    root
        The folder that owns baselines/ and .cache/.
    path
        The file of the baseline.
    former
        The baseline to change if the file is missing or damaged.
    update
        Makes the new baseline of the stored one.

    Raises
    ------
    FileError
        If the file cannot be written, or another process does not free it within a minute.
    """
    lock = root / ".cache" / "locks" / f"{path.name}.lock"
    with locked(lock, f"{path} is being changed by another process.", _SECONDS_TO_WAIT):
        try:
            stored = load(path, device=former.device, profile=former.profile)
        except FileError:
            stored = former
        save(update(stored), path)


def text_of(baseline: Baseline) -> str:
    """Format the file of a baseline: sorted, with a short block for each quantity."""
    environments: dict[str, Environment] = {}

    def number_of(environment: Environment) -> str:
        known = next((number for number, other in environments.items() if other == environment), None)
        number = known or str(len(environments) + 1)
        environments[number] = dict(environment)
        return number

    claims: dict[str, dict[str, Any]] = {}
    for key, entry in sorted(baseline.entries.items()):
        claims.setdefault(key.claim, {})[key.test] = {
            "environment": number_of(entry.environment),
            "quantities": {name: _block(stored) for name, stored in sorted(entry.quantities.items())},
        }
    losses = {
        name: {"environment": number_of(entry.environment), **as_json(entry.losses)}
        for name, entry in sorted(baseline.losses.items())
    }
    tests = {
        name: {"environment": number_of(entry.environment), **doublings.as_json(entry.doubling)}
        for name, entry in sorted(baseline.convergence.items())
    }
    document = {
        "schema_version": SCHEMA_VERSION,
        "device": baseline.device,
        "profile": baseline.profile,
        "environments": environments,
        "claims": claims,
        "losses": losses,
        "convergence": tests,
    }
    return diffable_json(document) + "\n"


def load(path: Path, *, device: str, profile: str, judged: Judged | None = None) -> Baseline:
    """Read a baseline of any origin.

    Parameters
    ----------
    path
        The file to read.
    device, profile
        The kind of device and the profile that the file must be for.
    judged
        The implementation that the file is for; None for this package's own models.

    Raises
    ------
    FileError
        If the file is missing, damaged, of another version, or for another device or profile; it names the
        command that writes the file anew.
    """
    try:
        document = read_versioned_json(path, SCHEMA)
        if (document["device"], document["profile"]) != (device, profile):
            raise FileError(
                f"{path} is for {document['device']}-{document['profile']}, not for {device}-{profile}."
            )
        entries = {
            Key(claim, test): Entry(
                _environment(path, document, claim, entry),
                {
                    name: _stored(path, f"{claim} {name}", block)
                    for name, block in entry["quantities"].items()
                },
            )
            for claim, tests in document["claims"].items()
            for test, entry in tests.items()
        }
        losses = {
            name: LossEntry(_environment(path, document, name, block), _losses(path, name, block))
            for name, block in document["losses"].items()
        }
        convergence = {
            name: DoublingEntry(_environment(path, document, name, block), doublings.from_json(block))
            for name, block in document["convergence"].items()
        }
    except FileError as error:
        anew = places.update_command(device, profile, judged)
        raise FileError(f"{error} Write it anew: {anew}") from error
    return Baseline(device=device, profile=profile, entries=entries, losses=losses, convergence=convergence)


def _block(stored: Stored) -> dict[str, Any]:
    return {
        "kind": str(stored.kind),
        "unit": stored.unit,
        "n": stored.n,
        "mean": stored.mean,
        "sd": stored.sd,
        "values": list(stored.values),
    }


def _environment(path: Path, document: dict[str, Any], where: str, entry: dict[str, Any]) -> Environment:
    if entry["environment"] not in document["environments"]:
        raise FileError(f"{path}: {where} names an environment that is not in the file.")
    environment: Environment = document["environments"][entry["environment"]]
    return environment


def _losses(path: Path, name: str, block: dict[str, Any]) -> Losses:
    try:
        return from_json(block)
    except ValueError as error:
        raise FileError(f"{path}: in the losses of {name}, {error}.") from error


def _stored(path: Path, where: str, block: dict[str, Any]) -> Stored:
    stored = Stored(Kind(block["kind"]), block["unit"], tuple(map(float, block["values"])))
    if stored.kind is Kind.SHARE and not set(stored.values) <= {0.0, 1.0}:
        raise FileError(f"{path}: the values of {where} must be 0 or 1.")
    if stored.kind is Kind.COUNT and not all(map(is_count, stored.values)):
        raise FileError(f"{path}: the values of {where} must be whole numbers from 0 to {LARGEST_COUNT:,}.")
    # Earlier versions stored the rounding of a mean as the spread of equal values.
    noise = ROUNDING * max(map(abs, stored.values))
    same_spread = abs(float(block["sd"]) - stored.sd) <= noise
    if not same_spread or (block["n"], float(block["mean"])) != (stored.n, stored.mean):
        raise FileError(f"{path}: n, mean and sd of {where} do not match its values.")
    return stored
