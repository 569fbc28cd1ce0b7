"""Show the stored throughput in the README: `nox -s bench -- --readme`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np

from claims.harness.files import FileError
from claims.harness.report.render import rewrite_between
from figures import throughput
from figures.toolkit import save
from tests.benchmarks import baseline, tables
from tests.benchmarks.stacks import COMPILED, NOTEBOOK, SCAN
from tests.benchmarks.throughput import Report

ROOT: Final = Path(__file__).parents[2]
BEGIN: Final = "<!-- throughput:begin -->"
END: Final = "<!-- throughput:end -->"


def section(report: Report) -> str:
    """Write what a device's baseline holds, pictures apart."""
    listed = "\n".join(f"- {line}" for line in tables.lines(report))
    return f"**{tables.where(report)}**\n\n{tables.markdown(report)}\n\n{listed}"


def draw(report: Report, folder: Path) -> list[Path]:
    """Draw a device's figures; return the pictures."""
    place = tables.where(report)
    stacks = [name for name in dict.fromkeys(row.stack for row in report.rows) if name != NOTEBOOK]
    stacks.sort(key=lambda name: (name not in (COMPILED, SCAN), name == "fused"))
    keys = list(dict.fromkeys(row.key[:2] for row in report.rows))

    def column(stack: str, which: int) -> list[float]:
        rows = [report.find(*key, stack) for key in keys]
        return [(row.ratio, *row.ratio_range)[which] if row else np.nan for row in rows]

    middle, low, high = ({stack: column(stack, which) for stack in stacks} for which in range(3))
    drawn = [("speeds", throughput.speeds([f"{n}, batch {b}" for n, b in keys], middle, low, high, place))]
    for stack in dict.fromkeys(curve.stack for curve in report.curves):
        curves = {curve.varied: curve for curve in report.curves if curve.stack == stack}
        figure = throughput.growth(
            {name: curve.values for name, curve in curves.items()},
            {name: curve.seconds for name, curve in curves.items()},
            {name: curve.exponent for name, curve in curves.items()},
            {name: curve.interval for name, curve in curves.items()},
            f"{stack} engine on {place}",
        )
        drawn.append((f"growth_{stack}", figure))
    written = []
    for name, figure in drawn:
        png, svg = save.save(figure, folder / f"{name}_{report.device}")
        svg.unlink()
        written.append(png)
    return written


def main(root: Path = ROOT) -> int:
    """Rewrite the README's throughput section and its pictures from baselines/; return an exit code."""
    pictures = root / "figures" / "benchmarks"
    parts = []
    try:
        stored = [device for device in ("cpu", "cuda") if baseline.path_of(root, device).exists()]
        for device in stored or ["cpu"]:
            report = baseline.read(baseline.path_of(root, device), device)
            drawn = draw(report, pictures)
            shown = [f"![{path.stem}]({path.relative_to(root).as_posix()})" for path in drawn]
            parts.append("\n\n".join([section(report), *shown]))
        rewrite_between(root / "README.md", BEGIN, END, "\n\n".join(parts))
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    print("wrote README.md and figures/benchmarks/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
