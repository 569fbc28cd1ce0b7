"""results.json of a run in progress, written after every claim."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from claims.harness.files import write_atomically
from claims.harness.records.results import Document

_LISTS_OF_ENTRIES: Final = ("claims", "experiments")


class ResultsFile:
    """Writes the documents of one run, one after the other, to the same file.

    Encoding the results of all claims takes a sixth of a second, too long after every claim. So each entry
    (`Outcome.entry`, `TrainedOnce.entry`) is encoded once and its text is used again.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._encoded: dict[int, tuple[dict[str, Any], str]] = {}

    def write(self, document: Document) -> None:
        """Write a document in one step, as `claims.harness.records.results.write` does.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        former, self._encoded = self._encoded, {}
        members = []
        for name, value in document.items():
            if name in _LISTS_OF_ENTRIES and value:
                text = "[\n  " + ",\n  ".join(self._entry(entry, former) for entry in value) + "\n ]"
            else:
                text = _encode(value, 1)
            members.append(f"{json.dumps(name)}: {text}")
        write_atomically(self.path, "{\n " + ",\n ".join(members) + "\n}\n")

    def _entry(self, entry: dict[str, Any], former: dict[int, tuple[dict[str, Any], str]]) -> str:
        # The entry is kept beside its text, so that no other object can get its id.
        encoded = former.get(id(entry)) or (entry, _encode(entry, 2))
        self._encoded[id(entry)] = encoded
        return encoded[1]


def _encode(value: Any, depth: int) -> str:
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return text.replace("\n", "\n" + " " * depth)
