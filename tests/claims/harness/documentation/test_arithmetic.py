"""The page of errors shows what is stored, and says which forms have the error of float32."""

from __future__ import annotations

from pathlib import Path

import pytest

from claims.harness.documentation import arithmetic, pages
from claims.harness.files import FileError
from claims.harness.records import arithmetic_file
from claims.harness.records.arithmetic_file import FormError

FLOAT32 = arithmetic.FLOAT32
STORED = [
    FormError(FLOAT32, "uniform", "rounded", None, 1e-7, 1.04e-7, 4e-7),
    FormError("bf16 x 6", "uniform", "cut off", None, 1.4e-7, 1e-7, 5e-7),
    FormError("bf16 x 3", "uniform", "rounded", None, 1e-7, 1e-7, 7e-7),
    FormError(FLOAT32, "uniform", "measured", "a GPU", None, 1e-7, 8e-7),
    FormError("bf16 x 3", "uniform", "measured", "a GPU", None, 1e-7, 9e-7),
    FormError("bf16 x 6", "absolute", "rounded", None, 1e-9, 1e-9, 1e-9),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "baselines").mkdir()
    arithmetic_file.write(arithmetic_file.path_of(tmp_path), STORED)
    return tmp_path


def test_what_is_stored_is_read_again(root: Path) -> None:
    read = arithmetic_file.read(arithmetic_file.path_of(root))
    assert read == [STORED[0]._replace(initial=1e-7), *STORED[1:]]


def test_each_workload_has_a_table_and_each_form_is_compared_with_float32_found_in_the_same_way(
    root: Path,
) -> None:
    page = pages.arithmetic_page(root)
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    verdicts = [line.split("|")[-2].strip() for line in rows if not line.startswith("| form")]
    assert verdicts == ["yes", "yes", "no", "yes", "yes", "no"]
    assert "| bf16 x 3 | measured on a GPU |  | 1.0e-07 | 9.0e-07 | yes |" in rows
    assert page.index("## uniform") < page.index("## absolute")


@pytest.mark.parametrize("text", ["{", '{"schema_version": 2, "errors": []}', None])
def test_damaged_errors_name_the_command_that_measures_them(root: Path, text: str | None) -> None:
    path = arithmetic_file.path_of(root)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    with pytest.raises(FileError, match=r"python -m tests\.benchmarks\.arithmetic_errors"):
        pages.arithmetic_page(root)
