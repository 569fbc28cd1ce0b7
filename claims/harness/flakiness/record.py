"""One line a run: what a seed gave, in a file that only ever grows."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from claims.harness.baselines import store as baselines
from claims.harness.baselines.losses import as_json
from claims.harness.baselines.store import Key
from claims.harness.judging.claim import SECTIONS
from claims.harness.records.results import Document
from tms import sources

_NUMBER: Final = {"type": "number"}
_MAYBE: Final = {"type": ["number", "null"]}
_MEASURING: Final = ("test_*.py", "harness/session/trained_models.py")
_JUDGING: Final = (
    "harness/judging/claim.py",
    "harness/baselines/drift.py",
    "harness/baselines/losses.py",
    "harness/judging/measure.py",
    "harness/judging/statistics.py",
)


@dataclass(frozen=True)
class Identity:
    """What a run depends on, the baseline apart.

    Parameters
    ----------
    profile, engine, device
        How the claims are run.
    rules
        Digest of the rules of judging.
    code
        Digest of what is judged: models, experiments, claims.
    """

    profile: str
    engine: str
    device: str
    rules: str
    code: str


@dataclass(frozen=True)
class Compared:
    """Digests of what a run is compared with; nothing is stored for what has none.

    Parameters
    ----------
    claims
        By test, of its stored quantities.
    losses
        By experiment, of its stored losses.
    """

    claims: Mapping[Key, str]
    losses: Mapping[str, str]


SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["identity", "commit", "seed", "seconds", "claims", "losses"],
    "properties": {
        "identity": {
            "type": "object",
            "required": [field.name for field in fields(Identity)],
            "properties": {field.name: {"type": "string"} for field in fields(Identity)},
            "additionalProperties": False,
        },
        "commit": {"type": ["string", "null"]},
        "seed": {"type": "integer", "minimum": 0},
        "seconds": {"type": "number", "minimum": 0},
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "test", "documented", "verdict", "baseline", "compared", "quantities"],
                "properties": {
                    "id": {"type": "string", "pattern": f"^({'|'.join(SECTIONS)})-[0-9]{{1,4}}$"},
                    "test": {"type": "string"},
                    "documented": {"type": "boolean"},
                    "verdict": {"enum": ["replicated", "not replicated", "failed", "not run"]},
                    "baseline": {"enum": ["steady", "drifted", "missing", "not compared"]},
                    "compared": {
                        "description": "Digest of what it was compared with; empty if nothing was stored.",
                        "type": "string",
                    },
                    "quantities": {
                        "description": "Name, mean, interval, acceptance, status of the drift test.",
                        "type": "array",
                        "items": {
                            "type": "array",
                            "prefixItems": [
                                {"type": "string"},
                                *[_NUMBER] * 3,
                                *[_MAYBE] * 2,
                                {"type": "string"},
                            ],
                            "minItems": 7,
                            "maxItems": 7,
                        },
                    },
                },
            },
        },
        "losses": {
            "description": "By experiment, status of the drift test and digest as of a claim.",
            "type": "object",
            "additionalProperties": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 2,
                "maxItems": 2,
            },
        },
    },
}
"""Of a line."""


def identity_of(root: Path, *, profile: str, engine: str, device: str) -> Identity:
    """Find what a run of this checkout would depend on.

    Parameters
    ----------
    root
        Folder of the project.
    profile, engine, device
        As in `Identity`, engine and device resolved.
    """
    claims = root / "claims"
    measuring = [path for pattern in _MEASURING for path in sorted(claims.glob(pattern))]
    judging = [claims / name for name in _JUDGING]
    return Identity(profile, engine, device, _of_files(judging), _of_files(measuring, sources.digest()))


def compared_with(root: Path, *, profile: str, device: str) -> Compared:
    """Find what a run of this checkout would be compared with.

    Parameters
    ----------
    root
        Folder of the project.
    profile, device
        Of the run.

    Raises
    ------
    FileError
        If the baseline is damaged.
    """
    own = baselines.compared_device(root, device, profile)
    if not baselines.path_of(root, own, profile).is_file():
        return Compared({}, {})
    stored = baselines.compared(root, device, profile)
    return Compared(
        {
            key: _of_data({name: asdict(quantity) for name, quantity in entry.quantities.items()})
            for key, entry in stored.entries.items()
        },
        {name: _of_data(as_json(entry.losses)) for name, entry in stored.losses.items()},
    )


def line_of(document: Document, identity: Identity, compared: Compared) -> dict[str, Any]:
    """Keep of a run what flakes are counted by."""
    return {
        "identity": asdict(identity),
        "commit": document["environment"]["git_commit"],
        "seed": document["environment"]["seed"],
        "seconds": document["environment"]["seconds"],
        "claims": [
            {
                "id": claim["id"],
                "test": claim["test"],
                "documented": claim["not_replicated"] is not None,
                "verdict": claim["verdict"],
                "baseline": claim["baseline"],
                "compared": compared.claims.get(key_of(claim), ""),
                "quantities": [
                    [
                        q["name"],
                        *map(_short, (q["mean"], *q["interval"])),
                        *q["acceptance"],
                        q["drift"]["status"],
                    ]
                    for q in claim["quantities"]
                ],
            }
            for claim in document["claims"]
        ],
        "losses": {
            e["name"]: [e["drift"]["status"], compared.losses.get(e["name"], "")]
            for e in document["experiments"]
        },
    }


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line; what a crash left of another one is cut off first."""
    text_of_line = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.seek(0)
        text = file.read()
        file.truncate(text.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write(text_of_line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def key_of(claim: Mapping[str, Any]) -> Key:
    """Which test of which claim an entry of a line is of."""
    return Key(claim["id"], claim["test"])


def _of_files(paths: Iterable[Path], start: str = "") -> str:
    total = hashlib.sha256(start.encode())
    for path in paths:
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _of_data(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:12]


def _short(number: float) -> float:
    return float(f"{number:.6g}")
