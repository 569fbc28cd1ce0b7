"""The API pages and the citation file follow the code."""

from __future__ import annotations

import pkgutil
import re
from types import ModuleType

import pytest

import tms
from tests.helpers.paths import ROOT
from tms import analysis, paper, theory

LISTED = {
    module
    for page in sorted((ROOT / "docs" / "api").glob("*.md"))
    for module in re.findall(r"^::: (\S+)$", page.read_text("utf-8"), flags=re.MULTILINE)
}


@pytest.mark.parametrize("package", [analysis, paper, theory], ids=lambda package: str(package.__name__))
def test_every_public_module_of_a_package_has_its_part_of_a_page(package: ModuleType) -> None:
    name = package.__name__
    modules = pkgutil.iter_modules(package.__path__)
    public = {f"{name}.{module.name}" for module in modules if not module.name.startswith("_")}
    assert public == {module for module in LISTED if module.startswith(f"{name}.")}


def test_the_citation_names_the_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {tms.__version__}\n" in citation
