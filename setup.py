"""The step of the build that pyproject.toml cannot describe: baselines/ becomes a part of the package."""

from pathlib import Path
from typing import Final

from setuptools import setup
from setuptools.command.build_py import build_py

PACKAGED: Final = "claims/harness/baselines/packaged"
"""Folder of an installed copy that holds the repository's baselines."""


class BuildWithBaselines(build_py):
    """Copies the repository's baselines into the package; an editable install reads them where they are."""

    def run(self) -> None:
        """Build the package."""
        super().run()
        if self.editable_mode:
            return
        folder = Path(self.build_lib, PACKAGED)
        self.mkpath(str(folder))
        for path in sorted(Path("baselines").glob("*.json")):
            self.copy_file(str(path), str(folder / path.name))


setup(cmdclass={"build_py": BuildWithBaselines})
