"""Caches recognise the state of the sources that they depend on."""

from __future__ import annotations

import ast
import errno
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from numba import config
from numba.core.caching import IndexDataCacheFile

from tms import sources

SOURCES = sorted(sources.PACKAGE.rglob("*.py"))


DECORATORS = ("tms.sources.njit", "tms.theory._compiled.kernel", "tms.theory._compiled.reordering_kernel")


def compiled_sources() -> set[Path]:
    return {path for pattern in sources.COMPILED for path in sources.PACKAGE.glob(pattern)}


def module_names(path: Path) -> Iterator[str]:
    """List everything that a file imports: modules, and names in modules as if they were modules."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports relatively"
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_of(name: str) -> Path | None:
    """Find the file that defines a module, or else a name in a module, of the package."""
    parts = name.split(".")
    if parts[0] != "tms":
        return None
    for length in (len(parts), len(parts) - 1):
        stem = sources.PACKAGE.joinpath(*parts[1:length])
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path
    return None


def imported_files(path: Path) -> set[Path]:
    return {found for name in module_names(path) if (found := file_of(name))}


def compiles(path: Path) -> bool:
    """Whether a file defines kernels: it imports from Numba, or one of the decorators of this package."""
    return path != Path(sources.__file__) and any(
        name.partition(".")[0] in ("numba", "llvmlite") or name in DECORATORS for name in module_names(path)
    )


def closure(paths: set[Path]) -> set[Path]:
    """Collect files and everything that they import, directly or through others."""
    reached: set[Path] = set()
    pending = set(paths)
    while pending:
        path = pending.pop()
        reached.add(path)
        pending |= imported_files(path) - reached
    return reached


def test_files_that_define_kernels_are_found() -> None:
    found = {path.relative_to(sources.PACKAGE).as_posix() for path in SOURCES if compiles(path)}
    assert {
        "engines/cpu/adamw.py",
        "engines/cpu/narrow.py",
        "engines/cpu/vectors.py",
        "theory/_compiled.py",
        "theory/_halfspace.py",
        "theory/quadrature.py",
    } <= found
    assert not found & {"sources.py", "training/_train.py", "theory/exact.py"}


def test_the_digest_of_compiled_sources_covers_all_files_that_kernels_import_directly_or_not() -> None:
    kernels = {path for path in SOURCES if compiles(path)}
    assert len(closure(kernels)) > len(kernels)
    assert closure(kernels) - compiled_sources() == set()


def test_the_digest_of_training_covers_all_files_that_training_imports_directly_or_not() -> None:
    trains = {sources.PACKAGE / name for name in ("training/_train.py", "analysis/attacked_training.py")}
    covered = {path for pattern in sources.TRAINING for path in sources.PACKAGE.glob(pattern)}
    assert closure(trains) - covered == set()
    assert sources.PACKAGE / "analysis" / "clusters.py" not in covered


@pytest.mark.parametrize("patterns", [sources.COMPILED, sources.TRAINING])
def test_every_pattern_names_a_file(patterns: tuple[str, ...]) -> None:
    assert all(any(sources.PACKAGE.glob(pattern)) for pattern in patterns)


@pytest.mark.parametrize(
    ("former", "new"),
    [
        ("LINEAR, RELU, GELU, QUADRATIC = range(4)", "LINEAR, GELU, RELU, QUADRATIC = range(4)"),
        ('_CODES: Final = {"relu": RELU, "gelu": GELU', '_CODES: Final = {"relu": GELU, "gelu": RELU'),
    ],
)
def test_exchanged_codes_of_activations_give_kernels_another_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, former: str, new: str
) -> None:
    shutil.copytree(sources.PACKAGE, tmp_path / "tms", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sources, "PACKAGE", tmp_path / "tms")
    before = sources.digest(sources.COMPILED)
    edited = tmp_path / "tms" / "engines" / "activations.py"
    text = edited.read_text(encoding="utf-8")
    assert former in text
    edited.write_text(text.replace(former, new), encoding="utf-8")
    assert sources.digest(sources.COMPILED) != before


def test_a_digest_is_stable_and_depends_on_the_files_asked_for() -> None:
    assert sources.digest() == sources.digest()
    assert len(sources.digest()) == 64
    assert sources.digest() != sources.digest(sources.COMPILED)


def cache_folder(package: Path, environment: dict[str, str]) -> str:
    """The folder that Numba uses in a new process that imports the package."""
    run = subprocess.run(
        [sys.executable, "-P", "-c", "import tms; from numba import config; print(config.CACHE_DIR)"],
        env={"PYTHONPATH": str(package.parent), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def test_a_cache_folder_that_the_user_names_is_kept(tmp_path: Path) -> None:
    assert cache_folder(sources.PACKAGE, {"NUMBA_CACHE_DIR": str(tmp_path)}) == str(tmp_path)


def test_a_checkout_caches_kernels_by_the_digest_of_their_sources() -> None:
    place = sources.PACKAGE.parent / ".cache" / "numba" / sources.digest(sources.COMPILED)[:16]
    assert cache_folder(sources.PACKAGE, {}) == str(place)


def test_an_installed_package_uses_numbas_own_cache(tmp_path: Path) -> None:
    shutil.copytree(sources.PACKAGE, tmp_path / "tms", ignore=shutil.ignore_patterns("__pycache__"))
    assert cache_folder(tmp_path / "tms", {}) == ""


def twice(x: float) -> float:
    """Double a number."""
    return 2 * x


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for Numba's cache."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def test_compiled_code_is_stored_and_found_again(cache: Path) -> None:
    assert sources.njit(cache=True)(twice)(2.0) == 4.0
    assert len(list(cache.rglob("*.nbc"))) == 1
    again = sources.njit(cache=True)(twice)
    assert again(2.0) == 4.0
    assert sum(again.stats.cache_hits.values()) == 1


def test_code_that_cannot_be_stored_is_used_all_the_same_and_a_warning_says_why(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "save", full)
    kernel = sources.njit(cache=True)(twice)
    with pytest.warns(RuntimeWarning, match=f"compiled code cannot be stored in {cache}.*: No space left on"):
        assert kernel(2.0) == 4.0
    assert kernel(3.0) == 6.0


def test_no_kernel_of_this_package_is_compiled_by_numbas_own_decorator() -> None:
    names = {name for path in SOURCES for name in module_names(path)}
    assert not {"numba.njit", "numba.jit"} & names


def test_processes_that_fill_an_empty_cache_at_once_mix_no_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the index before there is any; the slower one writes its code last, and its index first."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))

    @sources.njit(cache=True)
    def double(x):  # type: ignore[no-untyped-def]
        return 2 * x

    def files() -> Any:
        cache = type(double._cache)(double.py_func)
        cache._impl.locator.ensure_cache_path()
        return cache._cache_file

    slow, fast = files(), files()
    write = slow._save_data

    def after_the_other(name: str, data: str) -> None:
        fast._load_index = dict
        fast.save("for floats", "code for floats")
        write(name, data)

    slow._save_data = after_the_other
    slow.save("for integers", "code for integers")
    assert files().load("for floats") == "code for floats"
    assert files().load("for integers") in (None, "code for integers")
