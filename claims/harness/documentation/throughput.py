"""Show the stored throughput baselines in the README: `nox -s bench -- --readme`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from claims.harness.files import FileError
from claims.harness.records.throughput import COMPILED, NOTEBOOK, SCAN, Report
from claims.harness.records.throughput_file import path_of, read
from claims.harness.report import throughput_table
from claims.harness.report.render import rewrite_between
from figures import throughput
from figures.toolkit import save

BEGIN: Final = "<!-- throughput:begin -->"
END: Final = "<!-- throughput:end -->"


def stored_reports(root: Path) -> list[Report]:
    """Read the throughput baselines of all devices that have one.

    Raises
    ------
    FileError
        If a baseline is damaged, or if there is none.
    """
    stored = [device for device in ("cpu", "cuda") if path_of(root, device).exists()]
    return [read(path_of(root, device), device) for device in stored or ["cpu"]]


def section(report: Report) -> str:
    """Return a device's table and its other numbers in Markdown."""
    items = "\n".join(f"- {line}" for line in throughput_table.lines(report))
    return f"**{throughput_table.place(report)}**\n\n{throughput_table.markdown(report)}\n\n{items}"


def draw(report: Report, folder: Path) -> list[Path]:
    """Draw a device's figures into a folder; return the paths of the PNG files."""
    figures = {"speeds": _speeds(report)}
    for stack in dict.fromkeys(curve.stack for curve in report.curves):
        figures[f"growth_{stack}"] = _growth(report, stack)
    pictures = []
    for name, figure in figures.items():
        png, svg = save.save(figure, folder / f"{name}_{report.device}")
        svg.unlink()
        pictures.append(png)
    return pictures


def page(root: Path, folder: Path, relative_to: Path) -> str:
    """Draw the figures of all devices, and return the text that shows them and the tables.

    Parameters
    ----------
    root
        The folder that holds baselines/.
    folder
        The folder for the figures.
    relative_to
        The page's folder, which holds the folder for the figures; links are relative to it.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    FileError
        If a baseline is damaged, or if there is none.
    """
    parts = []
    for report in stored_reports(root):
        pictures = [
            f"![{path.stem}]({path.relative_to(relative_to).as_posix()})" for path in draw(report, folder)
        ]
        parts.append("\n\n".join([section(report), *pictures]))
    return "\n\n".join(parts)


def main(root: Path) -> int:
    """Rewrite the throughput section of the README and its figures; return an exit code."""
    try:
        text = page(root, root / "figures" / "benchmarks", root)
        rewrite_between(root / "README.md", BEGIN, END, text)
    except FileError as error:
        print(error, file=sys.stderr)
        return 2
    print("wrote README.md and figures/benchmarks/")
    return 0


def _speeds(report: Report) -> Figure:
    stacks = [name for name in dict.fromkeys(row.stack for row in report.rows) if name != NOTEBOOK]
    stacks.sort(key=lambda name: (name not in (COMPILED, SCAN), name == "fused"))
    keys = list(dict.fromkeys(row.key[:2] for row in report.rows))

    def column(stack: str, which: int) -> list[float]:
        rows = [report.find(*key, stack) for key in keys]
        return [(row.ratio, *row.ratio_range)[which] if row else np.nan for row in rows]

    middle, low, high = ({stack: column(stack, which) for stack in stacks} for which in range(3))
    workloads = [f"{name}, batch {batch}" for name, batch in keys]
    return throughput.speeds(workloads, middle, low, high, throughput_table.place(report))


def _growth(report: Report, stack: str) -> Figure:
    curves = {curve.varied: curve for curve in report.curves if curve.stack == stack}
    return throughput.growth(
        {name: curve.values for name, curve in curves.items()},
        {name: curve.seconds for name, curve in curves.items()},
        {name: curve.exponent for name, curve in curves.items()},
        {name: curve.interval for name, curve in curves.items()},
        f"{stack} engine on {throughput_table.place(report)}",
    )


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
