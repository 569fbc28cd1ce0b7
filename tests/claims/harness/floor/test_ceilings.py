"""The bare random generator whose speed is measured is that of the streams."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from claims.harness.floor import ceilings
from tms import random_streams


def test_ceilings_mix_counters_as_the_streams_do(monkeypatch: pytest.MonkeyPatch) -> None:
    zero = np.zeros(1, dtype=np.uint32)
    monkeypatch.setattr(random_streams, "step_keys", lambda keys, step: (zero, zero))  # noqa: ARG005
    expected = random_streams.bits(np.zeros(1, dtype=np.uint64), 0, (40, 100)).reshape(-1).numpy()
    mixed = ceilings.mixed(torch.arange(4000, dtype=torch.int32)).numpy()
    np.testing.assert_array_equal(mixed.astype(np.uint32), expected)
    filled = np.empty(4000, dtype=np.uint32)
    ceilings.fill(1, filled)
    np.testing.assert_array_equal(filled, expected)
