"""The view model of a report: everything that templates lay out, already formatted as text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from claims.harness.report.bars import Bar
from claims.harness.report.films import Film
from claims.harness.report.pictures import Picture
from claims.harness.report.text import SYMBOLS
from claims.harness.report.view_parts import (
    ExperimentView,
    FalsificationView,
    FigureErrorView,
    Status,
    UnmeasuredView,
)

_UNREMARKABLE: Final = ("steady", "not compared")


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many claims, experiments or figures share a result.

    Parameters
    ----------
    number
        The count.
    label
        Text that follows the number, such as "contradicted".
    status
        The status that is counted; its symbol and colour mark the count.
    always
        Whether the count is shown if it is 0, too.
    """

    number: int
    label: str
    status: Status
    always: bool


@dataclass(frozen=True, kw_only=True)
class QuantityView:
    """A quantity as a row of a claim's table.

    Parameters
    ----------
    name, because
        Name of the quantity, and the reason for its acceptance region.
    measured
        Mean with interval and unit, on one line.
    mean, interval
        Mean with unit, and interval; the interval is empty if the quantity is exact.
    n
        Number of values.
    paper
        The paper's value; empty where it gives none.
    position, acceptance
        "inside", "outside" or "undecided", with its sign, and the acceptance region in words. None and empty
        in a note.
    bar
        Positions of the parts of its interval bar.
    drift
        The comparison with the baseline.
    baseline, p_value, change, power
        Lines of text about that comparison: the stored values, the p-value, the change if the quantity
        drifted, and the smallest change that would be detected. Each is empty where it is not known.
    """

    name: str
    because: str
    measured: str
    mean: str
    interval: str
    n: int
    paper: str
    position: Status | None
    acceptance: str
    bar: Bar
    drift: Status
    baseline: str
    p_value: str
    change: str
    power: str


@dataclass(frozen=True, kw_only=True)
class FigureView:
    """A figure of a claim.

    Parameters
    ----------
    name
        Path of the figure without the suffix of its files.
    picture
        The figure; None if there is no file.
    earlier
        The same figure as an earlier run drew it, if the claim failed or drifted.
    repeated
        Whether an earlier claim of the report shows the same figure.
    film
        The frames of the figure, if it is a film; `picture` then holds its SVG.
    """

    name: str
    picture: Picture | None
    earlier: tuple[Picture, ...]
    repeated: bool
    film: Film | None


@dataclass(frozen=True, kw_only=True)
class ClaimView:
    """A test of a claim.

    Parameters
    ----------
    id, anchor, test, sentence, url
        Id of the claim, the anchor of this test in the page, name of the test, the statement, and its
        address in the paper.
    is_note
        Whether it is a robustness note, and not a statement of the paper.
    verdict, baseline
        The comparisons with the paper and with the baseline.
    unexpected
        The mark of a verdict that is not the documented one; None if it passes.
    expected, documented
        The documented verdict, and the reason for it; the reason is empty if the claim should be replicated.
    reading
        The interpretation that is tested; empty if there is none.
    reason
        Lines about why it has its verdict, drifted or did not run.
    passes
        Whether the run accepts the verdict.
    is_expected
        Whether `reason` only repeats what is documented and what the quantities show.
    seconds
        Duration of the test, in words.
    quantities, unmeasured, main
        Its quantities, those that the models do not have, and the one that says most about it: one without a
        value, else one that is outside, else one that is undecided, else one that drifted, else the first.
        None if there is none.
    figures
        Its figures.
    catches
        The deliberate mistakes that it is known to catch, in words; empty if none are known.
    """

    id: str
    anchor: str
    test: str
    sentence: str
    url: str
    is_note: bool
    verdict: Status
    unexpected: Status | None
    baseline: Status
    expected: str
    documented: str
    reading: str
    reason: tuple[str, ...]
    passes: bool
    is_expected: bool
    seconds: str
    quantities: tuple[QuantityView, ...]
    unmeasured: tuple[UnmeasuredView, ...]
    main: QuantityView | UnmeasuredView | None
    figures: tuple[FigureView, ...]
    catches: str

    @property
    def statuses(self) -> tuple[Status, ...]:
        """Its verdict, the mark of an undocumented verdict, and its comparison with the baseline."""
        return tuple(status for status in (self.verdict, self.unexpected, self.baseline) if status)

    @property
    def fails(self) -> bool:
        """Whether the run fails because of it: by its verdict, or because it drifted."""
        return not self.passes or self.baseline.word == "drifted"


@dataclass(frozen=True, kw_only=True)
class SectionView:
    """A section of the paper: its id, title and claims, and how many of its statements replicated."""

    id: str
    title: str
    claims: tuple[ClaimView, ...]
    statements: int
    replicated: int


@dataclass(frozen=True, kw_only=True)
class ReportView:
    """A run.

    Parameters
    ----------
    complete
        Whether the run ended regularly.
    implementation
        The external implementation that was judged; empty for this package's own models.
    baseline
        Name of the baseline that the run was compared with; empty if there was none.
    profile, device, device_name, engine, seed, started
        The run's settings and start.
    seconds, duration
        Duration of the run in seconds, and in words with the share of training.
    training_floor
        The least time that training needs, and the share reached; empty if it is not known.
    counts, headline
        Counts by result, and the same as one line of text.
    figure_errors
        Figures that could not be drawn.
    changes
        Rows of the table of changes from the baseline, with the headings
        `claims.harness.records.changes.COLUMNS`.
    sections
        The claims by section of the paper.
    experiments, training
        What was trained, those first whose models are not shown to have converged, and the seconds it took
        in all.
    environment
        Names and values of the run's environment.
    falsification
        The falsification matrix; None where there is none.
    """

    complete: bool
    implementation: str
    baseline: str
    profile: str
    device: str
    device_name: str
    engine: str
    seed: int
    started: str
    seconds: str
    duration: str
    training_floor: str
    counts: tuple[Count, ...]
    headline: str
    figure_errors: tuple[FigureErrorView, ...]
    changes: tuple[tuple[str, ...], ...]
    sections: tuple[SectionView, ...]
    experiments: tuple[ExperimentView, ...]
    training: str
    environment: tuple[tuple[str, str], ...]
    falsification: FalsificationView | None

    @property
    def claims(self) -> tuple[ClaimView, ...]:
        """All claims, in the paper's order."""
        return tuple(claim for section in self.sections for claim in section.claims)

    @property
    def filters(self) -> tuple[tuple[Status, int], ...]:
        """The statuses by which claims can be chosen, and the number of claims that have each."""
        counts = Counter(status for claim in self.claims for status in claim.statuses)
        return tuple(
            (Status(word, symbol), counts[Status(word, symbol)])
            for word, symbol in SYMBOLS.items()
            if word not in _UNREMARKABLE and Status(word, symbol) in counts
        )

    @property
    def failing(self) -> tuple[ClaimView, ...]:
        """The claims that fail the run by their verdict."""
        return tuple(claim for claim in self.claims if not claim.passes)

    @property
    def inconclusive(self) -> tuple[ClaimView, ...]:
        """The statements of which this run cannot say whether they hold."""
        return tuple(claim for claim in self.claims if claim.verdict.word == "inconclusive")

    @property
    def in_doubt(self) -> tuple[ExperimentView, ...]:
        """The experiments whose models did not converge, or are not shown to have converged."""
        return tuple(e for e in self.experiments if e.standing.word in ("not converged", "not shown"))

    @property
    def not_fused(self) -> tuple[ExperimentView, ...]:
        """The experiments with a model that is not what the fused engine trains."""
        return tuple(e for e in self.experiments if e.difference)

    @property
    def drifted(self) -> tuple[ClaimView, ...]:
        """The claims that drifted from their baseline."""
        return tuple(claim for claim in self.claims if claim.baseline.word == "drifted")
