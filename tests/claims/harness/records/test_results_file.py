"""results.json of a run in progress: the same text as a single writing gives, each entry encoded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.harness.judging.outcomes import Verdict
from claims.harness.records import results, results_file
from claims.harness.records.results import Document, FigureError, Outcome
from claims.harness.records.results_file import ResultsFile
from tests.helpers.reports import ENVIRONMENT, document, outcome


def document_of(*outcomes: Outcome, figure_errors: tuple[FigureError, ...] = ()) -> Document:
    return results.document_of(
        outcomes,
        complete=True,
        environment=ENVIRONMENT,
        sections={"DEMO": "Demo"},
        experiments=[],
        figure_errors=figure_errors,
    )


@pytest.mark.parametrize(
    "written",
    [
        document(),
        document(outcome("one"), outcome("two\nlines", Verdict.FAILED)),
        document_of(),
        document_of(outcome("one"), figure_errors=(FigureError("DEMO-1", "one", "demo/a", "TypeError"),)),
    ],
    ids=["one claim", "two claims", "nothing", "a figure that could not be drawn"],
)
def test_file_is_what_a_single_writing_gives_and_can_be_read(tmp_path: Path, written: Document) -> None:
    results.write(tmp_path / "once.json", written)
    file = ResultsFile(tmp_path / "results.json")
    for _ in range(2):
        file.write(written)
        assert file.path.read_text("utf-8") == (tmp_path / "once.json").read_text("utf-8")
    assert results.read(file.path) == written


def test_entry_is_encoded_once_and_anew_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[object] = []
    encode = results_file._encode

    def counted(value: object, depth: int) -> str:
        encoded.append(value)
        return encode(value, depth)

    monkeypatch.setattr(results_file, "_encode", counted)
    file, first, second = ResultsFile(tmp_path / "results.json"), outcome("one"), outcome("two")
    file.write(document_of(first))
    file.write(document_of(first, second))
    assert [entry for entry in encoded if entry in (first.entry, second.entry)] == [first.entry, second.entry]
    changed = outcome("one", Verdict.FAILED)
    file.write(document_of(changed, second))
    assert [claim["verdict"] for claim in results.read(file.path)["claims"]] == ["failed", "replicated"]
