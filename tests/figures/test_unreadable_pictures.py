"""Pictures of a run that cannot be read are named in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from figures import gallery
from tests.helpers.reports import PIXEL


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", PIXEL[:40], b"<svg/>"])
def test_pictures_that_cannot_be_read_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "figures" / "demo").mkdir(parents=True)
    (tmp_path / "figures" / "demo" / "a.png").write_bytes(content)
    assert gallery.main([str(tmp_path), str(tmp_path / "gallery")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told
