"""The compact record of a run, from which the pages about claims are generated.

A results.json holds every value of every seed and is not kept in the repository. Its record holds the verdict
of each claim, and the mean and the interval of each quantity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from claims.harness.files import FileError, diffable_json, read_json, write_atomically
from claims.harness.judging.claim import PAPER, SECTIONS
from claims.harness.schemas import schema

SCHEMA_VERSION: Final = 2
SCHEMA: Final = schema("replication")
UPDATE_COMMAND: Final = "nox -s docs -- --write --results replication/results.json"

_DIGITS: Final = 6
_ENVIRONMENT: Final = (
    "profile",
    "device",
    "device_name",
    "engine",
    "cores",
    "python",
    "torch",
    "numpy",
    "seconds",
)
_CLAIM: Final = ("sentence", "note", "verdict", "passes", "baseline", "documented", "reading")
_QUANTITY: Final = ("name", "kind", "unit", "n", "mean", "interval", "paper", "acceptance", "position")


@dataclass(frozen=True)
class Record:
    """What a run found.

    Parameters
    ----------
    environment
        The machine, the software and the wall seconds of the run.
    claims
        The claims in the order of the paper: `id`, `section`, `test`, `url`, `sentence`, `note`, `verdict`,
        `passes`, `baseline`, `documented`, `reading`, and `quantities` with the names of a results.json. The
        notes of an id follow its statements.
    """

    environment: Mapping[str, Any]
    claims: tuple[dict[str, Any], ...]


def path_of(root: Path) -> Path:
    """Return the path of the record in the repository."""
    return root / "baselines" / "replication.json"


def document_of(results: dict[str, Any]) -> dict[str, Any]:
    """Reduce the results of a run to the document of its record.

    Parameters
    ----------
    results
        A results.json.

    Returns
    -------
    dict
        Satisfies `SCHEMA`; numbers have six significant digits.

    Raises
    ------
    FileError
        If the run is not a complete run on this package's own models, or could not measure a quantity.
    """
    environment = results["environment"]
    if not results["complete"] or results["summary"]["not_run"]:
        raise FileError("The run did not judge every claim; the pages show complete runs only.")
    if environment.get("implementation") is not None:
        raise FileError("The results are of another implementation; the pages show this package's models.")
    if lacking := sorted({claim["id"] for claim in results["claims"] if claim["unmeasured"]}):
        raise FileError(
            f"The run could not measure every quantity of {', '.join(lacking)}; see to that first."
        )
    claims: dict[str, dict[str, Any]] = {}
    for claim in results["claims"]:
        claims.setdefault(claim["id"], {})[claim["test"]] = {
            "anchor": claim["source"]["anchor"],
            **{name: claim[name] for name in _CLAIM},
            "quantities": [
                [_rounded(quantity[name]) for name in _QUANTITY] for quantity in claim["quantities"]
            ],
        }
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": {name: environment.get(name) for name in _ENVIRONMENT},
        "claims": claims,
    }


def read(path: Path) -> Record:
    """Read a record.

    Raises
    ------
    FileError
        If the file is missing or damaged; the message names the command that writes it.
    """
    try:
        return record_of(read_json(path, SCHEMA))
    except FileError as error:
        raise FileError(f"{error} Write it anew: {UPDATE_COMMAND}") from error


def write(path: Path, document: dict[str, Any]) -> None:
    """Write the document of a record in one step, one line for each entry and each quantity."""
    write_atomically(path, diffable_json(document) + "\n")


def record_of(document: dict[str, Any]) -> Record:
    """Build a record from its document.

    Raises
    ------
    FileError
        If a claim belongs to no section of the paper.
    """
    claims = []
    for name, tests in document["claims"].items():
        section = name.partition("-")[0]
        if section not in SECTIONS:
            raise FileError(f"{name} is the name of no claim: the sections are {', '.join(SECTIONS)}.")
        for test, entry in tests.items():
            anchor = entry["anchor"]
            claims.append(
                {
                    **entry,
                    "id": name,
                    "section": section,
                    "test": test,
                    "url": f"{PAPER}#{anchor}" if anchor else PAPER,
                    "quantities": [dict(zip(_QUANTITY, row, strict=True)) for row in entry["quantities"]],
                }
            )
    order = list(SECTIONS)
    claims.sort(
        key=lambda claim: (order.index(claim["section"]), int(claim["id"].partition("-")[2]), claim["note"])
    )
    return Record(document["environment"], tuple(claims))


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
