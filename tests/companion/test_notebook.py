"""The companion as a Jupyter notebook: exported from the same source, and runs by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")

APP = ROOT / "companion" / "app.py"
NOTEBOOK = ROOT / "docs" / "companion.ipynb"


def cells(notebook: Path) -> list[tuple[str, str]]:
    """Return the kind and the source of each cell."""
    return [
        (cell["cell_type"], "".join(cell["source"]))
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]
    ]


def test_the_notebook_is_exported_from_the_app(tmp_path: Path) -> None:
    pytest.importorskip("nbformat", reason="nbformat is not installed; marimo exports notebooks with it.")
    fresh = tmp_path / "companion.ipynb"
    export = ["-m", "marimo", "export", "ipynb", str(APP), "-o", str(fresh), "--no-include-outputs"]
    subprocess.run([sys.executable, *export], check=True, cwd=tmp_path, capture_output=True)
    assert cells(NOTEBOOK) == cells(fresh), (
        "docs/companion.ipynb is not what companion/app.py makes; `nox -s notebook` writes it."
    )


def test_the_notebook_runs_in_a_fresh_interpreter_and_shows_every_chapter(tmp_path: Path) -> None:
    code = [source for kind, source in cells(NOTEBOOK) if kind == "code"]
    shown = "\n".join(
        f"assert '<img' in {name}_pane.view(chosen.value, {name}_result()).text, {name!r}"
        for name in ("introduction", "demonstrating", "learning", "correlated", "computation", "adversarial")
    )
    script = tmp_path / "notebook.py"
    script.write_text("\n\n".join([*code, shown]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
