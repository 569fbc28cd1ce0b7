"""summary.md of a run: what needs attention, in a size that every CI service accepts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claims.harness.records.changes import COLUMNS
from claims.harness.report import text
from claims.harness.report.templating import as_markdown
from claims.harness.report.view import ReportView, SectionView

SUMMARY_BYTES: Final = 60_000
"""Largest size of a summary in UTF-8; services that show one beside a change refuse more than about 65 kB."""

_SECTIONS: Final = 14_000
_EXPERIMENT_COLUMNS: Final = (
    "Experiment",
    "Converged",
    "Kind of evidence",
    "Measured",
    "Allowed",
    "Evidence",
)
_NOT_FUSED_COLUMNS: Final = ("Experiment", "Trained by", "Difference")
_FIGURE_COLUMNS: Final = ("Claim", "Test", "Figure", "Error")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of the summary with a heading and a list or a table, whose last items can be left out.

    Parameters
    ----------
    title
        The heading, without the number of items.
    start
        Lines before the items.
    items
        The items as Markdown, each with the end of its last line.
    one, many
        What an item is called.
    share
        Bytes that the block may take at least, whatever the blocks before it need.
    """

    title: str
    start: str
    items: Sequence[str]
    one: str
    many: str
    share: int

    @property
    def size(self) -> int:
        """Size of the whole block in bytes; 0 if it has no items."""
        return _size(self.within(None))

    def within(self, most: int | None) -> str:
        """Write the block with as many items as fit into a number of bytes; with all of them if None."""
        if not self.items:
            return ""
        head = f"\n## {self.title} ({len(self.items)})\n\n{self.start}"
        whole = head + "".join(self.items)
        if most is None or _size(whole) <= most:
            return whole
        left = most - _size(head) - _size(self._left_out(len(self.items)))
        shown = 0
        for item in self.items:
            left -= _size(item)
            if left < 0:
                break
            shown += 1
        return head + "".join(self.items[:shown]) + self._left_out(len(self.items) - shown)

    def _left_out(self, count: int) -> str:
        noun = text.plural(count, f"{self.one} is", f"{self.many} are")
        it = text.plural(count, "it", "them")
        return f"\n*{count} more {noun} left out here to stay below 60 kB; report.md shows {it}.*\n"


def summary(report: ReportView) -> str:
    """Write the result of a run in at most `SUMMARY_BYTES` of Markdown without figures.

    The counts come first, then what needs attention: what failed, drifted, changed or is inconclusive. The
    tables of all claims follow, folded. Long texts are shortened. What does not fit is left out, and a
    sentence says how much that is.
    """
    written = as_markdown("summary.md.jinja", report=report)
    blocks = _blocks(report)
    reserved = [min(block.size, block.share) for block in blocks]
    left = SUMMARY_BYTES - _size(written) - sum(reserved) - _SECTIONS
    for block, own in zip(blocks, reserved, strict=True):
        part = block.within(left + own)
        left += own - _size(part)
        written += part
    return written + _sections(report.sections, left + _SECTIONS)


def _blocks(report: ReportView) -> list[Block]:
    inconclusive = [claim for claim in report.inconclusive if claim.passes]
    missing = [claim for claim in report.claims if claim.baseline.word == "missing" and claim.passes]
    experiments = [
        (e.name, f"{e.standing.symbol} {e.standing.word}", e.kind, e.value, e.allowed, e.evidence)
        for e in report.in_doubt
    ]
    not_fused = [(e.name, f"{e.engine} engine", e.difference or "") for e in report.not_fused]
    figures = [(e.claim, e.test, e.figure, e.error) for e in report.figure_errors]

    def claims(title: str, listed: Iterable[Any], share: int) -> Block:
        items = [as_markdown("summary_claim.md.jinja", claim=claim) for claim in listed]
        return Block(title=title, start="", items=items, one="claim", many="claims", share=share)

    return [
        claims("Failed claims", report.failing, 14_000),
        claims("Drifted claims", report.drifted, 5_000),
        claims("Claims without a baseline", missing, 2_000),
        _table("Changes from the baseline", COLUMNS, report.changes, "change", "changes", 6_000),
        claims("Inconclusive claims that pass", inconclusive, 5_000),
        _table(
            "Models that are not what the fused engine trains",
            _NOT_FUSED_COLUMNS, not_fused, "experiment", "experiments", 3_000,
        ),
        _table(
            "Experiments whose models are not shown to have converged",
            _EXPERIMENT_COLUMNS, experiments, "experiment", "experiments", 4_000,
        ),
        _table("Figures that could not be drawn", _FIGURE_COLUMNS, figures, "figure", "figures", 2_000),
    ]  # fmt: skip


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], one: str, many: str, share: int
) -> Block:
    start = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    items = [as_markdown("summary_row.md.jinja", row=row) for row in rows]
    return Block(title=title, start=start, items=items, one=one, many=many, share=share)


def _sections(sections: Sequence[SectionView], most: int) -> str:
    """Write the folded tables of all claims; a section whose table does not fit is one line."""
    lines = [as_markdown("summary_section.md.jinja", section=section, folded=False) for section in sections]
    block = Block(
        title="Sections", start="", items=lines, one="section", many="sections", share=most
    )  # fmt: skip
    left = most - block.size - _size(_without_tables(len(sections)))
    if left < 0:
        return block.within(most)
    parts, bare = [], 0
    for section, line in zip(sections, lines, strict=True):
        folded = as_markdown("summary_section.md.jinja", section=section, folded=True)
        fits = _size(folded) - _size(line) <= left
        parts.append(folded if fits else line)
        left -= _size(parts[-1]) - _size(line)
        bare += not fits
    return (
        f"\n## {block.title} ({len(sections)})\n\n" + "".join(parts) + (_without_tables(bare) if bare else "")
    )


def _without_tables(count: int) -> str:
    noun = text.plural(count, "section is", "sections are")
    its = text.plural(count, "its table", "their tables")
    return f"\n*{count} {noun} shown without {its} to stay below 60 kB; report.md shows {its}.*\n"


def _size(written: str) -> int:
    return len(written.encode())
