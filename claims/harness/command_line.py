"""Parts that the subcommands of `tms` share: errors in one sentence, and arguments for pytest."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

import click

MISUSE: Final = 2
"""Exit code after a message about an option, a name or a file that cannot be used."""
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C."""

# What writing fails with where the disk or the user's share of it is full, or a file may not grow.
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_FOLDER: Final = "No usable temporary directory found"


def run_and_exit(group: click.Group, name: str, arguments: Sequence[str] | None) -> None:
    """Run a command line and exit with its code; a wrong option ends in one sentence.

    Parameters
    ----------
    group
        The command with its subcommands.
    name
        The name of the program.
    arguments
        The command line after the name; that of the process if None.
    """
    try:
        code = group.main(arguments, prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            error.show()
            sys.exit(error.exit_code)
        context = getattr(error, "ctx", None)
        message = " ".join(error.format_message().split())
        click.echo(f"{context.command_path}: {message}" if context else message, err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except OSError as error:
        reason = str(error.strerror)
        if error.errno in _NO_ROOM:
            what = error.filename or "The output"
        elif reason.startswith(_NO_FOLDER):  # of Python's tempfile
            what = "A temporary file"
        else:
            raise
        click.echo(f"{what} cannot be written: {reason}.", err=True)
        code = MISUSE
    sys.exit(code)


def errors_in_one_sentence(command: Callable[..., int]) -> Callable[..., int]:
    """Print errors in the use of a subcommand as their message alone."""

    @wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> int:
        from claims.harness.errors import MisuseError
        from claims.harness.files import FileError

        try:
            return command(*arguments, **options)
        except (MisuseError, FileError) as error:
            click.echo(str(error), err=True)
            return MISUSE
        except KeyboardInterrupt:
            click.echo("Interrupted. Finished runs are kept; the same command continues.", err=True)
            return INTERRUPTED

    return wrapped


class PytestCommand(click.Command):
    """A subcommand that passes every argument it does not know to pytest.

    Parameters
    ----------
    name
        The name of the subcommand.
    fixed
        Options of the claims that the subcommand sets itself; its help does not list them.
    settings
        Settings of `click.Command`.
    """

    ignore_unknown_options = True

    def __init__(self, name: str, *, fixed: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(name, **settings)
        self._fixed = fixed
        self.params.append(click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line after the name."""
        del ctx
        return ["[OPTIONS]", "[PYTEST OPTIONS]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options of this command, then those that the claims add to pytest."""
        super().format_options(ctx, formatter)
        listed = {name for parameter in self.params for name in parameter.opts}.union(self._fixed)
        with formatter.section("Options of the claims"):
            formatter.write_dl([row for row in _options_of_claims() if row[0].split()[0] not in listed])


def _options_of_claims() -> list[tuple[str, str]]:
    from claims.harness.session.options import add_options

    rows: list[tuple[str, str]] = []

    class Parser:
        """Collects the options that pytest's parser would be given."""

        def getgroup(self, *_: str) -> Parser:
            return self

        def addoption(self, name: str, **settings: Any) -> None:
            value = "" if settings.get("action") == "store_true" else " TEXT"
            rows.append((name + value, settings["help"]))

    add_options(Parser())  # type: ignore[arg-type]
    return rows
