"""Check what a wheel and a source distribution hold: `python -m tests.package.contents dist`."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from tests.helpers.paths import ROOT

PACKAGES: Final = ("claims", "companion", "figures", "tms")
DATA: Final = ("*.css", "*.ini", "*.jinja", "*.js", "*.json", "*.toml", "py.typed")
PACKAGED: Final = "claims/harness/baselines/packaged"
MOST_BYTES: Final = 10 * 2**20


def expected() -> set[str]:
    """List the files that an installed copy needs: modules, data, stored baselines and the gallery."""
    found = {"tms_replication.py"}
    for package in PACKAGES:
        paths = [path for pattern in ("*.py", *DATA) for path in (ROOT / package).rglob(pattern)]
        found |= {path.relative_to(ROOT).as_posix() for path in paths}
    found |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "figures/gallery").glob("*/*.png")}
    return found | {f"{PACKAGED}/{path.name}" for path in (ROOT / "baselines").glob("*.json")}


def complaints_of_wheel(path: Path) -> list[str]:
    """Say what a wheel lacks, and what it should not hold."""
    with zipfile.ZipFile(path) as wheel:
        names = {name for name in wheel.namelist() if not name.endswith("/")}
        [entry_points] = [name for name in names if name.endswith("/entry_points.txt")]
        registered = wheel.read(entry_points).decode()
    held = {name for name in names if ".dist-info/" not in name}
    wrong = [f"{path.name} lacks {name}" for name in sorted(expected() - held)]
    wrong += [f"{path.name} should not hold {name}" for name in sorted(held - expected())]
    if "tms = tms_replication:main" not in registered:
        wrong.append(f"{path.name} does not register the command tms")
    if "pytest11" in registered:
        wrong.append(f"{path.name} registers a plugin with every pytest of its environment")
    if path.stat().st_size > MOST_BYTES:
        wrong.append(f"{path.name} has {path.stat().st_size} bytes, more than {MOST_BYTES}")
    return wrong


def complaints_of_source(path: Path) -> list[str]:
    """Say what a source distribution lacks to build the same wheel and to run the tests."""
    with tarfile.open(path) as archive:
        held = {PurePosixPath(name).relative_to(PurePosixPath(name).parts[0]) for name in archive.getnames()}
    stored = {f"baselines/{path.name}" for path in (ROOT / "baselines").glob("*.json")}
    needed = {name for name in expected() if not name.startswith(PACKAGED)} | stored
    needed |= {"pyproject.toml", "setup.py", "LICENSE", "README.md", "tests/conftest.py", "constraints.txt"}
    return [f"{path.name} lacks {name}" for name in sorted(needed - set(map(str, held)))]


def main(folder: Path) -> None:
    """Check the distributions in a folder; exit with 1 if anything is wrong."""
    [wheel], [source] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    wrong = [*complaints_of_wheel(wheel), *complaints_of_source(source)]
    print("\n".join(wrong) or f"{wheel.name} and {source.name} hold all that they should")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
