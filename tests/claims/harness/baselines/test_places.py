"""Where a baseline is stored: a readable place for each implementation, and what comes with this package."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from claims.harness.baselines import places
from claims.harness.baselines.places import Judged, packaged, path_of, shown, sources, update_command
from tests.helpers.paths import ROOT


@pytest.mark.parametrize(
    ("spec", "folder"),
    [
        ("model.py:factory", "model.factory"),
        ("src/model.py:factory", "src.model.factory"),
        ("src.model:factory", "src.model.factory"),
        ("/home/me/elsewhere/model.py:factory", "model.factory"),
        ("my models/m-1.py:make", "my_models.m-1.make"),
        (".hidden/model.py:f", "hidden.model.f"),
        ("../../etc/passwd.py:f", "etc.passwd.f"),
    ],
)
def test_folder_of_an_implementation_is_readable_and_lies_in_baselines(
    spec: str, folder: str, tmp_path: Path
) -> None:
    path = path_of(tmp_path, "cpu", "quick", Judged("model", spec))
    assert path == tmp_path / "baselines" / folder / "cpu-quick.json"


def test_label_of_a_file_elsewhere_names_no_folder() -> None:
    assert Judged("model", "/home/me/model.py:factory").label == "model.py:factory"
    assert Judged("model", "src/model.py:factory").label == "src/model.py:factory"


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    return path


def test_what_the_callers_folder_lacks_comes_with_this_package_for_its_own_models_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "packaged", lambda: tmp_path / "package")
    ours = [touch(tmp_path / "package" / f"{kind}-quick.json") for kind in ("cuda", "cpu")]
    judged = Judged("model", "model.py:factory")
    assert sources(tmp_path, "cuda", "quick") == ours
    assert sources(tmp_path, "cuda", "quick", judged) == []
    own = touch(path_of(tmp_path, "cpu", "quick"))
    theirs = touch(path_of(tmp_path, "cpu", "quick", judged))
    assert sources(tmp_path, "cuda", "quick") == [own, *ours]
    assert sources(tmp_path, "cuda", "quick", judged) == [theirs]
    assert sources(tmp_path, "cpu", "paper") == []


def test_a_checkout_has_the_baselines_beside_its_packages() -> None:
    assert packaged() == ROOT / "baselines"
    assert sources(ROOT, "cpu", "quick") == [ROOT / "baselines" / "cpu-quick.json"]


def test_file_is_shown_relative_to_the_callers_folder_or_as_part_of_this_package(tmp_path: Path) -> None:
    assert shown(tmp_path / "baselines" / "cpu-quick.json", tmp_path) == "baselines/cpu-quick.json"
    assert shown(ROOT / "baselines" / "cpu-quick.json", tmp_path).startswith(
        "cpu-quick.json of tms-replication "
    )


def test_file_of_a_copy_that_is_not_installed_is_shown_without_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", unknown)
    file = ROOT / "baselines" / "cpu-quick.json"
    assert shown(file, tmp_path) == "cpu-quick.json of tms-replication (not installed)"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("cpu", "quick"), "tms baselines --write --profile quick"),
        (("cuda", "paper"), "tms baselines --write --profile paper --device cuda"),
        (
            ("cpu", "quick", Judged("model", "my models/m.py:f")),
            "tms baselines --write --profile quick --model 'my models/m.py:f'",
        ),
    ],
)
def test_update_command_can_be_typed_as_it_is(
    arguments: tuple[str, str] | tuple[str, str, Judged], command: str
) -> None:
    assert update_command(*arguments) == command


def test_update_command_names_the_session_where_nox_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOX_CURRENT_SESSION", "replicate")
    assert update_command("cpu", "quick") == "nox -s baselines -- --write --profile quick"
