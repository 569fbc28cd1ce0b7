"""Caches are told apart by the sources that they depend on."""

import subprocess
import sys
from pathlib import Path

from tms import sources


def test_a_digest_is_stable_and_depends_on_the_files_asked_for():
    assert sources.digest() == sources.digest()
    assert len(sources.digest()) == 64
    assert sources.digest() != sources.digest(sources.COMPILED)


def test_every_pattern_of_compiled_sources_names_a_file():
    assert all(any(sources.PACKAGE.glob(pattern)) for pattern in sources.COMPILED)


def test_every_file_that_compiles_a_kernel_is_among_the_compiled_sources():
    named = {path for pattern in sources.COMPILED for path in sources.PACKAGE.glob(pattern)}
    compiling = {path for path in sources.PACKAGE.rglob("*.py") if "njit" in path.read_text(encoding="utf-8")}
    assert compiling <= named | {Path(sources.__file__)}


def test_a_cache_folder_that_the_user_names_is_kept(tmp_path):
    script = "import tms; from numba import config; print(config.CACHE_DIR)"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(sources.PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == str(tmp_path)
