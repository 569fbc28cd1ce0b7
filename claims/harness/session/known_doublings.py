"""The doubling tests that a run can read from baselines, and the models that they speak for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from claims.harness.baselines import places, store
from claims.harness.baselines.baseline import Baseline, DoublingEntry, LossEntry
from claims.harness.files import FileError
from claims.harness.session.options import Options


@dataclass(frozen=True)
class KnownDoublings:
    """Doubling tests of one origin, with the losses of the models that they speak for.

    Parameters
    ----------
    where
        Name of the file that holds them.
    tests, losses
        Both by experiment.
    is_of_judged
        Whether they are of the implementation that is judged, and not of this package's own models.
    """

    where: str
    tests: Mapping[str, DoublingEntry]
    losses: Mapping[str, LossEntry]
    is_of_judged: bool

    @classmethod
    def of(cls, baseline: Baseline, where: str, *, is_of_judged: bool) -> Self:
        """Take the tests of a baseline."""
        return cls(where, baseline.convergence, baseline.losses, is_of_judged)


def known_doublings(options: Options, baseline: Baseline | None, name: str) -> Iterator[KnownDoublings]:
    """Yield the doubling tests of what is judged, then those of this package's own models.

    Parameters
    ----------
    options
        The parsed options.
    baseline
        The baseline that the run is compared with; None if there is none.
    name
        Its name.
    """
    if baseline is not None:
        yield KnownDoublings.of(baseline, name, is_of_judged=True)
    own = places.sources(options.root, options.device, options.profile)
    if options.implementation is None or not own:
        return
    with suppress(FileError):  # a baseline of other models than those that are judged need not be in order
        if found := store.compared(options.root, options.device, options.profile):
            yield KnownDoublings.of(found, places.shown(own[0], options.root), is_of_judged=False)
