"""The engine and the device that train() uses, and names that it refuses."""

from __future__ import annotations

import re

import pytest
import torch

from tests.helpers.small import is_one_sentence, small
from tms.engines import fused_cuda
from tms.training import resolve, train


@pytest.mark.parametrize(
    ("engine", "device", "there", "chosen"),
    [
        ("auto", "auto", False, ("fused", "cpu")),
        ("auto", "cpu", False, ("fused", "cpu")),
        ("fused", "auto", False, ("fused", "cpu")),
        ("reference", "auto", False, ("reference", "cpu")),
        ("auto", "auto", True, ("fused", "cuda")),
        ("auto", "cuda", True, ("fused", "cuda")),
        ("fused", "auto", True, ("fused", "cuda")),
        ("auto", "cpu", True, ("fused", "cpu")),
        ("fused", "cpu", True, ("fused", "cpu")),
        ("reference", "cuda", True, ("reference", "cuda")),
    ],
)
def test_auto_means_the_fastest_engine_of_the_best_device(
    monkeypatch: pytest.MonkeyPatch, engine: str, device: str, there: bool, chosen: tuple[str, str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(fused_cuda, "lacking", lambda: None)
    assert resolve(engine, device) == chosen


def test_auto_falls_back_to_the_reference_engine_on_a_gpu_without_triton(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(fused_cuda, "lacking", lambda: "Triton is not installed")
    assert resolve("auto", "auto") == ("reference", "cuda")
    assert resolve("auto", "cpu") == ("fused", "cpu")


@pytest.mark.parametrize(
    ("engine", "device", "there", "words"),
    [
        ("turbo", "auto", False, "engine 'turbo' is unknown; it must be one of auto, reference, fused"),
        ("", "auto", False, "engine '' is unknown"),
        ("auto", "tpu", False, "device 'tpu' is unknown; it must be one of auto, cpu, cuda"),
        ("auto", "cuda:0", True, "device 'cuda:0' is unknown"),
        ("auto", "cuda", False, "device 'cuda' is not there"),
        ("reference", "cuda", False, "device 'cuda' is not there"),
        ("fused", "cuda", True, "engine 'fused' cannot run on CUDA here: Triton is not installed"),
    ],
)
def test_an_engine_or_a_device_that_is_not_there_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, engine: str, device: str, there: bool, words: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    monkeypatch.setattr(fused_cuda, "lacking", lambda: "Triton is not installed")
    with pytest.raises(ValueError, match=re.escape(words)) as raised:
        resolve(engine, device)
    assert is_one_sentence(str(raised.value))


def test_a_form_of_the_kernels_that_does_not_exist_is_refused_where_it_could_train(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("TMS_CUDA_FORMS", "tensors")
    with pytest.raises(ValueError, match="TMS_CUDA_FORMS names the form 'tensors'"):
        resolve("auto", "cuda")
    assert resolve("fused", "cpu") == ("fused", "cpu")


def test_a_wrong_engine_is_found_before_training() -> None:
    with pytest.raises(ValueError, match="engine 'turbo' is unknown"):
        train(small(steps=10**9), engine="turbo")
