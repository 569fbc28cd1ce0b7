"""One line a run: what a seed gave, in a file that only ever grows.

Code may change while runs add up over days. Runs of changed code are only added to those of the former if it
gives what that gave: its first line repeats a seed, and holds the same numbers and verdicts in every claim.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from claims import baselines
from claims.baselines import Key
from claims.files import FileError, parse_json
from claims.results import Document
from tms import sources

_NUMBER: Final = {"type": "number"}
_MAYBE: Final = {"type": ["number", "null"]}
_MEASURING: Final = ("test_*", "experiments", "groups")
_JUDGING: Final = ("baselines", "claim", "losses", "measure", "statistics")


@dataclass(frozen=True)
class Identity:
    """What the runs of one file must have in common; of `code`, only the outcome.

    Parameters
    ----------
    profile, select, engine, device
        How the claims are run; `select` as after pytest's -k, empty for all of them.
    rules
        Digest of the rules of judging.
    baseline
        Digest of the baseline that they are compared with.
    code
        Digest of what is judged: models, experiments, claims.
    """

    profile: str
    select: str
    engine: str
    device: str
    rules: str
    baseline: str
    code: str


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
                "required": ["id", "test", "documented", "verdict", "baseline", "quantities"],
                "properties": {
                    "id": {"type": "string"},
                    "test": {"type": "string"},
                    "documented": {"type": "boolean"},
                    "verdict": {"enum": ["replicated", "not replicated", "failed", "not run"]},
                    "baseline": {"enum": ["steady", "drifted", "missing", "not compared"]},
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
        "losses": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
"""Of a line."""


def identity_of(root: Path, *, profile: str, select: str, engine: str, device: str) -> Identity:
    """Find what a run of this checkout would depend on.

    Parameters
    ----------
    root
        Folder of the project.
    profile, select, engine, device
        As in `Identity`, engine and device resolved.
    """
    claims = root / "claims"
    measuring = [path for pattern in _MEASURING for path in sorted(claims.glob(f"{pattern}.py"))]
    code = _digest(measuring, sources.digest())
    rules = _digest([claims / f"{name}.py" for name in _JUDGING])
    stored = baselines.path_of(root, baselines.compared_device(root, device, profile), profile)
    baseline = _digest([stored] if stored.is_file() else [])
    return Identity(profile, select, engine, device, rules, baseline, code)


def line_of(document: Document, identity: Identity) -> dict[str, Any]:
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
        "losses": {e["name"]: e["drift"]["status"] for e in document["experiments"]},
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


def read(path: Path) -> list[dict[str, Any]]:
    """Read all whole lines, trusting nothing in them.

    Raises
    ------
    FileError
        If a line is damaged, a seed is there twice with unlike outcomes, the lines are not of one kind, or
        changed code did not begin with a seed of the former. A last line without its end is what an
        interrupted run leaves, and is passed over. Of a seed that was repeated the last line is given.
    """
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as text.") from error
    runs: dict[int, dict[str, Any]] = {}
    codes: set[str] = set()
    kind: dict[str, str] | None = None
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        where = f"line {number} of {path}"
        run = parse_json(line, where, SCHEMA)
        seed, identity = run["seed"], run["identity"]
        kind = kind or identity
        if differences(identity, kind):
            raise FileError(f"{where} comes from other settings, rules or baselines than the first.")
        if seed in runs and not same_outcome(run, runs[seed]):
            raise FileError(f"{where} holds seed {seed} for the second time, with another outcome.")
        if codes and identity["code"] not in codes and seed not in runs:
            raise FileError(f"{where} comes from other code, which repeated no seed of the former.")
        codes.add(identity["code"])
        runs[seed] = run
    return list(runs.values())


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Name the parts in which two identities differ, code apart."""
    return [name for name in one if name != "code" and one[name] != other[name]]


def same_outcome(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two runs of a seed gave the same numbers and verdicts, to all digits kept."""
    return (one["claims"], one["losses"]) == (other["claims"], other["losses"])


def key_of(claim: Mapping[str, Any]) -> Key:
    """Which test of which claim an entry of a line is of."""
    return Key(claim["id"], claim["test"])


def _digest(paths: Iterable[Path], start: str = "") -> str:
    total = hashlib.sha256(start.encode())
    for path in paths:
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _short(number: float) -> float:
    return float(f"{number:.6g}")
