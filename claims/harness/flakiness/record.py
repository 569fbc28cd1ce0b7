"""The record of a run: one line of JSON, appended to a file that only grows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from claims.harness.baselines.baseline import Key
from claims.harness.files import FileError
from claims.harness.flakiness.identity import Compared, Identity
from claims.harness.records.results import Document
from claims.harness.schemas import schema

SCHEMA: Final = schema("flakiness")
"""The JSON schema of one line."""


def path_of(root: Path, *, profile: str, device: str) -> Path:
    """Return the file of the runs in baselines/ of a folder, one for each profile and device."""
    return root / "baselines" / f"flakes-{device}-{profile}.jsonl"


def line_of(document: Document, identity: Identity, compared: Compared) -> dict[str, Any]:
    """Extract the line of a run from its results.

    Parameters
    ----------
    document
        The results of the run.
    identity
        What the outcome of the run depends on.
    compared
        The baseline that the run was compared with.
    """
    return {
        "identity": asdict(identity),
        "commit": document["environment"]["git_commit"],
        "seed": document["environment"]["seed"],
        "seconds": document["environment"]["seconds"],
        "claims": [
            {
                "id": claim["id"],
                "test": claim["test"],
                "expected": claim["expected"],
                "verdict": claim["verdict"],
                "passes": claim["passes"],
                "baseline": claim["baseline"],
                "compared": compared.claims.get(key_of(claim), ""),
                "quantities": [
                    [
                        q["name"],
                        *map(_rounded, (q["mean"], *q["interval"])),
                        *(q["acceptance"] or (None, None)),
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
    """Append a line to a file; an incomplete last line, which a crash leaves, is removed first.

    Parameters
    ----------
    path
        The file; missing folders are made.
    line
        The line.

    Raises
    ------
    FileError
        If the file cannot be written; the lines before are kept.
    """
    text_of_line = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            text = file.read()
            file.truncate(text.rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write(text_of_line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}.") from error


def key_of(claim: Mapping[str, Any]) -> Key:
    """Return the claim and test of an entry of a line."""
    return Key(claim["id"], claim["test"])


def _rounded(number: float) -> float:
    return float(f"{number:.6g}")
