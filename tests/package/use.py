"""Use an installed copy as its users do: `python -m tests.package.use path/to/tms`.

In a project of its own, whose pytest settings and modules would break a run that read them, an example model
is judged, its baseline is written, and it is judged again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.helpers.paths import EXAMPLES

MODEL: Final = "src/model.py:factory"
CLAIMS: Final = "INTRO-1 or INTRO-2"
WRITE: Final = f"tms baselines --write --profile smoke --model {MODEL}"
BASELINE: Final = Path("baselines", "src.model.factory", "cpu-smoke.json")
HOSTILE: Final = {
    "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
    "conftest.py": "raise RuntimeError('the conftest.py of the project was imported')\n",
    "replication/conftest.py": "raise RuntimeError('the conftest.py of the output was imported')\n",
    "claims.py": "raise RuntimeError('claims.py of the project was imported')\n",
    "figures.py": "raise RuntimeError('figures.py of the project was imported')\n",
}


def make_project(folder: Path) -> None:
    """Write a project with a model, and with all that may lie beside it."""
    for name, text in HOSTILE.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "src").mkdir()
    shutil.copyfile(EXAMPLES / "notebook.py", folder / "src" / "model.py")


class Project:
    """A project in which the command is used.

    Parameters
    ----------
    folder
        Its folder.
    command
        Path of the installed command `tms`.
    """

    def __init__(self, folder: Path, command: Path) -> None:
        self.folder = folder
        self._command = command

    def tms(self, *arguments: str) -> str:
        """Run the command, show what it writes, and return it; exit if it fails."""
        print(f"$ tms {' '.join(arguments)}", flush=True)
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("NOX_CURRENT_SESSION", "PYTHONPATH")
        }
        done = subprocess.run(
            [self._command, *arguments],
            cwd=self.folder,
            env={**environment, "PYTEST_ADDOPTS": "-n auto --cov"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout, flush=True)
        require(done.returncode == 0, f"exit code {done.returncode}")
        return done.stdout

    def judge(self) -> tuple[str, dict[str, Any]]:
        """Judge the model; return what was written to the terminal, and results.json."""
        text = self.tms("replicate", "--profile", "smoke", "--device", "cpu", "--model", MODEL, "-k", CLAIMS,
                        "--output", "replication")  # fmt: skip
        document: dict[str, Any] = json.loads((self.folder / "replication/results.json").read_text("utf-8"))
        require(document["complete"], "not every claim ran")
        return text, document


def require(condition: bool, what_is_wrong: str) -> None:
    """Exit with a message unless a condition holds."""
    if not condition:
        sys.exit(f"The installed copy is wrong: {what_is_wrong}.")


def main(command: Path) -> None:
    """Judge, write a baseline, judge again."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), command)
        make_project(project.folder)
        text, document = project.judge()
        require(WRITE in text, f"it does not print the command {WRITE!r}")
        require(
            document["environment"]["baseline"] is None, "it was compared with a baseline that is not its own"
        )
        require(
            not (project.folder / "baselines").exists(), "it left a folder baselines/ that nobody asked for"
        )
        project.tms("baselines", *WRITE.split()[2:], "--device", "cpu", "-k", CLAIMS)
        require((project.folder / BASELINE).is_file(), f"it did not write {BASELINE}")
        _, document = project.judge()
        statuses = {claim["id"]: claim["baseline"] for claim in document["claims"]}
        require(set(statuses.values()) == {"steady"}, f"the model is not steady: {statuses}")
        drifts = {experiment["name"]: experiment["drift"]["status"] for experiment in document["experiments"]}
        require(set(drifts.values()) == {"steady"}, f"its losses are not steady: {drifts}")
    print("The installed copy judges a model, writes its baseline and finds it steady.")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
