"""The options of a run that nothing is asked of."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from claims.harness.session.options import Options

OPTIONS: Final = Options(
    profile="smoke",
    device="cpu",
    engine="fused",
    requested_engine="auto",
    seed=0,
    output=Path(),
    junit=Path(),
    update_baselines=False,
    show_baselines=False,
    reuse=False,
    stored_models=Path(),
    earlier_run=Path(),
    root=Path(),
)
