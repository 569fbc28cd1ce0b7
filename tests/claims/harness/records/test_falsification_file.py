"""The stored falsification matrix: it reads back as it was written, and a damaged file is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.harness.baselines.baseline import Key
from claims.harness.files import FileError
from claims.harness.judging.outcomes import Verdict
from claims.harness.records.falsification_file import SCHEMA, load, path_of, save
from claims.harness.records.falsification_matrix import ControlRecord, Kind, State
from tests.helpers.matrices import BLURRED, BROKE, CAUGHT, DRIFTED, REPLICATED, matrix_of, with_junk
from tests.helpers.paths import ROOT


def test_matrix_reads_back_as_it_was_written(tmp_path: Path) -> None:
    matrix = matrix_of({"one": CAUGHT, "two": DRIFTED}, {"one": BLURRED, "two": BROKE})
    path = tmp_path / "falsification.json"
    save(matrix, path)
    assert load(path) == matrix
    save(with_junk(REPLICATED, CAUGHT), path)
    assert load(path) == with_junk(REPLICATED, CAUGHT)


def test_all_tests_of_a_claim_and_all_words_about_a_control_are_kept(tmp_path: Path) -> None:
    described = ControlRecord(
        mistake="The bias is frozen.", kind=Kind.DATA, against=("DEMO", "PHASE-1"), because="So.", seconds=2.5
    )
    matrix, again = matrix_of({"one": CAUGHT}, {}), Key("DEMO-1", "test_again")
    matrix = dataclasses.replace(
        matrix,
        controls={"one": described},
        claims={**matrix.claims, again: Verdict.NOTED},
        cells={**matrix.cells, again: {"one": DRIFTED}},
    )
    save(matrix, path_of(tmp_path))
    assert load(path_of(tmp_path)) == matrix


def test_a_file_that_cannot_be_replaced_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "falsification.json"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(FileError, match="cannot be written"):
        save(matrix_of({}, {}), path)
    assert list(tmp_path.iterdir()) == [path]


def test_cell_is_one_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "falsification.json"
    save(matrix_of({"one": CAUGHT}, {}), path)
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    assert any(line.startswith('"one": ["caught", "steady", "norm"]') for line in lines)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda d: d.pop("claims"), "claims"),
        (lambda d: d["controls"].pop("one"), "names a control that is not in the file: one"),
        (
            lambda d: d["claims"]["DEMO-1"]["test_holds"]["under"].update(one=["perhaps", "steady", ""]),
            "perhaps",
        ),
        (lambda d: d.update(schema_version=2), "schema_version"),
        (lambda d: d.pop("code"), "code"),
        (lambda d: d["environment"].pop("profile"), "profile"),
    ],
    ids=["no claims", "no control", "state", "version", "no code", "no profile"],
)
def test_damaged_matrix_is_refused_with_the_command_that_writes_it(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object], reason: str
) -> None:
    path = tmp_path / "falsification.json"
    save(matrix_of({"one": CAUGHT}, {}), path)
    document = json.loads(path.read_text("utf-8"))
    damage(document)
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(FileError, match="Write it anew: tms falsify") as refused:
        load(path)
    assert reason in str(refused.value)


def test_schema_is_closed_and_names_every_kind_and_state() -> None:
    assert SCHEMA["additionalProperties"] is False
    kinds = SCHEMA["properties"]["controls"]["additionalProperties"]["properties"]["kind"]["enum"]
    assert kinds == list(Kind)
    claim = SCHEMA["properties"]["claims"]["additionalProperties"]["additionalProperties"]
    cell = claim["properties"]["under"]["additionalProperties"]["prefixItems"]
    assert cell[0]["enum"] == [state for state in State if state is not State.NOT_RUN]


@pytest.mark.skipif(not path_of(ROOT).exists(), reason="no matrix is stored")
def test_stored_matrix_can_be_read_and_no_statement_in_it_is_replicated_by_junk() -> None:
    matrix = load(path_of(ROOT))
    assert matrix.claims
    assert matrix.junk
    assert [key for name in matrix.junk for key in matrix.replicated_by(name)] == []
