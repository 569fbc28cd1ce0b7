"""The report of a run with every kind of claim and figure."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.results import Document, Outcome
from figures.introduction import embeddings_row
from figures.toolkit.save import save
from tests.helpers.reports import document, html_of, inconclusive, measured, noted, outcome


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    written = folder / "report.html"
    written.write_text(html_of(run(folder), folder), encoding="utf-8")
    return written


def run(folder: Path) -> Document:
    """Make a run whose claims have a film, a figure beside that of an earlier run, and a plain one."""
    W = np.array([[[1, 0], [0, 1]], [[1, 0], [-1, 0]], [[0.6, 0.8], [-1, 0]]])
    save(embeddings_row(W, [1, 0.2, 0.1], [1, 0.9]), folder / "figures" / "intro" / "film")
    for name in ("figures/demo/norms", "figures/demo/bars"):
        plain = Figure(figsize=(6, 3))
        plain.subplots().plot([0, 1], [1, 0])
        save(plain, folder / name)
    (folder / "before" / "demo").mkdir(parents=True)
    shutil.copy(folder / "figures" / "demo" / "norms.png", folder / "before" / "demo" / "norms.png")
    return document(
        Outcome(
            claim=Claim(id="INTRO-1", sentence="Dense features are orthogonal.", source=""),
            test="test_dense",
            verdict=Verdict.REPLICATED,
            passes=True,
            measured=(measured(0.5, 0.6, name="cosine"),),
            figures=("figures/intro/film.png", "figures/intro/film.svg"),
        ),
        outcome("It holds.", figures=("figures/demo/norms.png",), before=("before/demo/norms.png",)),
        noted("It holds elsewhere."),
        outcome("It does not hold.", Verdict.CONTRADICTED, measured=(measured(7.0, 7.5, paper=None),)),
        inconclusive("It may hold.", figures=("figures/demo/bars.png",)),
    )
