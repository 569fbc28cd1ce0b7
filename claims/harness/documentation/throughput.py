"""The stored throughput measurements, as tables and figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from claims.harness.records.throughput import COMPILED, NOTEBOOK, SCAN, Report
from claims.harness.records.throughput_file import path_of, read
from claims.harness.report import throughput_table
from figures import throughput
from figures.toolkit import save


def markdown(root: Path, pictures: str) -> str:
    """Write the tables of all devices, with links to their figures.

    Parameters
    ----------
    root
        The folder that holds baselines/.
    pictures
        The folder of the figures that `draw` writes, as a link from the page.

    Raises
    ------
    FileError
        If a baseline is damaged, or if there is none.
    """
    parts = []
    for report in _stored(root):
        items = "\n".join(f"- {line}" for line in throughput_table.lines(report))
        links = "\n\n".join(
            f"![{alternative}]({pictures}/{name}.png)" for name, alternative in _figures(report).items()
        )
        heading = f"## {throughput_table.place(report)}"
        parts.append(f"{heading}\n\n{throughput_table.markdown(report)}\n\n{items}\n\n{links}")
    return "\n\n".join(parts)


def summary(root: Path) -> str:
    """Write the range of the fused engine's speed on the CPU in one sentence.

    Raises
    ------
    FileError
        If there is no baseline of the CPU, or it is damaged.
    """
    report = read(path_of(root, "cpu"), "cpu")
    fused = [row for row in report.rows if row.stack == "fused"]
    against_loop = [row.ratio for row in fused]
    against_scan = [ratio for row in fused if (ratio := report.ratio_to(SCAN, row))]
    sentence = f"Training on {throughput_table.place(report)}: {_range(against_loop)} a PyTorch loop"
    return sentence + (f", and {_range(against_scan)} a compiled JAX scan." if against_scan else ".")


def draw(root: Path, folder: Path) -> list[Path]:
    """Draw the figures of all devices as PNG files.

    Parameters
    ----------
    root
        The folder that holds baselines/.
    folder
        The folder for the figures.

    Raises
    ------
    FileError
        If a baseline is damaged, or if there is none.
    """
    pictures = []
    for report in _stored(root):
        for name in _figures(report):
            figure = _speeds(report) if name.startswith("speeds") else _growth(report, name.split("_")[1])
            png, svg = save.save(figure, folder / name)
            svg.unlink()
            pictures.append(png)
    return pictures


def _range(ratios: list[float]) -> str:
    return f"{min(ratios):.0f} to {max(ratios):.0f} times as fast as"


def _stored(root: Path) -> list[Report]:
    stored = [device for device in ("cpu", "cuda") if path_of(root, device).exists()]
    return [read(path_of(root, device), device) for device in stored or ["cpu"]]


def _figures(report: Report) -> dict[str, str]:
    """Name the figures of a report, with the text for those who do not see them."""
    device = report.device
    names = {f"speeds_{device}": f"Speeds relative to the notebook loop, {device}"}
    for stack in dict.fromkeys(curve.stack for curve in report.curves):
        names[f"growth_{stack}_{device}"] = f"Growth of the training time of the {stack} engine, {device}"
    return names


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
