"""An implementation that cannot be imported, or options that contradict it, end the run before training."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.claim_suite import Suite, sentence
from tests.helpers.implementations import MODEL

TAKES = """
def none(): pass
class Sizes:
    def __init__(self, features, hidden): pass
made = lambda a, b: None
open("trained", "w").close()
"""
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
        ("takes.py:none", "none takes (); it must take one argument, an experiment"),
        ("takes.py:Sizes", "Sizes takes (features, hidden); it must take one argument, an experiment"),
        ("takes.py:made", "made takes (a, b); it must take one argument, an experiment"),
        ("needs.py:factory", "-m pip install surely_absent"),
        ("part/of.py:factory", "name it part.of:function, from the folder"),
        ("beside/model.py:factory", "rename figures.py"),
        ("beside/through.py:factory", "rename figures.py"),
        ("beside.model:factory", "rename figures.py"),
        ("within:factory", "rename figures.py"),
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
    (folder / "takes.py").write_text(TAKES)
    for package in ("part", "beside"):
        (folder / package).mkdir()
    (folder / "part" / "__init__.py").write_text("")
    (folder / "part" / "of.py").write_text("from . import other\n")
    (folder / "beside" / "figures.py").write_text("def draw(): pass\n")
    (folder / "beside" / "model.py").write_text("from figures import draw\n")
    (folder / "beside" / "through.py").write_text("import model\n")
    (folder / "within").mkdir()
    (folder / "within" / "__init__.py").write_text("from figures import draw\n")
    (folder / "within" / "figures.py").write_text("def draw(): pass\n")
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


def test_arguments_are_checked_before_a_script_trains(suite: Suite) -> None:
    (suite.folder / "takes.py").write_text(TAKES)
    for name, runs in (("Sizes", False), ("none", False), ("made", True)):
        suite.run(f"--model=takes.py:{name}")
        assert (suite.folder / "trained").exists() == runs


WARNS = '"""A docstring with \\invalid escapes."""\nimport warnings\nwarnings.warn("old")\n'


def test_warnings_at_import_are_no_errors(suite: Suite) -> None:
    (suite.folder / "warns.py").write_text(WARNS + MODEL)
    with (suite.folder / "tox.ini").open("a") as settings:
        settings.write("\nfilterwarnings =\n    error\n    ignore::pytest.PytestAssertRewriteWarning\n")
    assert suite.run("--model=warns.py:factory").ret == pytest.ExitCode.OK


def test_settings_that_a_module_changes_at_import_are_restored(suite: Suite) -> None:
    here = Path.cwd()
    leaks = "import os, numpy\nos.chdir('/')\nos.umask(0o777)\nnumpy.seterr(all='raise')\n"
    (suite.folder / "leaks.py").write_text(leaks + MODEL)
    assert suite.run("--model=leaks.py:factory").ret == pytest.ExitCode.OK
    assert Path.cwd() == here
    assert suite.claim()["verdict"] == "replicated"


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
        ("companion.py", "import companion", ("companion", 1, "companion.py", "companion", "companion.py")),
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
