"""Compare a throughput report with its baseline."""

from __future__ import annotations

from typing import Final

from claims.harness.records.throughput import Report, Throughput
from claims.harness.records.throughput_file import update_command

ALLOWED_FALL: Final = 0.35
"""The share of its baseline by which a ratio may fall.

On a machine that does nothing else, the median of five pairs repeats within a tenth. On shared machines a
neighbour takes cores or memory bandwidth from one side of a pair more than from the other, and the median has
been off by up to a third. The faults to catch cost a factor of two or more: a loop that lost its SIMD code, a
cache that is missed, a lock.
"""


def complaints(fresh: Report, stored: Report) -> list[str]:
    """List the engines that fell behind their baseline or have none, one sentence each; peers may fall."""
    return [text for row in fresh.rows if row.is_own and (text := _complaint(row, stored))]


def other_machine(fresh: Report, stored: Report) -> str | None:
    """Describe how the machine differs from the baseline's, or return None.

    Ratios are comparable between similar machines, but not between two cores and thirty.
    """
    names = ("device_name", "threads")
    now, then = ([report.environment.get(name) for name in names] for report in (fresh, stored))
    if now == then:
        return None
    return (
        f"The baseline was measured on {then[0]} with {then[1]} threads, this run on {now[0]} with {now[1]}."
    )


def _complaint(row: Throughput, stored: Report) -> str | None:
    where = f"{row.stack} on {row.workload} at batch {row.batch_size} ({row.device})"
    earlier = stored.find(*row.key)
    if earlier is None:
        return f"{where} has no baseline. Measure it: {update_command(row.device)} -k {row.workload}"
    if row.ratio >= (1 - ALLOWED_FALL) * earlier.ratio:
        return None
    fall = 1 - row.ratio / earlier.ratio
    return (
        f"{where} fell by {fall:.0%}: it is {row.ratio:.3g} times as fast as the notebook loop now and was "
        f"{earlier.ratio:.3g} times; a fall of {ALLOWED_FALL:.0%} is allowed."
    )
