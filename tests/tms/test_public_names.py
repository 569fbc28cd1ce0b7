"""The public names of the package, and the example in its docstring."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import tms
from tests.helpers.paths import ROOT


def test_the_example_in_the_docstring_of_the_package_holds() -> None:
    failed, tried = doctest.testmod(tms)
    assert tried > 4
    assert failed == 0


def test_every_public_name_is_there_and_described() -> None:
    assert set(tms.__all__) == {
        "Experiment",
        "Trained",
        "__version__",
        "geometry",
        "paper",
        "sweep",
        "theory",
        "train",
    }
    assert tms.__doc__
    for name in tms.__all__:
        assert hasattr(tms, name)
        assert name == "__version__" or f"`{name}`" in tms.__doc__


def test_a_module_is_imported_without_the_public_names() -> None:
    script = "import sys, tms.sources; print(*sorted(name for name in sys.modules if name.startswith('tms')))"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["tms", "tms._version", "tms.sources"]


def test_a_name_that_is_not_public_is_no_attribute_of_the_package() -> None:
    with pytest.raises(AttributeError, match="module 'tms' has no attribute 'trian'"):
        tms.trian  # noqa: B018


def test_the_package_is_marked_as_typed() -> None:
    assert (Path(tms.__file__).parent / "py.typed").is_file()


def test_the_version_can_be_read_without_any_dependency() -> None:
    script = f"import runpy; print(runpy.run_path({str(ROOT / 'tms' / '_version.py')!r})['__version__'])"
    run = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True, env={}
    )
    assert run.stdout.strip() == tms.__version__
