"""Judge the claims under mistakes made on purpose: `python -m claims.harness.falsification [CONTROL ...]`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control, is_claim
from claims.harness.falsification.controls import CONTROLS, named
from claims.harness.falsification.running import AS_WRITTEN, Setting, finished, run
from claims.harness.falsification.showing import show, verdict
from claims.harness.files import FileError, near
from claims.harness.records import environment
from claims.harness.records import falsification_matrix as matrices
from claims.harness.records.results import Document
from claims.harness.report.heatmap import NAME, heatmap
from figures.toolkit.save import save

ROOT: Final = Path(__file__).parents[3]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is not finished yet, print and store the matrix.

    Parameters
    ----------
    arguments
        Of the command line; those of the process if None.

    Returns
    -------
    int
        0 if every control is caught and every claim catches one; 1 if not; 2 after a sentence on what could
        not be run.
    """
    asked = _parser().parse_args(arguments)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 140, highlight=False)
    try:
        controls = _chosen(asked.controls, asked.k)
        if asked.list:
            for control in controls:
                console.print(Text(f"{control.name}: {control.mistake} ({control.against})"))
            return 0
        setting = Setting(
            root=ROOT,
            output=ROOT / asked.output,
            seed=asked.seed,
            claims=_claims(asked.claims),
            fresh=asked.fresh,
        )
        if setting.claims:
            controls = [c for c in controls if any(c.held_against(claim) for claim in setting.claims)]
            if not controls:
                raise MisuseError(f"none of these controls is held against {' or '.join(setting.claims)}.")
        whole = len(controls) == len(CONTROLS) and not setting.claims
        as_written, under = _judged(setting, controls, console)
        found = matrices.assemble(as_written, under, controls, _environment(as_written))
        path = matrices.path_of(ROOT) if whole else setting.folder("falsification.json")
        matrices.save(found, path)
        show(found, console)
        console.print(Text(f"wrote {near(path)}"))
        for drawn in save(heatmap(found), setting.folder(NAME)):
            console.print(Text(f"wrote {near(drawn)}"))
        return verdict(
            found,
            console,
            every_control=not setting.claims,
            every_claim=not asked.controls and not asked.k,
        )
    except (MisuseError, FileError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "Cut short; the runs that were finished are kept, and the same command goes on.", file=sys.stderr
        )
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m claims.harness.falsification", description=__doc__)
    parser.add_argument("controls", nargs="*", help="names of controls; all by default")
    parser.add_argument("-k", default="", help="only controls whose name holds this text")
    parser.add_argument("--claims", default="", help="only these claims, ids or sections with spaces between")
    parser.add_argument("--list", action="store_true", help="list the controls and run nothing")
    parser.add_argument("--fresh", action="store_true", help="run again what an earlier call finished")
    parser.add_argument("--seed", type=int, default=0, help="seed of all runs")
    parser.add_argument("--output", default="replication/falsify", help="folder of the runs")
    return parser


def _chosen(names: Sequence[str], part: str) -> list[Control]:
    chosen = [named(name) for name in names] if names else list(CONTROLS)
    chosen = [control for control in chosen if part in control.name]
    if not chosen:
        raise MisuseError(f"no control's name holds {part!r}; --list shows them.")
    return chosen


def _claims(text: str) -> tuple[str, ...]:
    asked = tuple(text.upper().split())
    for claim in asked:
        if not is_claim(claim):
            raise MisuseError(f"--claims: {claim!r} is neither a section nor a claim's id, such as GEO-2.")
    return asked


def _judged(
    setting: Setting, controls: Sequence[Control], console: Console
) -> tuple[Document, dict[str, Document]]:
    """Run everything that is not finished, in an order in which models are there when they are needed."""
    documents: dict[str, Document] = {}
    for number, control in enumerate([None, *controls]):
        name = control.name if control else AS_WRITTEN
        document, started = finished(setting, control), time.perf_counter()
        if document is None:
            console.print(Text(f"{number}/{len(controls)}  {name} ...", "dim"))
            document = run(setting, control)
        took = f"{time.perf_counter() - started:.0f} s"
        counts = document["summary"]
        console.print(Text(f"{number}/{len(controls)}  {name}: {counts['failed']} failed, {took}"))
        documents[name] = document
    return documents.pop(AS_WRITTEN), documents


def _environment(document: Document) -> dict[str, str | int]:
    told = document["environment"]
    return {
        **environment.of_baseline(told["engine"], told["device"], told["seed"]),
        "profile": told["profile"],
    }


if __name__ == "__main__":
    sys.exit(main())
