"""The file of a flake count: lines are appended, and damaged ones are refused."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from claims.harness.files import FileError
from claims.harness.flakiness.record import SCHEMA, append
from claims.harness.flakiness.runs import read
from claims.harness.judging.claim import SECTIONS
from claims.harness.judging.outcomes import Verdict
from tests.helpers.flakes import COMPARED, IDENTITY, outcome, replicated, run


def test_lines_are_read_back_and_an_incomplete_last_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "flakes.jsonl"
    assert not read(path, COMPARED).lines
    lines = [run(k, replicated()) for k in (1, 2)]
    append(path, lines[0])
    first = path.read_bytes()
    append(path, lines[1])
    path.write_bytes(path.read_bytes()[:-30])
    assert read(path, COMPARED).lines == lines[:1]
    append(path, lines[1])
    assert read(path, COMPARED).lines == lines
    assert path.read_bytes().startswith(first)


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        ("{", "line 2 of .* is not valid JSON"),
        ("[]", "line 2 of .* does not fit its schema"),
        ('{"seed": NaN}', "line 2 of .* not a finite number"),
        (
            json.dumps(run(1, outcome(Verdict.CONTRADICTED, 2.9, 3.0))),
            "line 2 of .*: DEMO-2 has another outcome at seed 1 than before; rewrite its baseline, or count",
        ),
        (
            json.dumps(run(2, replicated(), identity=replace(IDENTITY, code="new"))),
            "line 2 of .* comes from changed code, which repeated no seed of DEMO-2",
        ),
        (
            json.dumps(run(1, replicated(), identity=replace(IDENTITY, rules="2"))),
            "line 2 of .* has another rules than the first line",
        ),
        (
            json.dumps({**run(2, replicated()), "identity": asdict(IDENTITY) | {"more": "of it"}}),
            "line 2 of .* does not fit its schema",
        ),
        (
            json.dumps(run(2, replicated())).replace("DEMO-2", "NONE-2"),
            "line 2 of .* does not fit its schema",
        ),
    ],
)
def test_damaged_line_is_named_and_nothing_is_lost(tmp_path: Path, damaged: str, message: str) -> None:
    path = tmp_path / "flakes.jsonl"
    append(path, run(1, replicated()))
    with path.open("a") as file:
        file.write(damaged + "\n")
    before = path.read_bytes()
    with pytest.raises(FileError, match=message):
        read(path, COMPARED)
    assert path.read_bytes() == before


def test_schema_names_the_sections_of_the_paper() -> None:
    pattern = SCHEMA["properties"]["claims"]["items"]["properties"]["id"]["pattern"]
    assert pattern == f"^({'|'.join(SECTIONS)})-[0-9]{{1,4}}$"


def test_schema_names_every_field_of_the_identity() -> None:
    assert SCHEMA["properties"]["identity"]["required"] == list(asdict(IDENTITY))
    assert set(SCHEMA["properties"]["identity"]["properties"]) == set(asdict(IDENTITY))


def test_line_that_cannot_be_written_is_one_sentence_and_the_lines_before_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flakes.jsonl"
    append(path, {"seed": 1})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"flakes.jsonl cannot be written: No space left on device\.$"):
        append(path, {"seed": 2})
    assert path.read_bytes().splitlines()[0] == b'{"seed":1}'
