"""One line a run: what a seed gave, in a file that only ever grows."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from claims import baselines
from claims.baselines import Key
from claims.files import FileError, parse_json
from claims.results import Document
from tms import sources

_NUMBER: Final = {"type": "number"}
_MAYBE: Final = {"type": ["number", "null"]}
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["identity", "commit", "seed", "seconds", "claims", "losses"],
    "properties": {
        "identity": {"type": "object", "additionalProperties": {"type": "string"}},
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

_JUDGING: Final = ("baselines", "claim", "experiments", "losses", "measure", "statistics")


@dataclass(frozen=True)
class Identity:
    """What the runs of one file must have in common.

    Parameters
    ----------
    profile, select, engine, device
        How the claims are run; `select` as after pytest's -k, empty for all of them.
    code
        Digest of what decides how a claim comes out: models, experiments, claims, the rules of judging.
    baseline
        Digest of the baseline that they are compared with.
    """

    profile: str
    select: str
    engine: str
    device: str
    code: str
    baseline: str

    def differences(self, other: Mapping[str, str]) -> list[str]:
        """Name the parts in which another identity differs."""
        return [name for name, value in asdict(self).items() if other.get(name) != value]


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
    judging = [*sorted(claims.glob("test_*.py")), *(claims / f"{name}.py" for name in _JUDGING)]
    code = hashlib.sha256(sources.digest().encode())
    for path in judging:
        code.update(path.name.encode() + path.read_bytes())
    stored = baselines.path_of(root, baselines.compared_device(root, device, profile), profile)
    baseline = hashlib.sha256(stored.read_bytes() if stored.is_file() else b"").hexdigest()
    return Identity(profile, select, engine, device, code.hexdigest()[:16], baseline[:16])


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
        If a line is damaged, one seed is there twice, or the lines are not of one identity. A last line
        without its end is what an interrupted run leaves, and is passed over.
    """
    if not path.exists():
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as text.") from error
    lines: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        read_line = parse_json(line, f"line {number} of {path}", SCHEMA)
        if lines and read_line["identity"] != lines[0]["identity"]:
            raise FileError(f"line {number} of {path} comes from other code or settings than the first.")
        lines.append(read_line)
    seeds = [line["seed"] for line in lines]
    if len(set(seeds)) < len(seeds):
        raise FileError(f"{path} holds a seed twice.")
    return lines


def require_one_identity(path: Path, lines: Sequence[Mapping[str, Any]], identity: Identity) -> None:
    """Refuse to mix runs of another kind with those in a file.

    Raises
    ------
    FileError
        If the lines differ from `identity`; says in what, and what can be done.
    """
    if lines and (parts := identity.differences(lines[0]["identity"])):
        raise FileError(
            f"{path} holds runs with another {', '.join(parts)}; give another --file, or remove this one."
        )


def key_of(claim: Mapping[str, Any]) -> Key:
    """Which test of which claim an entry of a line is of."""
    return Key(claim["id"], claim["test"])


def _short(number: float) -> float:
    return float(f"{number:.6g}")
