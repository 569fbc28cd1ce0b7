"""The command `tms`: check that the modules it needs are there and are ours, then run it.

The name of this module is the distribution's. A project may well have modules named `tms`, `claims` or
`figures`, so none of these is imported before it is known which one Python would find.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Final

PACKAGES: Final = ("claims", "companion", "figures", "tms")
"""The packages of this distribution."""
NEEDED: Final = (
    "click", "filelock", "jinja2", "jsonschema", "matplotlib", "networkx", "PIL", "pytest", "rich"
)  # fmt: skip
"""Modules of the optional dependencies `replicate`."""
MISUSE: Final = 2


def main() -> None:
    """Run the command line of this process and exit with its code, or with 2 after one sentence."""
    if problem := obstacle():
        print(f"tms: {problem}", file=sys.stderr)
        sys.exit(MISUSE)
    from claims.harness.cli import main as run

    run()


def obstacle() -> str | None:
    """Say in one sentence why the command cannot run; None if it can."""
    assert __spec__ is not None
    here = next(_places(__spec__))
    for name in PACKAGES:
        found = importlib.util.find_spec(name)
        place = next(_places(found), None) if found else None
        if place is None or place.parent != here.parent:
            return (
                f"the name {name!r} belongs to tms-replication, but Python finds {place or 'nothing'}; "
                "rename that module, or take its folder off Python's path (PYTHONPATH or, with python -m, "
                "the current folder)."
            )
    if lacking := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        return (
            f"{', '.join(lacking)} cannot be imported; install what is lacking: "
            "pip install 'tms-replication[replicate]'"
        )
    return None


def _places(spec: ModuleSpec) -> Iterator[Path]:
    """Yield the folder of a package or the file of a module."""
    yield from map(Path, spec.submodule_search_locations or ())
    if spec.origin:
        yield Path(spec.origin)


if __name__ == "__main__":
    main()
