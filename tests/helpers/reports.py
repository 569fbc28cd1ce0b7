"""A run with invented claims as a results.json, its reports, and a parser of pages."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from claims.harness.baselines.drift import Drift, Steadiness, Stored
from claims.harness.baselines.losses import Losses
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.records import results
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.records.measured import Measured
from claims.harness.records.results import Document, Outcome, TrainedOnce
from claims.harness.report.build import build
from claims.harness.report.render import html, markdown
from tests.helpers.paths import ROOT

HOSTILE = (
    "</td><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} | `x` [a](javascript:b) \n# c"
)


ENVIRONMENT = {
    "profile": "quick", "device": "cpu", "device_name": "a processor", "engine": "fused", "seed": 0,
    "threads": 2, "cores": 2, "python": "3.11", "torch": "2.6", "numpy": "2.0", "scipy": "1.14",
    "numba": "0.61",
    "system": "Linux", "git_commit": None, "git_dirty": False, "started": "2025-01-01T00:00:00+00:00",
    "seconds": 12.5, "baseline": "baselines/cpu-quick.json", "reuse": False,
}  # fmt: skip


PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)


def measured(
    *values: float,
    kind: Kind = Kind.MEAN,
    acceptance: tuple[float, float] | None = (0, 2),
    paper: float | None = 1.0,
    name: str = "norm",
    because: str = "so",
) -> Measured:
    quantity = Quantity(
        name=name,
        kind=kind,
        values=values,
        paper=paper,
        acceptance=acceptance and Interval(*acceptance),
        because=because,
    )
    drift = Drift(status=Steadiness.STEADY, p_value=0.5, alpha=1e-6, effect=0.1, detectable=0.2)
    return Measured(quantity, Stored(kind, "", values), drift)


def outcome(words: str = "It holds.", verdict: Verdict = Verdict.REPLICATED, **settings: Any) -> Outcome:
    claim = Claim(id="DEMO-1", sentence=words, source="demo", reading=words, contradicted=words)
    settings = {"passes": verdict is not Verdict.FAILED, **settings}
    given_measured = settings.pop("measured", (measured(1.0, 1.1, 0.9, name=words, because=words),))
    return Outcome(claim=claim, test=words, verdict=verdict, measured=given_measured, **settings)


def noted(words: str = "It holds elsewhere.", *values: float) -> Outcome:
    """Make the outcome of a robustness note on the claim DEMO-1."""
    claim = Claim(id="DEMO-1", sentence=words, source="demo", is_note=True)
    quantity = measured(
        *(values or (1.5, 1.6)), acceptance=None, paper=None, because="", name="norm of others"
    )
    return Outcome(claim=claim, test="test_noted", verdict=Verdict.NOTED, measured=(quantity,))


def inconclusive(words: str = "It may hold.", doubt: str = "", **settings: Any) -> Outcome:
    """Make the outcome of a statement that is inconclusive, and should be replicated."""
    quantity = measured(1.9, 2.0, 1.8, name="undecided norm")
    claim = Claim(id="DEMO-3", sentence=words, source="demo")
    reason = "\n".join(filter(None, (doubt, str(quantity.quantity))))
    settings = {"passes": False, "reason": reason, **settings}
    return Outcome(
        claim=claim, test="test_it", verdict=Verdict.INCONCLUSIVE, measured=(quantity,), **settings
    )


def document(*outcomes: Outcome, words: str = "Demonstrating superposition") -> Document:
    trained = TrainedOnce(
        name=words, description=words, seconds=1.0, instance_steps_per_second=1e6, engine=words,
        device="cpu", reused=False, peak_bytes=12_345_678, coordinates={"density": [0.1, 1.0]},
        losses=Losses(0, 1, ((0.1, 0.11), (0.2, 0.21))),
    )  # fmt: skip
    return results.document_of(
        outcomes or (outcome(),),
        complete=True,
        environment={**ENVIRONMENT, "device_name": words},
        sections={"DEMO": words},
        experiments=[trained],
    )


def html_of(
    written: Document, folder: Path, falsification: Matrix | None = None, heatmap: Sequence[str] = ()
) -> str:
    """Write the page of a run."""
    return html(build(written, folder, falsification, heatmap))


def markdown_of(written: Document, folder: Path) -> str:
    """Write the Markdown report of a run."""
    return markdown(build(written, folder))


OWN_SCRIPT = (ROOT / "claims" / "harness" / "report" / "templates" / "page.js").read_text(encoding="utf-8")


class Page(HTMLParser):
    """The elements and attributes of a page, its text, and its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.feed(page)

    @property
    def runs_only_its_own_script(self) -> bool:
        """Whether it contains page.js once, and no other script or page."""
        return self.scripts == [OWN_SCRIPT] and not {"iframe", "object", "embed"} & set(self.tags)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts.append(data)
        else:
            self.text += data
