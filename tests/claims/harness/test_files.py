"""Files are written in one step or not at all, and JSON in short lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claims.harness.files import FileError, diffable_json, read_json, relative_to_cwd, write_atomically
from tests.helpers.damaged_files import is_clear_error


@pytest.mark.parametrize("place", ["/proc/none/file", "/dev/null/file", "{}/" + "a" * 300])
def test_file_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path, place: str) -> None:
    path = Path(place.format(tmp_path))
    with pytest.raises(FileError) as caught:
        write_atomically(path, "text")
    assert is_clear_error(str(caught.value), path)


def test_rewritten_file_keeps_its_permissions_and_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_atomically(path, "new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.json"
    write_atomically(path, "old")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_new_text_is_written_beside_the_file_that_it_replaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.json"
    write_atomically(path, "old")
    beside: list[str] = []
    monkeypatch.setattr("os.fsync", lambda _: beside.extend(each.name for each in tmp_path.iterdir()))
    write_atomically(path, "new")
    assert len(beside) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["b.json"]


def test_new_file_can_be_read_by_others(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new", "text")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o644


def test_file_that_no_run_can_have_written_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    for size, words in ((100 * 2**20, "is not valid JSON"), (100 * 2**20 + 1, "is larger than 100 MiB")):
        with path.open("wb") as file:
            file.truncate(size)
        with pytest.raises(FileError, match=words):
            read_json(path, {})


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"b": 1, "a": [1, 2]}, ["{", '  "b": 1,', '  "a": [1, 2]', "}"]),
        ([[1, 2], [3, 4]], ["[", "  [1, 2],", "  [3, 4]", "]"]),
        (
            list(range(12)),
            ["[", "  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,", "  10, 11", "]"],
        ),
        (list(range(10)), ["[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"]),
        ({"a": "é", "b": ["ü"]}, ["{", '  "a": "é",', '  "b": ["ü"]', "}"]),
        ({}, ["{}"]),
        ([], ["[]"]),
    ],
)
def test_json_for_diffs_has_a_line_for_each_entry_or_ten_values(value: Any, lines: list[str]) -> None:
    text = diffable_json(value)
    assert text.splitlines() == lines
    assert json.loads(text) == value


def test_path_is_shown_relative_to_the_current_directory_if_it_is_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative_to_cwd(tmp_path / "run" / "report.md") == Path("run/report.md")
    assert relative_to_cwd(tmp_path.parent / "report.md") == tmp_path.parent / "report.md"
