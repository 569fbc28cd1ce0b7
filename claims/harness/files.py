"""Reading JSON files that may be damaged or hostile, and writing files so that a crash damages none."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final, NoReturn

import jsonschema

# A run of all claims writes under 1 MB; the program never writes a file a hundred times that size.
_MOST_BYTES: Final = 100 * 2**20
_MOST_SHOWN: Final = 120
_VALUES_A_LINE: Final = 10
# Control characters other than tabs and line ends, and halves of surrogate pairs, which UTF-8 cannot encode.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class FileError(ValueError):
    """A file is missing, damaged or of another kind; the message names it and the problem in one sentence."""


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a finite number")
    return number


def _integer(text: str) -> int:
    if len(text) > 18:
        raise ValueError(f"the number {text[:18]}... is too long")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a finite number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the name {printable(twice, _MOST_SHOWN)!r} occurs twice in one object")
    return members


def relative_to_cwd(path: Path) -> Path:
    """Show a path relative to the current directory if it lies inside it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def printable(text: str, most: int = 1000) -> str:
    """Make text safe to show on one line: without control characters and line ends, and not too long."""
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return line if len(line) <= most else f"{line[:most]}..."


def read_json(path: Path, schema: dict[str, Any]) -> Any:
    """Read a JSON file and check it against a schema.

    Parameters
    ----------
    path
        The file to read.
    schema
        The JSON schema that the document must satisfy.

    Returns
    -------
    Any
        The document; every number in it is finite, and no text contains control characters.

    Raises
    ------
    FileError
        If the file cannot be read, is not JSON, contains a number that is not finite, or does not satisfy
        the schema.
    """
    try:
        if not path.is_file():
            raise FileError(f"{path} is missing." if not path.exists() else f"{path} is not a file.")
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(f"{path} is larger than {_MOST_BYTES // 2**20} MiB.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is not text in UTF-8.") from error
    return parse_json(text, str(path), schema)


def read_versioned_json(path: Path, schema: dict[str, Any]) -> Any:
    """Read a JSON file whose schema states its version; another version is named before anything else.

    Parameters
    ----------
    path
        The file to read.
    schema
        The JSON schema, with the version as the constant of `schema_version`.

    Returns
    -------
    Any
        As `read_json`.

    Raises
    ------
    FileError
        As `read_json`, or if the file has another version.
    """
    wanted = schema["properties"]["schema_version"]["const"]
    version = read_json(path, {"type": "object"}).get("schema_version")
    if version != wanted:
        raise FileError(f"{path} has schema version {version!r:.20}; this program reads version {wanted}.")
    return read_json(path, schema)


def parse_json(text: str, place: str, schema: dict[str, Any]) -> Any:
    """Read JSON from a text and check it against a schema.

    Parameters
    ----------
    text
        The JSON text.
    place
        Origin of the text, for error messages.
    schema
        The JSON schema that the document must satisfy.

    Returns
    -------
    Any
        As `read_json`.

    Raises
    ------
    FileError
        As `read_json`.
    """
    try:
        document = json.loads(
            text,
            parse_float=_finite,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_unique,
        )
        _check_texts(document)
    except RecursionError as error:
        raise FileError(f"{place} is nested too deeply for a file of this program.") from error
    except json.JSONDecodeError as error:
        raise FileError(f"{place} is not valid JSON: {error.msg} in line {error.lineno}.") from error
    except ValueError as error:
        raise FileError(f"{place} cannot be read: {error}.") from error
    broken = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(document))
    if broken is not None:
        where = "/".join(map(str, broken.absolute_path)) or "the whole document"
        where, why = printable(where, _MOST_SHOWN), printable(broken.message, _MOST_SHOWN)
        raise FileError(f"{place} does not fit its schema at {where}: {why}.")
    return document


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        if bad := _UNFIT.search(value):
            raise ValueError(f"a text in it contains the character U+{ord(bad.group()):04X}")
    elif isinstance(value, list):
        for part in value:
            _check_texts(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            _check_texts(name)
            _check_texts(part)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step: a reader sees the old text or the new one, also after a crash.

    Parameters
    ----------
    path
        The file to write; missing folders are created.
    text
        The new content; half of a surrogate pair, which UTF-8 cannot encode, becomes a question mark.

    Raises
    ------
    FileError
        If the file cannot be written; the old file is then unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}.") from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise FileError(f"{path} cannot be written: {error.strerror}.") from error
        raise


def diffable_json(value: Any, indent: str = "") -> str:
    """Format JSON for reading in a diff: one line per entry, per ten values, or per inner list.

    Parameters
    ----------
    value
        An object, a list of plain values or of lists, or a plain value; all numbers are finite.
    indent
        Indentation of the lines after the first.
    """
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(name)}: {diffable_json(part, inner)}" for name, part in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(inner + json.dumps(row, allow_nan=False) for row in value) + f"\n{indent}]"
    if isinstance(value, list):
        words = [json.dumps(part, ensure_ascii=False, allow_nan=False) for part in value]
        if len(words) <= _VALUES_A_LINE:
            return f"[{', '.join(words)}]"
        starts = range(0, len(words), _VALUES_A_LINE)
        rows = [inner + ", ".join(words[start : start + _VALUES_A_LINE]) for start in starts]
        return "[\n" + ",\n".join(rows) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)
