"""Files that others or a crash may have damaged: read with care, written whole."""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any, Final, NoReturn

import jsonschema

# A run of the whole suite writes under 1 MB; what is a hundred times that is no file of ours.
_MOST_BYTES: Final = 100 * 2**20
_MOST_SHOWN: Final = 120
_VALUES_A_LINE: Final = 10


class FileError(ValueError):
    """A file is missing, damaged or not what it should be; says which and how, in one sentence."""


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a finite number")
    return number


def _whole(text: str) -> int:
    if len(text) > 18:
        raise ValueError(f"the number {text[:18]}... is too long")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a finite number")


def read_json(path: Path, schema: dict[str, Any]) -> Any:
    """Read a JSON file and check it against a schema.

    Parameters
    ----------
    path
        File to read.
    schema
        JSON schema that the whole document must satisfy.

    Returns
    -------
    Any
        The document; every number in it is finite.

    Raises
    ------
    FileError
        If the file cannot be read, is not JSON, holds a number that is not finite, or breaks the schema.
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


def parse_json(text: str, place: str, schema: dict[str, Any]) -> Any:
    """Read JSON from a text and check it against a schema.

    Parameters
    ----------
    text
        What to read.
    place
        Where it comes from, for errors.
    schema
        JSON schema that the whole document must satisfy.

    Raises
    ------
    FileError
        As `read_json`.
    """
    try:
        document = json.loads(text, parse_float=_finite, parse_int=_whole, parse_constant=_constant)
    except RecursionError as error:
        raise FileError(f"{place} is nested too deeply to be a file of ours.") from error
    except json.JSONDecodeError as error:
        raise FileError(f"{place} is not valid JSON: {error.msg} in line {error.lineno}.") from error
    except ValueError as error:
        raise FileError(f"{place} cannot be read: {error}.") from error
    broken = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(document))
    if broken is not None:
        where = "/".join(map(str, broken.absolute_path)) or "the whole document"
        raise FileError(f"{place} does not fit its schema at {_short(where)}: {_short(broken.message)}.")
    return document


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}..."


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader or a crash sees the old text or the new, never a part.

    Parameters
    ----------
    path
        File to write; missing folders are made.
    text
        All of its new content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def legible(value: Any, indent: str = "") -> str:
    """Write JSON that is made for reading in a diff: a line an entry, ten values or an inner list.

    Parameters
    ----------
    value
        Objects, lists of plain values or of lists, and plain values; all numbers finite.
    indent
        Of the lines after the first.
    """
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(name)}: {legible(part, inner)}" for name, part in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(inner + json.dumps(row, allow_nan=False) for row in value) + f"\n{indent}]"
    if isinstance(value, list):
        words = [json.dumps(part, ensure_ascii=False, allow_nan=False) for part in value]
        count = math.ceil(len(words) / _VALUES_A_LINE)
        rows = [", ".join(words[i * _VALUES_A_LINE : (i + 1) * _VALUES_A_LINE]) for i in range(count)]
        return (
            f"[{rows[0]}]" if count == 1 else "[\n" + ",\n".join(inner + row for row in rows) + f"\n{indent}]"
        )
    return json.dumps(value, ensure_ascii=False)
