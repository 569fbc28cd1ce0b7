"""Whatever a user hands over that cannot be used: one sentence, a non-zero exit, and nothing on disk lost."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from markdown_it import MarkdownIt
from safetensors.torch import load_file, save_file

from claims.harness.baselines import store as baselines
from claims.harness.files import FileError, write_atomically
from claims.harness.judging.verdict import Verdict
from claims.harness.records import results
from claims.harness.records.changes import changes_from_baseline
from claims.harness.report import pictures as figures
from claims.harness.report import text
from claims.harness.report.__main__ import main as report
from claims.harness.report.render import html, markdown
from figures import gallery
from tests.helpers import runtime_types
from tests.helpers.claim_suite import ALSO_HOLDS, HOLDS, TRAINS, Suite, sentence
from tests.helpers.reports import PIXEL, Page, document, outcome
from tests.helpers.small import is_one_sentence, small
from tms.experiment import Experiment, InvalidExperiment
from tms.features import FeatureDistribution
from tms.training import Trained, train

NAN, INF = float("nan"), float("inf")

# Experiments

NO_COUNTS = (0, -1, 2.5, 5.0, True, NAN, INF, "5", None, 2**31, 10**40, [5], 1j)
NO_RATES = (0, -0.1, NAN, INF, "x", None, True, 1j, [0.1], np.array([0.1, 0.2]))
NO_ARRAYS = (
    NAN,
    INF,
    "a",
    None,
    1j,
    {},
    [],
    [[]],
    [[1, 2]],
    [0.1, 0.2],
    np.zeros((0, 5)),
    [[{}]],
    [[1], [1, 2]],
)
SETTINGS = [
    *(
        (name, value)
        for name in ("n_features", "n_hidden", "seeds", "best_of", "steps", "batch_size", "held_out")
        for value in NO_COUNTS
    ),
    *((name, value) for name in ("learning_rate", "init_scale") for value in NO_RATES),
    *((name, value) for name in ("weight_decay", "hidden_l1") for value in NO_RATES[1:]),
    *((name, value) for name in ("density", "importance") for value in NO_ARRAYS),
    *(
        (name, value)
        for name in ("architecture", "activation", "schedule", "target")
        for value in ("", "Linear", "relu ", None, 5, ["linear"], {}, b"linear")
    ),
    *(("name", value) for value in ("", 5, None, "a\nb", "\x1b[31m", "a" * 101, b"a", "\ud800")),
    *(("hidden_bias", value) for value in ("yes", 1, None, [])),
    *(("signed", value) for value in ("no", 1, None)),
    *(("density", value) for value in (-0.1, 1.1, 1e300, -INF)),
    *(("importance", value) for value in (-1, -INF)),
    *(
        (name, value)
        for name in ("correlated", "anticorrelated")
        for value in (
            "ab",
            5,
            None,
            (0, 1),
            ((0,),),
            ((0, 0),),
            ((0, 5),),
            ((0, -1),),
            ((0, 0.5),),
            ((0, 1), (1, 2)),
        )
    ),
    *(("coordinates", value) for value in (5, [1, 2], {"a": [1]}, {"a": ["x", "y"]}, {"a": None}, {"a": 1})),
    *(
        ("checkpoints", value)
        for value in (5, "ab", (31,), (1, 1), (2, 1), (0.5,), (True,), (NAN,), {0: 1}, None)
    ),
    *(("run_seed", value) for value in (-1, 2**64, 1.5, "a", True, None, NAN)),
    *(("point_ids", value) for value in ([1, 2], np.array([1.5, 2]), np.array([1, 2, 3]), 5)),
    ("stepz", 1),
    ("__class__", 1),
]


def named(case: tuple[str, Any]) -> str:
    return f"{case[0]}={str(case[1])[:20]!a}"


@pytest.mark.parametrize(("name", "value"), SETTINGS, ids=map(named, SETTINGS))
def test_experiment_that_cannot_be_is_refused_in_one_sentence(name: str, value: Any) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
        small(**{name: value})
    assert is_one_sentence(str(caught.value))


def replaced(**changes: Any) -> Experiment:
    return dataclasses.replace(small(), **changes)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (small, {"seeds": 2**31 - 1, "best_of": 2**31 - 1}),
        (small, {"seeds": 10**9}),
        (small, {"n_features": 2**20, "n_hidden": 2**14}),
        (replaced, {"features": None}),
        (replaced, {"importance": [[1.0] * 5] * 2}),
        (replaced, {"importance": np.full((2, 5), "1")}),
    ],
)
def test_fields_that_cannot_be_are_refused_in_one_sentence(make: Any, changes: dict[str, Any]) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
        make(**changes)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "points", [[99], [-3], "a", [0.5], [], np.array([True]), None, {}, [[0], [9]]], ids=repr
)
def test_points_that_are_not_there_are_refused_in_one_sentence(points: Any) -> None:
    trained = train(small(steps=1, held_out=8), engine="reference")
    for sweep in (trained, trained.experiment):
        with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
            sweep.at(points)
        assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "settings", [{"density": [[1.0]]}, {"density": np.array([["a"]])}, {"signed": "no"}, {"density": None}]
)
def test_distribution_that_cannot_be_is_refused_in_one_sentence(settings: dict[str, Any]) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
        FeatureDistribution(**{"density": np.ones((1, 3))} | settings)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    "settings",
    [{"engine": None}, {"engine": ["fused"]}, {"engine": "FUSED"}, {"device": 0}, {"device": "cpu "}],
)
def test_option_of_training_that_cannot_be_is_refused_in_one_sentence(settings: dict[str, Any]) -> None:
    with runtime_types.suspended(), pytest.raises(ValueError, match=next(iter(settings))) as caught:
        train(small(), **settings)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("experiment", [None, "introduction", small], ids=["None", "a name", "a function"])
def test_what_is_no_experiment_is_not_trained(experiment: Any) -> None:
    with runtime_types.suspended(), pytest.raises(TypeError) as caught:
        train(experiment)
    assert is_one_sentence(str(caught.value))


# Results and baselines as files


def of_bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def unreadable(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")


FILES: dict[str, Callable[[Path], Any]] = {
    "nothing": lambda _: None,
    "empty": of_bytes(b""),
    "blank": of_bytes(b" \n\n"),
    "a folder": Path.mkdir,
    "a link to nothing": lambda path: path.symlink_to("absent"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": os.mkfifo,
    "no permission": unreadable,
    "byte order mark": of_bytes(b"\xef\xbb\xbf{}"),
    "UTF-16": of_bytes("{}".encode("utf-16")),
    "Latin-1": of_bytes(b'{"a": "\xe9"}'),
    "null bytes": of_bytes(b"\x00" * 100),
    "null": of_bytes(b"null"),
    "a number": of_bytes(b"1"),
    "a text": of_bytes(b'"text"'),
    "a list": of_bytes(b"[]"),
    "an object": of_bytes(b"{}"),
    "NaN": of_bytes(b'{"a": NaN}'),
    "-Infinity": of_bytes(b'{"a": -Infinity}'),
    "1e999": of_bytes(b'{"a": 1e999}'),
    "many digits": of_bytes(b'{"a": ' + b"9" * 10_000 + b"}"),
    "many digits after the point": of_bytes(b'{"a": 0.' + b"9" * 10_000 + b"}"),
    "deep lists": of_bytes(b"[" * 200_000),
    "deep objects": of_bytes(b'{"a":' * 200_000),
    "deep and closed": of_bytes(b"[" * 200_000 + b"]" * 200_000),
    "a name twice": of_bytes(b'{"a": 1, "a": 1}'),
    "half a surrogate pair": of_bytes(b'{"a": "\\ud800"}'),
    "an escape sequence": of_bytes(b'{"a": "\\u001b[2J"}'),
    "an escape sequence for a name": of_bytes(b'{"\\u001b[2J": 1}'),
    "a null character": of_bytes(b'{"a": "\\u0000"}'),
    "trailing text": of_bytes(b"{} {}"),
    "a comma too many": of_bytes(b'{"a": 1,}'),
    "YAML": of_bytes(b"a: !!python/object/apply:os.system ['true']"),
    "a pickle": of_bytes(b"\x80\x04\x95\x00."),
    "HTML": of_bytes(b"<script>alert(1)</script>"),
    "an odd version": of_bytes(b'{"schema_version": "<script>"}'),
    "a version that is true": of_bytes(b'{"schema_version": true}'),
    "a version that is a list": of_bytes(b'{"schema_version": [[[[]]]]}'),
    "a hostile member": of_bytes(json.dumps({"schema_version": 1, "<img>" * 500: 1}).encode()),
}


def is_told_well(message: str, path: Path) -> bool:
    return str(path) in message and message.isprintable() and len(message) < 500 + len(str(path))


def state(folder: Path) -> dict[str, Any]:
    """Everything in a folder that can be read."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in sorted(folder.rglob("*"))
        if os.access(path, os.R_OK) or path.is_symlink()
    }


@pytest.mark.parametrize("kind", FILES)
def test_results_that_cannot_be_used_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = tmp_path / "results.json"
    FILES[kind](path)
    before = state(tmp_path)
    for arguments in ([str(path)], [str(path), "--readme", str(tmp_path / "README.md")]):
        assert report(arguments) == 2
        told = capsys.readouterr()
        assert is_told_well(told.err.removesuffix("\n"), path)
        assert told.out == ""
    assert state(tmp_path) == before


@pytest.mark.parametrize("kind", FILES)
def test_baselines_that_cannot_be_used_are_told_in_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cpu-quick.json"
    FILES[kind](path)
    before = state(tmp_path)
    with pytest.raises(FileError) as caught:
        baselines.load(path, device="cpu", profile="quick")
    assert is_told_well(str(caught.value), path)
    assert state(tmp_path) == before


def members(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every member of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for name, part in inner for place in members(part, (*path, name))]


def with_member(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(whole))
    block = copy
    for name in path[:-1]:
        block = block[name]
    block[path[-1]] = value
    return copy


ODD = (
    None,
    True,
    -1,
    1.5,
    1e308,
    -1e308,
    "",
    "x" * 10_000,
    [],
    {},
    [[[]]],
    {"x": {"x": 1}},
    "__import__('os')",
)


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
                html(read, tmp_path)
                markdown(read, tmp_path)
                changes_from_baseline(read)
    assert shown > 50
    assert len(told) > 500
    assert all(is_told_well(one, path) for one in told)


def test_baselines_with_any_member_of_another_kind_are_refused_or_harmless(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    whole = json.loads(suite.baseline.read_text())
    told = []
    for place in members(whole):
        for value in ODD:
            suite.baseline.write_text(json.dumps(with_member(whole, place, value)))
            try:
                baselines.load(suite.baseline, device="cpu", profile="quick")
            except FileError as error:
                told.append(str(error))
    assert len(told) > 100
    assert all(is_told_well(one, suite.baseline) for one in told)


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
    assert is_told_well(str(caught.value), path)


HOSTILE = (
    "</td></tr></table><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "<!-- <style>*{display:none}</style>",
    "]]></pre></details><iframe src='javascript:alert(1)'>",
    "{{ 7 * 7 }} {% include '/etc/passwd' %} ${7*7} <%= 7*7 %>",
    "[a](javascript:alert(1)) ![b](http://example.com/c.png) <javascript:alert(1)> [d]: javascript:e",
    "| a | b |\n|---|---|\n# heading\n- list\n1. list\n> quote\n```\ncode",
    "- list",
    "+ list",
    "12. list",
    "12) list",
    "===",
    "---",
    "&lt;script&gt; &amp; &#60; &quot;",
    "\\| \\` \\<b> \\\\",
    "`code` *a* _b_ ~~c~~ **d** __e__",
    "http://example.com www.example.com a@example.com",
    "\u202eright to left\u2028line\u2029",
    "a" * 5000,
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_texts_change_nothing_of_a_report_but_its_words(tmp_path: Path, words: str) -> None:
    # An error is a list, with an item for each of its lines.
    lines = "\n".join("calm" for _ in words.splitlines())
    hostile, calm = (
        document(
            dataclasses.replace(outcome(told, Verdict.FAILED), error=error, figures=("figures/a.png",)),
            words=told,
        )
        for told, error in ((words, words), ("calm", lines))
    )
    pages = [Page(html(each, tmp_path)) for each in (hostile, calm)]
    assert pages[0].tags == pages[1].tags
    names = [[name for name, _ in page.attributes] for page in pages]
    assert names[0] == names[1]
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    written = [structure(reader.parse(markdown(each, tmp_path))) for each in (hostile, calm)]
    assert written[0] == written[1]


def structure(tokens: list[Any]) -> list[str]:
    """Kinds of all that a Markdown document holds, but for plain text."""
    kinds = []
    for token in tokens:
        if token.type not in ("text", "text_special", "softbreak", "hardbreak"):
            kinds.append(token.type)
        kinds += structure(token.children or [])
    return kinds


@pytest.mark.parametrize("address", ["http://example.com", "www.example.com", "me@example.com", "https://x"])
def test_an_address_in_a_text_is_no_link_in_markdown(address: str) -> None:
    assert address not in text.markdown(f"see {address}")


FIGURES = (
    "", ".", "..", "/", "//", "a/..", "../secret.png", "/etc/passwd", "figures/../../secret.png", "\x00.png",
    "a" * 5000 + ".png", "a/" * 3000 + "b.png", "loop.png", "loop/b.png", "figures", ".png", "C:\\secret.png",
    "<script>.png", "javascript:alert(1).svg", "data:text/html,x.svg", "figures/a.png/", "big.png",
    "pipe.png",
)  # fmt: skip


@pytest.mark.parametrize("path", FIGURES)
def test_odd_names_of_figures_open_nothing_outside_the_folder(tmp_path: Path, path: str) -> None:
    home = tmp_path / "run"
    (home / "figures").mkdir(parents=True)
    (home / "figures" / "a.png").write_bytes(PIXEL)
    (home / "loop.png").symlink_to("loop.png")
    (home / "loop").symlink_to(".")
    os.mkfifo(home / "pipe.png")
    with (home / "big.png").open("wb") as big:
        big.truncate(2**33)
    (tmp_path / "secret.png").write_bytes(b"secret")
    written = document(dataclasses.replace(outcome(), figures=(path,)))
    found = figures.files_of(figures.stems([path])[0], [path], home)
    assert all(file == home.resolve() / "figures" / "a.png" for file in found)
    page = Page(html(written, home))
    assert not {"script", "iframe"} & set(page.tags)
    assert "<script" not in markdown(written, home)


# Places that cannot be written


def test_reports_that_cannot_be_written_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results.write(tmp_path / "results.json", document())
    before = (tmp_path / "results.json").read_bytes()
    (tmp_path / "report.html").mkdir()
    assert report([str(tmp_path / "results.json")]) == 2
    assert is_told_well(capsys.readouterr().err.removesuffix("\n"), tmp_path / "report.html")
    assert (tmp_path / "results.json").read_bytes() == before
    assert not list(tmp_path.glob(".report*"))


@pytest.mark.parametrize("place", ["/proc/none/file", "/dev/null/file", "{}/" + "a" * 300])
def test_file_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path, place: str) -> None:
    path = Path(place.format(tmp_path))
    with pytest.raises(FileError) as caught:
        write_atomically(path, "text")
    assert is_told_well(str(caught.value), path)


def test_rewritten_file_keeps_its_permissions_and_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_atomically(path, "new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_half_a_character_does_not_keep_results_from_being_written(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", document(outcome("half \ud800 of one")))
    assert results.read(tmp_path / "results.json")["claims"][0]["sentence"] == "half ? of one"


@pytest.mark.parametrize(
    "output",
    ["/proc/none", "/dev/null", "a" * 300, "a\nb/" * 2000, "taken", "results", "junit"],
    ids=lambda o: o[:9],
)
def test_output_that_cannot_be_written_ends_the_run_before_training(suite: Suite, output: str) -> None:
    suite.write(TRAINS)
    (suite.folder / "taken").touch()
    (suite.folder / "results" / "results.json").mkdir(parents=True)
    (suite.folder / "junit" / "junit.xml").mkdir(parents=True)
    result = suite.run("--update-baselines", f"--output={output}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence(result).startswith("ERROR: --output ")
    assert not suite.trainings


def test_results_that_can_no_longer_be_written_end_the_run_in_one_sentence(
    suite: Suite,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("claims.harness.records.results.PATIENCE", 0.0)
    suite.with_baseline_of(HOLDS, ALSO_HOLDS)
    taken = "    os.remove('replication/results.json')\n    os.mkdir('replication/results.json')\n"
    suite.write(HOLDS, ALSO_HOLDS + taken, TRAINS)
    result = suite.run()
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    output = result.stdout.str() + result.stderr.str()
    assert output.count("results.json cannot be written: Is a directory.") == 1
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    assert not suite.trainings


def test_baselines_that_cannot_be_written_fail_the_run_in_one_sentence(suite: Suite) -> None:
    suite.write(HOLDS)
    suite.baseline.mkdir(parents=True)
    result = suite.run("--update-baselines")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "cpu-quick.json cannot be written: Is a directory." in " ".join(result.stdout.str().split())
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert suite.claim()["verdict"] == "replicated"


# Stored models


def damage(change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Path, str], None]:
    def rewrite(path: Path, fingerprint: str) -> None:
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path, {"fingerprint": fingerprint})

    return rewrite


STORED: dict[str, Callable[[Path, str], Any]] = {
    "empty": lambda path, _: path.write_bytes(b""),
    "truncated": lambda path, _: path.write_bytes(path.read_bytes()[:-1]),
    "garbage": lambda path, _: path.write_bytes(b"\xff" * 1000),
    "a pickle": lambda path, _: path.write_bytes(b"\x80\x04cos\nsystem\n."),
    "a header as long as memory": lambda path, _: path.write_bytes(b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"),
    "a header that is no JSON": lambda path, _: path.write_bytes(b"\x02\0\0\0\0\0\0\0{]"),
    "of another experiment": lambda path, _: damage(lambda _: None)(path, "0" * 64),
    "without b": damage(lambda t: t.pop("trial/b")),
    "without losses": damage(lambda t: t.pop("trial_loss")),
    "of another shape": damage(lambda t: t.update({"trial/W": torch.zeros(1, 2, 3, 2, 1)})),
    "transposed": damage(lambda t: t.update({"trial/W": t["trial/W"].mT.contiguous()})),
    "of whole numbers": damage(lambda t: t.update({"trial/W": t["trial/W"].long()})),
}


@pytest.mark.parametrize("kind", STORED)
def test_stored_models_that_cannot_be_used_are_trained_anew(suite: Suite, kind: str) -> None:
    suite.with_baseline_of(TRAINS)
    suite.run("--reuse")
    [stored] = (suite.folder / ".cache").glob("*.safetensors")
    with_metadata = stored.read_bytes()
    fingerprint = with_metadata[with_metadata.index(b'"fingerprint":"') + 15 :][:64].decode()
    STORED[kind](stored, fingerprint)
    result = suite.run("--reuse")
    assert result.ret == pytest.ExitCode.OK
    assert len([line for line in result.outlines if "is trained anew, as" in line]) == 1
    assert "Traceback" not in result.stdout.str()
    assert not suite.document["experiments"][0]["reused"]
    suite.run("--reuse")
    assert suite.document["experiments"][0]["reused"]


@pytest.mark.parametrize("obstacle", ["cache", "model"])
def test_models_that_cannot_be_stored_are_judged_all_the_same(suite: Suite, obstacle: str) -> None:
    suite.with_baseline_of(TRAINS)
    cache = suite.folder / ".cache"
    if obstacle == "cache":
        cache.touch()
    else:
        suite.run("--reuse")
        [stored] = cache.glob("*.safetensors")
        stored.unlink()
        stored.mkdir()
    result = suite.run("--reuse")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["demo/tiny cannot be stored for reuse: *"])


def test_history_of_another_length_is_not_read(tmp_path: Path) -> None:
    experiment = small(steps=3, held_out=8, checkpoints=(0, 3))
    path = tmp_path / "sweep.safetensors"
    train(experiment, engine="reference").save(path)
    damage(lambda t: t.update({"history/W": t["history/W"][:1]}))(path, experiment.fingerprint())
    with pytest.raises(ValueError, match="history/W is") as caught:
        Trained.load(path, experiment, "reference", "cpu")
    assert is_one_sentence(str(caught.value))


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
