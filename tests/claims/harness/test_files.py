"""Files are written in one step, or not at all with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.harness.files import FileError, write_atomically
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
