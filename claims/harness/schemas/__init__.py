"""The JSON schemas of every file that the harness stores."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def schema(name: str) -> dict[str, Any]:
    """Load a schema of this package.

    Parameters
    ----------
    name
        File name without ".schema.json", such as "results".

    Returns
    -------
    dict
        The JSON schema (draft 2020-12).
    """
    text = resources.files(__package__).joinpath(f"{name}.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
