"""A stored baseline loads to itself, or is refused in one sentence with the command that writes it anew."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.harness.baselines import places
from claims.harness.baselines import store as baselines
from claims.harness.baselines.baseline import Baseline, Key, LossEntry, entry_of
from claims.harness.baselines.drift import Steadiness
from claims.harness.baselines.losses import Losses
from claims.harness.files import FileError
from claims.harness.judging.quantity import Kind
from claims.harness.locks import locked
from tests.helpers.baselines import ENVIRONMENT, KEY, STEADY, baseline_with, quantity
from tests.helpers.losses import baseline_of, stored
from tests.helpers.paths import ROOT
from tms.paper import PROFILES

SAVED = baselines.text_of(baseline_with(quantity(*STEADY)))


def damaged(change: str) -> str:
    """The file of a baseline with one mistake."""
    path_of_values = ["claims", "DEMO-1", "test_it_holds", "quantities", "q"]
    document = json.loads(SAVED)
    block = document
    for name in path_of_values:
        block = block[name]
    match change:
        case "values of another type":
            block["values"] = ["1.0"] * 8
        case "a value that is a boolean":
            block["values"][0] = True
        case "mean of other values":
            block["mean"] = 2.0
        case "n of other values":
            block["n"] = 7
        case "sd of other values":
            block["sd"] = 0.5
        case "no values":
            block["values"] = []
        case "unknown kind":
            block["kind"] = "__import__('os')"
        case "unknown field":
            block["exec"] = "print(1)"
        case "share of other numbers":
            block["kind"] = "share"
        case "count of parts":
            block["kind"] = "count"
        case "another profile":
            document["profile"] = "paper"
        case "another device":
            document["device"] = "cuda"
        case "another version":
            document["schema_version"] = 2
        case "no such environment":
            document["environments"] = {}
        case "a list":
            document = [document]
    return json.dumps(document)


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_saved_baseline_loads_to_itself_and_finds_no_drift(
    tmp_path_factory: pytest.TempPathFactory, values: list[float]
) -> None:
    path = tmp_path_factory.mktemp("baseline") / "cpu-quick.json"
    saved = baseline_with(quantity(*values))
    baselines.save(saved, path)
    loaded = baselines.load(path, device="cpu", profile="quick")
    assert loaded == saved
    assert loaded.compare(KEY, quantity(*values)).status is Steadiness.STEADY


def test_rounding_that_an_earlier_version_stored_as_spread_is_read_as_none(tmp_path: Path) -> None:
    path = tmp_path / "cpu-quick.json"
    baselines.save(baseline_with(quantity(-0.2, -0.2, -0.2)), path)
    path.write_text(path.read_text().replace('"sd": 0.0', '"sd": 3.39935e-17'))
    assert baselines.load(path, device="cpu", profile="quick") == baseline_with(quantity(-0.2, -0.2, -0.2))


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=8))
def test_saved_counts_load_to_themselves(tmp_path_factory: pytest.TempPathFactory, counts: list[int]) -> None:
    path, saved = tmp_path_factory.mktemp("counts") / "b.json", quantity(*map(float, counts), kind=Kind.COUNT)
    baselines.save(baseline_with(saved), path)
    loaded = baselines.load(path, device="cpu", profile="quick")
    assert loaded == baseline_with(saved)
    assert loaded.compare(KEY, saved).status is Steadiness.STEADY


def test_file_is_sorted_short_and_the_same_whatever_the_order(tmp_path: Path) -> None:
    a, b = entry_of([quantity(*STEADY)], ENVIRONMENT), entry_of([], ENVIRONMENT)
    for name, order in (("1", [("DEMO-2", a), ("DEMO-1", b)]), ("2", [("DEMO-1", b), ("DEMO-2", a)])):
        entries = {Key(claim, "test"): entry for claim, entry in order}
        baselines.save(Baseline(device="cpu", profile="quick", entries=entries), tmp_path / name)
    text = (tmp_path / "1").read_text()
    assert text == (tmp_path / "2").read_text()
    assert text.index("DEMO-1") < text.index("DEMO-2")
    assert '"values": [1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07]\n' in text
    assert text.count('"torch"') == 1


def test_quantities_and_losses_are_in_the_order_of_their_names() -> None:
    losses = {name: LossEntry(ENVIRONMENT, Losses(0, 1, ((0.5,),))) for name in ("b", "a")}
    unsorted = replace(baseline_with(quantity(*STEADY, name="y"), quantity(*STEADY, name="x")), losses=losses)
    stored = json.loads(baselines.text_of(unsorted))
    [entry] = stored["claims"]["DEMO-1"].values()
    assert (list(entry["quantities"]), list(stored["losses"])) == (["x", "y"], ["a", "b"])


def test_a_change_is_made_to_what_is_stored_now(tmp_path: Path) -> None:
    path, other = places.path_of(tmp_path, "cpu", "quick"), Key("DEMO-2", "test_other")
    fresh = {other: entry_of([quantity(*STEADY)], ENVIRONMENT)}
    former, stored = baseline_with(quantity(3.0, 4.0)), baseline_with(quantity(*STEADY))

    def changed() -> Baseline:
        baselines.change(tmp_path, path, former, lambda found: found.updated(fresh, existing=None))
        return baselines.load(path, device="cpu", profile="quick")

    baselines.save(stored, path)
    assert changed().entries == {**stored.entries, **fresh}
    path.write_text("{")
    assert changed().entries == {**former.entries, **fresh}


def test_a_file_that_another_process_changes_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "_SECONDS_TO_WAIT", 0.01)
    path = places.path_of(tmp_path, "cpu", "quick")
    lock = tmp_path / ".cache" / "locks" / "cpu-quick.json.lock"
    with locked(lock, "busy"), pytest.raises(FileError, match="is being changed by another process"):
        baselines.change(tmp_path, path, baseline_with(), lambda found: found)
    assert not path.exists()


def test_update_keeps_what_did_not_run_and_its_environment(tmp_path: Path) -> None:
    other = Key("DEMO-2", "test_other")
    old = baseline_with(quantity(*STEADY))
    fresh = {other: entry_of([quantity(*STEADY)], {"torch": "2.13.0", "seed": 1})}
    updated = old.updated(fresh, existing=None)
    baselines.save(updated, tmp_path / "b.json")
    loaded = baselines.load(tmp_path / "b.json", device="cpu", profile="quick")
    assert loaded.entries[KEY] == old.entries[KEY]
    assert loaded.entries[other].environment == {"torch": "2.13.0", "seed": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is missing"),
        ("", "is not valid JSON"),
        (SAVED[:200], "is not valid JSON"),
        ("\x00\x01", "is not valid JSON"),
        (SAVED.replace("1.01", "NaN"), "not a finite number"),
        (SAVED.replace("1.01", "-Infinity"), "not a finite number"),
        (SAVED.replace("1.01", "1e999"), "not a finite number"),
        (SAVED.replace("1.01", "9" * 5000), "too long"),
        ("[" * 100_000, "nested too deeply"),
        (damaged("values of another type"), "does not fit its schema at claims/DEMO-1/test_it_holds"),
        (damaged("a value that is a boolean"), "does not fit its schema"),
        (damaged("mean of other values"), "do not match its values"),
        (damaged("n of other values"), "do not match its values"),
        (damaged("sd of other values"), "do not match its values"),
        (damaged("no values"), "does not fit its schema"),
        (damaged("unknown kind"), "does not fit its schema"),
        (damaged("unknown field"), "does not fit its schema"),
        (damaged("share of other numbers"), "must be 0 or 1"),
        (
            damaged("count of parts"),
            "the values of DEMO-1 q must be whole numbers from 0 to 1,000,000,000.",
        ),
        (damaged("another profile"), "is for cpu-paper, not for cpu-quick"),
        (damaged("another device"), "is for cuda-quick, not for cpu-quick"),
        (damaged("another version"), "has schema version 2; this program reads version 5"),
        (damaged("no such environment"), "names an environment that is not in the file"),
        (damaged("a list"), "does not fit its schema"),
    ],
)
def test_damaged_file_is_refused_in_one_sentence_with_the_command_that_writes_it_anew(
    tmp_path: Path, text: str | None, words: str
) -> None:
    path = tmp_path / "cpu-quick.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FileError) as caught:
        baselines.load(path, device="cpu", profile="quick")
    message = str(caught.value)
    assert words in message
    assert str(path) in message
    assert message.endswith("tms baselines --write --profile quick")
    assert "\n" not in message
    assert len(message) < 600


def test_folder_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name, words in (("folder", "is not a file"), ("bytes", "not text in UTF-8")):
        with pytest.raises(FileError, match=words):
            baselines.load(tmp_path / f"{name}.json", device="cpu", profile="quick")


def test_update_command_names_the_device_unless_it_is_the_cpu() -> None:
    assert places.update_command("cuda", "paper") == "tms baselines --write --profile paper --device cuda"


def test_what_a_devices_baseline_lacks_is_compared_with_the_cpus(tmp_path: Path) -> None:
    other = Key("DEMO-2", "test_something_else")
    beside = Key("DEMO-2", "test_the_same_elsewhere")
    cuda = {**ENVIRONMENT, "device": "cuda"}
    stored = {
        "cpu": {
            KEY: entry_of([quantity(1.0, 2.0)], {**ENVIRONMENT, "device": "cpu"}),
            other: entry_of([quantity(3.0, 4.0)], {**ENVIRONMENT, "device": "cpu"}),
        },
        "cuda": {key: entry_of([quantity(5.0, 6.0)], cuda) for key in (KEY, beside)},
    }
    for device, entries in stored.items():
        path = places.path_of(tmp_path, device, "quick")
        baselines.save(Baseline(device=device, profile="quick", entries=entries), path)

    def compared(device: str) -> Baseline:
        found = baselines.compared(tmp_path, device, "quick")
        assert found is not None
        return found

    found = compared("cuda")
    assert found.entries == {**stored["cuda"], other: stored["cpu"][other]}
    assert found.borrowed == ["DEMO-2"]
    assert compared("cpu").entries == stored["cpu"]
    places.path_of(tmp_path, "cpu", "quick").unlink()
    assert compared("cuda").entries == stored["cuda"]


def test_losses_that_a_devices_baseline_lacks_are_the_cpus(tmp_path: Path) -> None:
    of_cpu, of_cuda = (LossEntry(ENVIRONMENT, Losses(0, 1, ((loss,),))) for loss in (0.25, 0.5))
    for device, losses in (("cpu", {"a": of_cpu, "b": of_cpu}), ("cuda", {"a": of_cuda})):
        stored = Baseline(device=device, profile="quick", losses=losses)
        baselines.save(stored, places.path_of(tmp_path, device, "quick"))
    found = baselines.compared(tmp_path, "cuda", "quick")
    assert found is not None
    assert found.losses == {"a": of_cuda, "b": of_cpu}


def test_missing_baseline_of_an_implementation_names_the_command_with_it(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"--profile quick --trainer t\.py:f$"):
        baselines.load(
            tmp_path / "absent.json", device="cpu", profile="quick", judged=places.Judged("trainer", "t.py:f")
        )


def test_losses_in_a_saved_baseline_load_to_themselves(tmp_path: Any) -> None:
    path = tmp_path / "cpu-quick.json"
    baselines.save(baseline_of(stored()), path)
    loaded = baselines.load(path, device="cpu", profile="quick")
    assert loaded == baseline_of(stored())
    assert loaded.comparisons == 1
    assert loaded.compare_losses("small", stored()).change == 0
    assert loaded.compare_losses("other", stored()).status is Steadiness.MISSING


@pytest.mark.parametrize(
    "wrong",
    ['"values": [[]]', '"values": []', '"values": [[1.0], [1.0, 2.0]]', '"values": [[-1.0]]', '"values": 3'],
)
def test_damaged_losses_are_refused_with_the_command_that_writes_them_anew(tmp_path: Any, wrong: str) -> None:
    path = tmp_path / "cpu-quick.json"
    baselines.save(baseline_of(Losses(0, 1, ((0.5, 0.25),))), path)
    text = path.read_text()
    whole = text[text.index('"values"') : text.index("]\n      ]") + len("]\n      ]")]
    path.write_text(text.replace(whole, wrong))
    with pytest.raises(FileError, match=r"tms baselines --write --profile quick$"):
        baselines.load(path, device="cpu", profile="quick")


STORED = [
    (device, profile)
    for device in ("cpu", "cuda")
    for profile in PROFILES
    if places.path_of(ROOT, device, profile).exists()
]


def test_this_repository_holds_baselines_of_the_profiles_that_ci_runs() -> None:
    assert {("cpu", "smoke"), ("cpu", "quick")} <= set(STORED)


@pytest.mark.parametrize(("device", "profile"), STORED)
def test_files_of_this_repository_are_formatted_as_they_would_be_written(device: str, profile: str) -> None:
    path = places.path_of(ROOT, device, profile)
    assert baselines.text_of(baselines.load(path, device=device, profile=profile)) == path.read_text()
