"""Run a falsification: choose the controls, run what is not finished, show and store the matrix."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from claims.harness import outcome_code
from claims.harness.errors import MisuseError
from claims.harness.falsification import terminal
from claims.harness.falsification.assembly import assemble, joined
from claims.harness.falsification.control import Control, is_claim
from claims.harness.falsification.controls import CONTROLS, named
from claims.harness.falsification.running import PROFILE, Setting
from claims.harness.falsification.runs import Runs
from claims.harness.files import FileError, relative_to_cwd
from claims.harness.locks import lock_of, locked
from claims.harness.records import environment, falsification_file
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.report.heatmap import NAME, heatmap
from claims.harness.separate_runs import place_of_runs
from figures.toolkit.save import save
from tms import training


def falsify(
    *,
    root: Path,
    names: Sequence[str],
    part: str,
    claims: str,
    seed: int,
    output: Path,
    fresh: bool,
    keep_models: bool = False,
    store: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
) -> int:
    """Run what is not finished yet, print the matrix and store it.

    The matrix of all controls and claims is stored in baselines/, any other one in the output folder, unless
    `store` says otherwise.

    Parameters
    ----------
    root
        The folder that owns baselines/ and .cache/.
    names
        Names of the controls to run; all if empty.
    part
        A text that the names of the chosen controls contain; all if empty.
    claims
        The only sections and ids of claims to judge, separated by spaces; all if empty.
    seed
        The seed of all runs.
    output
        The folder of the runs.
    fresh
        Whether to repeat the runs that an earlier call finished.
    keep_models
        Whether models trained under a mistake are stored, so that a later run judges them without training.
    store
        Whether a matrix of some controls is stored in baselines/, too. It joins a stored part of the same
        code and environment, whose controls are not run again. It replaces any other, and says so.
    workers, cluster
        Where the runs are made, as in `place_of_runs`.

    Returns
    -------
    int
        0 if every control is caught, every claim catches one and junk replicates no statement, 1 if not.

    Raises
    ------
    MisuseError
        If a control or a claim does not exist, a run did not reach its end, or a matrix is to be stored of
        which claims are left out.
    FileError
        If a file cannot be read or written, or another falsification runs in the output folder.
    """
    if store and claims.strip():
        raise MisuseError(
            "--store and --claims cannot go together: a stored control is judged by all claims."
        )
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 140, highlight=False)
    setting = Setting(
        root=root,
        output=output,
        seed=seed,
        claims=_claims(claims),
        fresh=fresh,
        keeps_models=keep_models,
    )
    controls = chosen(names, part)
    if setting.claims:
        controls = [c for c in controls if any(c.judges(claim) for claim in setting.claims)]
        if not controls:
            raise MisuseError(f"none of these controls is judged against {' or '.join(setting.claims)}.")
    code = outcome_code.digest()
    engine, device = training.resolve("auto", "auto")
    of_runs = {**environment.of_baseline(engine, device, seed), "profile": PROFILE}
    stored = _stored(root, code, of_runs, console) if store else None
    if stored and not fresh:
        controls = [control for control in controls if control.name not in stored.controls]
    if stored and not controls:
        return _show(stored, console, every_control=True, every_claim=not stored.left)
    busy = f"--output {relative_to_cwd(output)}: another falsification runs in this folder; wait for it."
    with locked(lock_of(output), busy), place_of_runs(workers, device, cluster) as place:
        plain, under = Runs(setting, place, console).judged(controls)
    matrix = assemble(plain, under, controls, code, of_runs, len(CONTROLS))
    if stored and stored.claims != matrix.claims:
        _say_replaced(stored, "other verdicts without any mistake", console)
    elif stored:
        matrix = joined(stored, matrix, [control.name for control in CONTROLS])
    is_stored = store or not (matrix.left or setting.claims)
    path = falsification_file.path_of(root) if is_stored else setting.folder("falsification.json")
    falsification_file.save(matrix, path)
    for written in (path, *save(heatmap(matrix), setting.folder(NAME))):
        console.print(Text(f"wrote {relative_to_cwd(written)}"))
    return _show(
        matrix,
        console,
        every_control=not setting.claims,
        every_claim=not matrix.left or not (names or part),
    )


def chosen(names: Sequence[str], part: str) -> list[Control]:
    """Choose controls by name and by a part of the name.

    Raises
    ------
    MisuseError
        If a name is unknown or no control is left.
    """
    controls = [named(name) for name in names] if names else list(CONTROLS)
    controls = [control for control in controls if part in control.name]
    if not controls:
        raise MisuseError(f"no control's name contains {part!r}; --list shows them.")
    return controls


def _stored(root: Path, code: str, of_runs: Mapping[str, str | int], console: Console) -> Matrix | None:
    """Read the stored matrix; None if none can be read, or its runs were of other code or elsewhere."""
    try:
        matrix = falsification_file.load(falsification_file.path_of(root))
    except FileError:
        return None
    if matrix.code != code:
        _say_replaced(matrix, "other code", console)
    elif matrix.environment != of_runs:
        _say_replaced(matrix, "another environment", console)
    else:
        return matrix
    return None


def _say_replaced(stored: Matrix, reason: str, console: Console) -> None:
    """Say that a stored matrix does not go together with the new one, which takes its place."""
    console.print(
        Text(
            f"baselines/falsification.json holds {len(stored.controls)} mistakes of runs with {reason}; "
            "this matrix replaces it."
        )
    )


def _show(matrix: Matrix, console: Console, *, every_control: bool, every_claim: bool) -> int:
    terminal.show(matrix, console)
    return terminal.verdict(matrix, console, every_control=every_control, every_claim=every_claim)


def _claims(text: str) -> tuple[str, ...]:
    claims = tuple(text.upper().split())
    for claim in claims:
        if not is_claim(claim):
            raise MisuseError(f"--claims: {claim!r} is neither a section nor a claim's id, such as GEO-2.")
    return claims
