"""Errors of other people's code in one line."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from typing import Final

_LIBRARIES: Final = (
    Path(__file__).parents[2],
    *(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")),
)
_MOST_SHOWN: Final = 160


def described(error: BaseException) -> str:
    """Describe an exception of other people's code in one line: type, message, and line of code."""
    try:
        lines = str(error).split("\n")
    except Exception:
        lines = []
    message = next((" ".join(line.split()) for line in lines if line.strip()), "")
    message = "".join(c for c in message if c.isprintable()).rstrip(".")
    message = f"{message[:_MOST_SHOWN]}..." if len(message) > _MOST_SHOWN else message
    name = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(Path(frame.filename).is_relative_to(p) for p in _LIBRARIES)]
    where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return f"{name}: {message}{where}" if message else f"{name}{where}"
