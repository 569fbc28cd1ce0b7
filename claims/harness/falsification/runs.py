"""The runs of a falsification: the plain one first, then those under controls side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from claims.harness.falsification.control import Control
from claims.harness.falsification.running import PLAIN, Setting, document_of, finished, job_of, name_of
from claims.harness.records.results import Document
from claims.harness.separate_runs import Ended, Place, side_by_side


@dataclass
class Runs:
    """Makes the runs that are not finished, and shows them.

    Parameters
    ----------
    setting
        Where and how the runs are made.
    place
        Where they are made.
    console
        The terminal.
    """

    setting: Setting
    place: Place
    console: Console
    _documents: dict[str, Document] = field(default_factory=dict)

    def judged(self, controls: Sequence[Control]) -> tuple[Document, dict[str, Document]]:
        """Judge the claims without any mistake, and under each control.

        The plain run comes first, because other runs reuse its models.

        Parameters
        ----------
        controls
            The mistakes.

        Returns
        -------
        plain : Document
            The results of the plain run.
        under : dict
            The results under the controls, by their name, in the order of `controls`.

        Raises
        ------
        MisuseError
            If a run did not reach its end; runs that finished are kept.
        """
        if not self.place.is_here:
            self.console.print(Text(f"Runs are made on {self.place.executor}."))
        self._make([None], len(controls))
        self._make(controls, len(controls))
        return self._documents[PLAIN], {each.name: self._documents[each.name] for each in controls}

    def _make(self, controls: Sequence[Control | None], of: int) -> None:
        left: dict[str, tuple[Control | None, str]] = {}
        for control in controls:
            if (document := finished(self.setting, control)) is None:
                left[name_of(control)] = control, self.setting.fingerprint(control)
            else:
                self._add(name_of(control), document, "finished before", of)

        def record(name: str, ended: Ended) -> None:
            self._add(name, document_of(self.setting, *left[name], ended), f"{ended.seconds:.0f} s", of)

        jobs = {name: job_of(self.setting, control, self.place) for name, (control, _) in left.items()}
        side_by_side(self.place, jobs, record, self.console)

    def _add(self, name: str, document: Document, took: str, of: int) -> None:
        failing = sum(not claim["passes"] for claim in document["claims"])
        number = len(self._documents)
        self._documents[name] = document
        self.console.print(Text(f"{number}/{of}  {name}: {failing} do not pass, {took}"))
