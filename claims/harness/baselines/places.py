"""Where baselines are stored: in the caller's folder, and in this package for its own models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Final

from claims.harness.commands import command

_UNFIT: Final = re.compile(r"[^\w.-]+")
_DISTRIBUTION: Final = "tms-replication"


@dataclass(frozen=True)
class Judged:
    """An implementation that is not this package's, as a command line names it.

    Parameters
    ----------
    seam
        The option that names it, "model" or "trainer".
    spec
        File or module and function, such as "src/model.py:factory". A file in the caller's folder is named
        relative to it.
    """

    seam: str
    spec: str

    @property
    def folder(self) -> str:
        """Name of the folder of its baselines, such as "src.model.factory".

        A file and the module that it defines have the same name, and so has a file outside the caller's
        folder wherever that folder is.
        """
        place, _, function = self.label.rpartition(":")
        return _UNFIT.sub("_", f"{place.removesuffix('.py').replace('/', '.')}.{function}").lstrip(".")

    @property
    def label(self) -> str:
        """The same name without any folder outside the caller's."""
        place, _, function = self.spec.rpartition(":")
        return f"{Path(place).name}:{function}" if Path(place).is_absolute() else self.spec


def path_of(root: Path, device: str, profile: str, judged: Judged | None = None) -> Path:
    """Path of a baseline in the caller's folder.

    Parameters
    ----------
    root
        The folder that owns baselines/.
    device, profile
        The kind of device and the profile.
    judged
        Another implementation; None for this package's own models.
    """
    folder = root / "baselines"
    return (folder / judged.folder if judged else folder) / f"{device}-{profile}.json"


def packaged() -> Path | None:
    """Return the folder of the baselines that come with this package; None if there is none.

    An installed copy holds them; a checkout has them in the folder baselines/ beside its packages.
    """
    inside = Path(str(resources.files("claims.harness.baselines").joinpath("packaged")))
    if inside.is_dir():
        return inside
    checkout = Path(str(resources.files("claims"))).parent
    return checkout / "baselines" if (checkout / "pyproject.toml").is_file() else None


def sources(root: Path, device: str, profile: str, judged: Judged | None = None) -> list[Path]:
    """List the files that a run is compared with; each is used for what those before it lack.

    All engines draw the same samples and their results agree in distribution, so the CPU's values can
    replace what is not stored for another device. The baselines that come with this package are those of its
    own models.

    Parameters
    ----------
    root, device, profile, judged
        As for `path_of`.

    Returns
    -------
    list of Path
        Existing files; empty if there is nothing to compare with.
    """
    own = packaged() if judged is None else None
    candidates = [path_of(root, kind, profile, judged) for kind in (device, "cpu")]
    candidates += [own / f"{kind}-{profile}.json" for kind in (device, "cpu") if own]
    return [path for path in dict.fromkeys(candidates) if path.exists()]


def shown(path: Path, root: Path) -> str:
    """Name a baseline's file for a report: relative to the caller's folder, or as part of this package.

    A copy of the package that is found on the path, but not installed, has no version.
    """
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    try:
        version = metadata.version(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    return f"{path.name} of {_DISTRIBUTION} {version}"


def update_command(device: str, profile: str, judged: Judged | None = None) -> str:
    """Command that writes a baseline anew."""
    options = ["--write", "--profile", profile]
    options += [] if device == "cpu" else ["--device", device]
    options += [f"--{judged.seam}", judged.spec] if judged else []
    return command("baselines", *options)
