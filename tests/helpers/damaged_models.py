"""Stored models with changed tensors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file


def damage(change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Path, str], None]:
    def rewrite(path: Path, fingerprint: str) -> None:
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path, {"fingerprint": fingerprint})

    return rewrite
