"""Baselines tell drift from chance, change only by what ran, and are never half written."""

import dataclasses
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.harness.baselines import store as baselines
from claims.harness.baselines.baseline import Baseline, Key, entry_of
from claims.harness.baselines.drift import Steadiness
from claims.harness.files import FileError, write_atomically
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval

ENVIRONMENT: dict[str, str | int] = {"torch": "2.6.0", "seed": 0}
KEY = Key("DEMO-1", "test_it_holds")


def quantity(*values: float, kind: Kind = Kind.MEAN, name: str = "q", unit: str = "") -> Quantity:
    return Quantity(
        name=name, kind=kind, values=values, paper=None, acceptance=Interval(-math.inf, 1.0), because="so",
        unit=unit,
    )  # fmt: skip


def holding(*quantities: Quantity, key: Key = KEY) -> Baseline:
    entry = entry_of(quantities, ENVIRONMENT)
    return Baseline(device="cpu", profile="quick", entries={key: entry})


STEADY = tuple(1 + 0.01 * i for i in range(8))


def moved(factor: float) -> tuple[float, ...]:
    return tuple(factor * value for value in STEADY)


@pytest.mark.parametrize(
    ("kind", "before", "now", "status"),
    [
        (Kind.MEAN, STEADY, STEADY, Steadiness.STEADY),
        (Kind.MEAN, STEADY, STEADY[::-1], Steadiness.STEADY),
        (Kind.MEAN, STEADY, moved(1.01), Steadiness.STEADY),
        (Kind.MEAN, STEADY, moved(2.0), Steadiness.DRIFTED),
        (Kind.MEAN, (0.5,) * 8, (0.5 * (1 + 1e-7),) * 8, Steadiness.STEADY),
        (Kind.MEAN, (0.5,) * 8, (0.51,) * 8, Steadiness.DRIFTED),
        (Kind.EXACT, (0.5,), (0.5 * (1 + 1e-7),), Steadiness.STEADY),
        (Kind.EXACT, (0.5,), (0.5001,), Steadiness.DRIFTED),
        (Kind.EXACT, (1e-16,), (3e-16,), Steadiness.STEADY),
        (Kind.SHARE, (1.0,) * 20, (1.0,) * 19 + (0.0,), Steadiness.STEADY),
        (Kind.SHARE, (1.0,) * 20, (0.0,) * 20, Steadiness.DRIFTED),
    ],
)
def test_drift_is_a_change_that_neither_chance_nor_rounding_explains(
    kind: Kind, before: tuple[float, ...], now: tuple[float, ...], status: Steadiness
) -> None:
    drift = holding(quantity(*before, kind=kind)).compare(KEY, quantity(*now, kind=kind))
    assert drift.status is status


def test_a_two_percent_change_of_a_loss_with_little_spread_is_drift() -> None:
    losses = [0.2 + 0.0005 * i for i in range(10)]
    drift = holding(quantity(*losses)).compare(KEY, quantity(*(1.02 * loss for loss in losses)))
    assert drift.status is Steadiness.DRIFTED


def test_stated_resolution_is_no_drift_and_more_is() -> None:
    before = holding(quantity(0.5, kind=Kind.EXACT))
    inside, beyond = (
        dataclasses.replace(quantity(value, kind=Kind.EXACT), resolution=1e-3) for value in (0.5009, 0.5011)
    )
    assert before.compare(KEY, inside).status is Steadiness.STEADY
    assert before.compare(KEY, beyond).status is Steadiness.DRIFTED


@pytest.mark.parametrize(
    "now",
    [
        quantity(*STEADY, name="another"),
        quantity(*STEADY, unit="rad"),
        quantity(*(1.0,) * 8, kind=Kind.SHARE),
    ],
)
def test_quantity_of_another_name_kind_or_unit_has_no_baseline(now: Quantity) -> None:
    assert holding(quantity(*STEADY)).compare(KEY, now).status is Steadiness.MISSING


def test_quantity_that_is_no_longer_measured_is_named() -> None:
    baseline = holding(quantity(*STEADY), quantity(*STEADY, name="old"))
    assert baseline.vanished(KEY, [quantity(*STEADY)]) == ["old"]


def test_smallest_detectable_change_is_drift_and_half_of_it_is_not() -> None:
    baseline = holding(quantity(*STEADY))
    detectable = baseline.compare(KEY, quantity(*STEADY)).detectable
    assert detectable is not None
    for share, status in ((1.2, Steadiness.DRIFTED), (0.5, Steadiness.STEADY)):
        shifted = quantity(*(value + share * detectable for value in STEADY))
        assert baseline.compare(KEY, shifted).status is status


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_saved_baseline_loads_to_itself_and_finds_no_drift(
    tmp_path_factory: pytest.TempPathFactory, values: list[float]
) -> None:
    path = tmp_path_factory.mktemp("baseline") / "cpu-quick.json"
    saved = holding(quantity(*values))
    baselines.save(saved, path)
    loaded = baselines.load(path, device="cpu", profile="quick")
    assert loaded == saved
    assert loaded.compare(KEY, quantity(*values)).status is Steadiness.STEADY


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


def test_update_keeps_what_did_not_run_and_its_environment(tmp_path: Path) -> None:
    other = Key("DEMO-2", "test_other")
    old = holding(quantity(*STEADY))
    fresh = {other: entry_of([quantity(*STEADY)], {"torch": "2.13.0", "seed": 1})}
    updated = old.updated(fresh, existing=None)
    baselines.save(updated, tmp_path / "b.json")
    loaded = baselines.load(tmp_path / "b.json", device="cpu", profile="quick")
    assert loaded.entries[KEY] == old.entries[KEY]
    assert loaded.entries[other].environment == {"torch": "2.13.0", "seed": 1}


def test_update_drops_what_no_longer_exists_only_if_all_that_exists_is_known() -> None:
    old = holding(quantity(*STEADY), key=Key("OLD-1", "test_gone"))
    assert old.updated({}, existing=None).entries == old.entries
    assert old.updated({}, existing={KEY}).entries == {}


def damaged(change: str) -> str:
    path_of_values = ["claims", "DEMO-1", "test_it_holds", "quantities", "q"]
    document = json.loads(_saved())
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
        case "no values":
            block["values"] = []
        case "unknown kind":
            block["kind"] = "__import__('os')"
        case "unknown field":
            block["exec"] = "print(1)"
        case "share of other numbers":
            block["kind"] = "share"
        case "another profile":
            document["profile"] = "paper"
        case "another version":
            document["schema_version"] = 2
        case "no such environment":
            document["environments"] = {}
        case "a list":
            document = [document]
    return json.dumps(document)


def _saved() -> str:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        baselines.save(holding(quantity(*STEADY)), Path(folder) / "b.json")
        return (Path(folder) / "b.json").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is missing"),
        ("", "is not valid JSON"),
        (_saved()[:200], "is not valid JSON"),
        ("\x00\x01", "is not valid JSON"),
        (_saved().replace("1.01", "NaN"), "not a finite number"),
        (_saved().replace("1.01", "-Infinity"), "not a finite number"),
        (_saved().replace("1.01", "1e999"), "not a finite number"),
        (_saved().replace("1.01", "9" * 5000), "too long"),
        ("[" * 100_000, "nested too deeply"),
        (damaged("values of another type"), "does not fit its schema at claims/DEMO-1/test_it_holds"),
        (damaged("a value that is a boolean"), "does not fit its schema"),
        (damaged("mean of other values"), "do not match its values"),
        (damaged("no values"), "does not fit its schema"),
        (damaged("unknown kind"), "does not fit its schema"),
        (damaged("unknown field"), "does not fit its schema"),
        (damaged("share of other numbers"), "must be 0 or 1"),
        (damaged("another profile"), "is for cpu-paper, not for cpu-quick"),
        (damaged("another version"), "does not fit its schema at schema_version"),
        (damaged("no such environment"), "names an environment that is not in the file"),
        (damaged("a list"), "does not fit its schema"),
    ],
)
def test_bad_file_is_named_in_one_sentence_with_the_command_that_mends_it(
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
    assert message.endswith("nox -s baselines -- --write --profile quick")
    assert "\n" not in message
    assert len(message) < 600


def test_folder_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name, words in (("folder", "is not a file"), ("bytes", "not text in UTF-8")):
        with pytest.raises(FileError, match=words):
            baselines.load(tmp_path / f"{name}.json", device="cpu", profile="quick")


def test_mending_command_names_the_device_where_it_must() -> None:
    assert (
        baselines.update_command("cuda", "paper")
        == "nox -s baselines -- --write --profile paper --device cuda"
    )


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


def test_a_device_without_a_baseline_is_compared_with_the_cpus(tmp_path: Path) -> None:
    assert baselines.compared_device(tmp_path, "cuda", "quick") == "cpu"
    own = baselines.path_of(tmp_path, "cuda", "quick")
    own.parent.mkdir(parents=True)
    own.write_text("{}")
    assert baselines.compared_device(tmp_path, "cuda", "quick") == "cuda"
    assert baselines.compared_device(tmp_path, "cuda", "paper") == "cpu"


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
        path = baselines.path_of(tmp_path, device, "quick")
        baselines.save(Baseline(device=device, profile="quick", entries=entries), path)
    found = baselines.compared(tmp_path, "cuda", "quick")
    assert found.entries == {**stored["cuda"], other: stored["cpu"][other]}
    assert found.borrowed == ["DEMO-2"]
    assert baselines.compared(tmp_path, "cpu", "quick").entries == stored["cpu"]
    baselines.path_of(tmp_path, "cpu", "quick").unlink()
    assert baselines.compared(tmp_path, "cuda", "quick").entries == stored["cuda"]
