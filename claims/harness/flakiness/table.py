"""The table of a flake count, in the terminal and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from claims.harness.flakiness.summary import LEVEL, THIN, ClaimFlakes, Rate, Summary
from claims.harness.judging.outcomes import Verdict
from claims.harness.report import text

_COLUMNS = ("claim", "test", "failed", "drifted", "margin", "of the mean", "nearest quantity")


def show(summary: Summary, console: Console) -> None:
    """Print one row a claim, then the summary; colour marks claims that failed, drifted or are thin."""
    table = Table(*_COLUMNS, box=None, header_style="bold", pad_edge=False)
    for claim in summary.claims:
        style = (
            "bold red" if claim.failed.count else "yellow" if is_thin(claim) or claim.drifted.count else ""
        )
        table.add_row(*(Text(cell, style) for cell in _cells(claim)))
    console.print(Group(table, *(Text(line) for line in _sentences(summary))))


def markdown(summary: Summary) -> str:
    """Render the summary, one row a claim and one row a quantity."""
    lines = [
        "# How often unchanged code fails",
        "",
        *(f"{text.markdown(line)}  " for line in _sentences(summary)),
    ]
    lines += ["", "## Claims", "", *_table(_COLUMNS, [_cells(claim) for claim in summary.claims])]
    rows = [
        (
            claim.key.claim,
            margin.name,
            f"{margin.mean:.4g}",
            f"{margin.spread:.2g}",
            _sds(margin.of_mean),
            _sds(margin.inside),
            _sds(margin.outside),
            _rate(margin.drifted),
        )
        for claim in summary.claims
        for margin in claim.margins
    ]
    columns = (
        "claim",
        "quantity",
        "mean",
        "sd over runs",
        "margin of the mean",
        "inside",
        "outside",
        "drifted",
    )
    lines += ["", "## Quantities", "", *_table(columns, rows)]
    if summary.losses:
        losses = [(name, _rate(rate)) for name, rate in summary.losses.items()]
        lines += ["", "## Trained losses", "", *_table(("experiment", "drifted"), losses)]
    return "\n".join(lines) + "\n"


def is_thin(claim: ClaimFlakes) -> bool:
    """Whether the margin of a claim is below `THIN`."""
    return claim.margin < THIN


def _sentences(summary: Summary) -> list[str]:
    identity = summary.identity
    thin = [f"{claim.key.claim} ({_sds(claim.margin)})" for claim in summary.claims if is_thin(claim)]
    where = f"{identity['profile']} profile, {identity['engine']} engine on {identity['device']}"
    lines = [
        f"{len(summary.seeds)} complete runs of the {where}{_span(summary.seeds)}; "
        f"{summary.seconds / 3600:.1f} hours in total, code {', '.join(summary.codes)}, "
        f"commit {', '.join(summary.commits)}."
    ]
    if summary.parts:
        lines.append(f"{len(summary.parts)} more runs of some claims only{_span(summary.parts)}.")
    if summary.without:
        names = dict.fromkeys(key.claim for key in summary.without)
        lines.append(f"Claims without runs: {', '.join(names)}.")
    lines += [
        f"Runs in which any claim failed: {_rate(summary.failed)}.",
        f"Runs in which anything drifted: {_rate(summary.drifted)}.",
        f"Runs with either: {_rate(summary.either)}. Intervals are exact, at {LEVEL:.0%}.",
    ]
    if summary.missing.count:
        lines.append(f"Runs in which something had no baseline: {summary.missing.count}.")
    return [
        *lines,
        "A margin is the distance from the end of a quantity's interval to the edge of its acceptance "
        "region, in standard deviations of that end over runs: inside for the end that would leave the "
        "region first, outside for the end that would reach it first. The margin of the mean is the same for "
        "the mean. A claim fails with any verdict but the documented one. The margin of a contradicted claim "
        "is that of the quantity farthest outside. That of an inconclusive claim is the distance to the "
        "nearer of both other verdicts. Notes have none.",
        f"Margins below {THIN:g}: {', '.join(thin) or 'none'}.",
    ]


def _span(seeds: Sequence[int]) -> str:
    return f", seeds {seeds[0]} to {seeds[-1]}" if seeds else ""


def _cells(claim: ClaimFlakes) -> tuple[str, ...]:
    nearest = claim.decisive
    contradicted = claim.expected is Verdict.CONTRADICTED
    of_mean = "" if nearest is None else _sds(-nearest.of_mean if contradicted else nearest.of_mean)
    name = nearest.name if nearest else ""
    rates = _rate(claim.failed), _rate(claim.drifted)
    return (claim.key.claim, claim.key.test, *rates, _sds(claim.margin), of_mean, name)


def _rate(rate: Rate) -> str:
    if not rate.n:
        return "not compared"
    lo, hi = rate.interval
    return f"{rate.count} of {rate.n} [{lo:.2%}, {hi:.2%}]"


def _sds(margin: float) -> str:
    if math.isnan(margin):
        return ""
    return ("never varies" if margin > 0 else "always out") if math.isinf(margin) else f"{margin:.1f}"


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    head = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return head + ["| " + " | ".join(map(text.markdown, row)) + " |" for row in rows]
