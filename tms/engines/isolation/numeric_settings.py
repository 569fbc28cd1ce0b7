"""Settings of torch and NumPy, and the states of all global random generators."""

from __future__ import annotations

import random
from typing import Any, Final

import numpy as np
import torch

from tms.engines.isolation.setting import Setting

_DEVICES: Final = ("cpu", "cuda")


def _default_device() -> torch.device:
    # `torch.get_default_device` of torch 2.6 fails once a default has been removed.
    return torch.empty(0).device


def _restore_default_device(device: torch.device) -> None:
    # A default device intercepts every call of torch, and the CPU is the default without one.
    torch.set_default_device(None if device.type == "cpu" else device)


def _determinism() -> tuple[bool, bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
    )


def _restore_determinism(value: tuple[bool, bool, bool]) -> None:
    enabled, warns_only, fills_memory = value
    torch.use_deterministic_algorithms(enabled, warn_only=warns_only)
    torch.utils.deterministic.fill_uninitialized_memory = fills_memory  # type: ignore[attr-defined]


def _cudnn() -> tuple[bool, ...]:
    cudnn = torch.backends.cudnn
    return cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32


def _restore_cudnn(value: tuple[bool, ...]) -> None:
    cudnn = torch.backends.cudnn
    cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32 = value


def _anomaly_mode() -> tuple[bool, bool]:
    return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()


def _autocast() -> tuple[tuple[bool, torch.dtype], ...]:
    return tuple((torch.is_autocast_enabled(d), torch.get_autocast_dtype(d)) for d in _DEVICES)


def _restore_autocast(value: tuple[tuple[bool, torch.dtype], ...]) -> None:
    for device, (enabled, dtype) in zip(_DEVICES, value, strict=True):
        torch.set_autocast_enabled(device, enabled)
        torch.set_autocast_dtype(device, dtype)


def _cuda_generator() -> torch.Tensor | None:
    return torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None


def _restore_cuda_generator(state: torch.Tensor | None) -> None:
    if state is not None:
        torch.cuda.set_rng_state(state)


def _restore_numpy_errors(value: dict[str, Any]) -> None:
    np.seterr(**value)


NUMERIC_SETTINGS: Final = (
    Setting("default dtype", torch.get_default_dtype, torch.set_default_dtype),
    Setting("default device", _default_device, _restore_default_device),
    Setting("gradients", torch.is_grad_enabled, torch.set_grad_enabled),
    Setting("torch determinism", _determinism, _restore_determinism),
    Setting("cuDNN", _cudnn, _restore_cudnn),
    Setting(
        "float32 matmul precision", torch.get_float32_matmul_precision, torch.set_float32_matmul_precision
    ),
    Setting("anomaly mode", _anomaly_mode, lambda value: torch.set_anomaly_enabled(*value)),
    Setting("autocast", _autocast, _restore_autocast),
    Setting("torch threads", torch.get_num_threads, torch.set_num_threads),
    Setting("torch generator", torch.get_rng_state, torch.set_rng_state, holds_in_calls=False),
    Setting("CUDA generator", _cuda_generator, _restore_cuda_generator, holds_in_calls=False),
    Setting("NumPy errors", np.geterr, _restore_numpy_errors),
    Setting("NumPy error callback", np.geterrcall, np.seterrcall),
    Setting("NumPy printing", np.get_printoptions, lambda value: np.set_printoptions(**value)),
    Setting("NumPy generator", np.random.get_state, np.random.set_state, holds_in_calls=False),
    Setting("Python generator", random.getstate, random.setstate, holds_in_calls=False),
)
"""Everything about arithmetic and random numbers that is restored."""
