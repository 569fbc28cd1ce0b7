"""What a run says of the software that its results depend on."""

from __future__ import annotations

import importlib.metadata

import pytest

from claims.harness.records import environment
from tms.engines import fused_cuda


def test_triton_is_named_where_it_can_have_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"version of {package}")
    monkeypatch.setattr(fused_cuda, "lacking", lambda: None)
    assert environment.versions("cuda")["triton"] == "version of triton"
    assert "triton" not in environment.versions("cpu")
    monkeypatch.setattr(fused_cuda, "lacking", lambda: "Triton is not installed")
    assert "triton" not in environment.versions("cuda")


def test_forms_of_the_cuda_kernels_are_named_where_they_can_have_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"version of {package}")
    monkeypatch.setattr(fused_cuda, "lacking", lambda: None)
    assert "cuda_forms" not in environment.versions("cuda")
    monkeypatch.setenv("TMS_CUDA_FORMS", "tensor-cores")
    assert environment.versions("cuda")["cuda_forms"] == "tensor-cores"
    assert "cuda_forms" not in environment.versions("cpu")
