"""An implementation that cannot be imported, or options that contradict it, end the run before training."""

from __future__ import annotations

import pytest

from tests.helpers.claim_suite import Suite, sentence
from tests.helpers.implementations import MODEL

NO_FILE = "there is no Python file"
IMPORT = "cannot be imported"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "must be path/to/file.py:function or package.module:function"),
        ("other.py", "must be path/to/file.py:function"),
        ("other.py:", "must be path/to/file.py:function"),
        (":factory", "must be path/to/file.py:function"),
        ("absent.py:factory", NO_FILE),
        ("../absent/file.py:factory", NO_FILE),
        ("folder.py:factory", NO_FILE),
        ("./text.txt:factory", NO_FILE),
        ("no_such_package.module:factory", "No module named 'no_such_package'"),
        ("no such module:factory", "is not the name of a module"),
        (".relative:factory", "is not the name of a module"),
        ("other.py:absent", "has no function 'absent'"),
        ("other.py:factory.absent", "has no function 'factory.absent'"),
        ("other.py:number", "'number' is of type int, not a function"),
        ("syntax.py:factory", "SyntaxError: "),
        ("needs.py:factory", "No module named 'surely_absent'"),
        ("divides.py:factory", "ZeroDivisionError: division by zero (divides.py, line 2)"),
        ("leaves.py:factory", "SystemExit: 0 (leaves.py, line 1)"),
        ("bytes.py:factory", IMPORT),
        ("nul.py:factory", IMPORT),
        ("deep.py:factory", IMPORT),
    ],
)
def test_implementation_that_cannot_be_imported_ends_the_run_in_one_sentence(
    suite: Suite, spec: str, words: str
) -> None:
    folder = suite.folder
    (folder / "other.py").write_text("number = 1\ndef factory(_): pass\n")
    (folder / "folder.py").mkdir()
    (folder / "text.txt").write_text("")
    (folder / "syntax.py").write_text("def factory(:\n")
    (folder / "needs.py").write_text("import surely_absent\n")
    (folder / "divides.py").write_text("\n1 / 0\n")
    (folder / "leaves.py").write_text("raise SystemExit(0)\n")
    (folder / "bytes.py").write_bytes(b"\xff\xfe\x00")
    (folder / "nul.py").write_bytes(b"a = 1\x00\n")
    (folder / "deep.py").write_text("(" * 5000 + ")" * 5000)
    result = suite.run(f"--model={spec}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    message = sentence(result)
    assert message.startswith("ERROR: --model ")
    assert words in message
    assert not (folder / "replication").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model=notebook.py:factory", "--trainer=plain_loop.py:train_all"], "a run judges one"),
        (["--model=notebook.py:factory", "--reuse"], "--model cannot be combined with --reuse"),
        (["--model=notebook.py:factory", "--engine=fused"], "--model cannot be combined with --engine fused"),
        (["--trainer=plain_loop.py:train_all"], "--trainer cannot be combined with --engine reference"),
    ],
)
def test_options_that_contradict_an_implementation_are_refused(
    suite: Suite, arguments: list[str], words: str
) -> None:
    result = suite.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in sentence(result)


def test_training_function_that_cannot_be_imported_ends_the_run_in_one_sentence(suite: Suite) -> None:
    assert "--trainer 'absent.py:f': there is no" in sentence(
        suite.run("--engine=auto", "--trainer=absent.py:f")
    )


def test_neighbours_of_a_file_can_be_imported(suite: Suite) -> None:
    (suite.folder / "elsewhere").mkdir()
    (suite.folder / "elsewhere" / "its_neighbour.py").write_text(MODEL)
    (suite.folder / "elsewhere" / "adapter.py").write_text("from its_neighbour import factory\n")
    assert suite.run("--model=elsewhere/adapter.py:factory").ret == pytest.ExitCode.OK


NEIGHBOUR = "imports {} in line {} and {} lies beside it, but the name {} belongs to this program; rename {}"


@pytest.mark.parametrize(
    ("neighbour", "source", "words"),
    [
        (
            "figures.py",
            "\nfrom figures import draw",
            ("figures.draw", 2, "figures.py", "figures", "figures.py"),
        ),
        ("figures.py", "import figures", ("figures", 1, "figures.py", "figures", "figures.py")),
        ("claims/__init__.py", "import claims.own", ("claims.own", 1, "claims", "claims", "claims")),
        (
            "tms.py",
            "def factory(_):\n    from tms import own",
            ("tms.own", 2, "tms.py", "tms", "tms.py"),
        ),
    ],
)
def test_neighbour_with_the_name_of_our_package_is_named(
    suite: Suite, neighbour: str, source: str, words: tuple[str, ...]
) -> None:
    folder = suite.folder / "elsewhere"
    (folder / neighbour).parent.mkdir(parents=True)
    (folder / neighbour).write_text("draw = 1\n")
    (folder / "adapter.py").write_text(source + "\n")
    message = sentence(suite.run("--model=elsewhere/adapter.py:factory"))
    assert message.startswith("ERROR: --model 'elsewhere/adapter.py:factory' cannot be judged: adapter.py")
    assert NEIGHBOUR.format(*words) in message


def test_neighbours_that_nobody_imports_and_folders_of_pictures_do_no_harm(suite: Suite) -> None:
    folder = suite.folder / "elsewhere"
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "loss.png").touch()
    (folder / "claims.py").write_text("1 / 0\n")
    (folder / "tms.py").write_text("1 / 0\n")
    (folder / "adapter.py").write_text("import figures\nfrom tms.protocol import Unsupported\n" + MODEL)
    assert suite.run("--model=elsewhere/adapter.py:factory").ret == pytest.ExitCode.OK
