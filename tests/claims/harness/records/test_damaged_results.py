"""A results.json of any origin is read, or refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claims.harness.files import FileError
from claims.harness.records import results
from claims.harness.records.changes import changes_from_baseline
from tests.helpers.command import tms
from tests.helpers.damaged_files import FILES, ODD, is_clear_error, members, state, with_member
from tests.helpers.reports import document, html_of, markdown_of, outcome


@pytest.mark.parametrize("kind", FILES)
def test_results_that_cannot_be_used_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = tmp_path / "results.json"
    FILES[kind](path)
    before = state(tmp_path)
    assert tms("report", path) == 2
    told = capsys.readouterr()
    assert is_clear_error(told.err.removesuffix("\n"), path)
    assert told.out == ""
    assert state(tmp_path) == before


def test_results_with_any_member_of_another_kind_are_refused_or_shown(tmp_path: Path) -> None:
    whole = document(outcome(figures=("figures/a.png",)))
    path = tmp_path / "results.json"
    shown, told = 0, []
    for place in members(whole):
        for value in ODD:
            path.write_text(json.dumps(with_member(whole, place, value)))
            try:
                read = results.read(path)
            except FileError as error:
                told.append(str(error))
            else:
                shown += 1
                html_of(read, tmp_path)
                markdown_of(read, tmp_path)
                changes_from_baseline(read)
    assert shown > 50
    assert len(told) > 500
    assert all(is_clear_error(one, path) for one in told)


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ('"complete": true', '"complete": true, "complete": true', "'complete' occurs twice"),
        ('"sentence": "It holds."', '"sentence": "It \\u001b[2J holds."', "U+001B"),
        ('"sentence": "It holds."', '"sentence": "It \\ud800 holds."', "U+D800"),
        ('"sentence": "It holds."', '"sentence": "It \\u0000 holds."', "U+0000"),
        ('"DEMO": ', '"DE\\u009bMO": ', "U+009B"),
    ],
)
def test_results_that_are_right_but_for_this_are_refused(
    tmp_path: Path, right: str, wrong: str, words: str
) -> None:
    path = tmp_path / "results.json"
    whole = json.dumps(document())
    assert right in whole
    path.write_text(whole.replace(right, wrong, 1))
    with pytest.raises(FileError) as caught:
        results.read(path)
    assert words in str(caught.value)
    assert is_clear_error(str(caught.value), path)


def test_half_a_character_does_not_keep_results_from_being_written(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", document(outcome("half \ud800 of one")))
    assert results.read(tmp_path / "results.json")["claims"][0]["sentence"] == "half ? of one"
