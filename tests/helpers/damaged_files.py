"""Damaged files of many kinds, documents with one wrong member, and what a clear error message is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def of_bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


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


def is_clear_error(message: str, path: Path) -> bool:
    """Whether a message names the file, is printable and is short."""
    return str(path) in message and message.isprintable() and len(message) < 500 + len(str(path))


def state(folder: Path) -> dict[str, Any]:
    """Return the content of every readable file in a folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in sorted(folder.rglob("*"))
        if os.access(path, os.R_OK) or path.is_symlink()
    }


ODD: tuple[Any, ...] = (
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


def members(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the path of every member of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for name, part in inner for place in members(part, (*path, name))]


def with_member(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(whole))
    block = copy
    for name in path[:-1]:
        block = block[name]
    block[path[-1]] = value
    return copy
