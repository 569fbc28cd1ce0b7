"""A baseline of any origin is read, or refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claims.harness.baselines import store as baselines
from claims.harness.files import FileError
from tests.helpers.claim_suite import HOLDS, Suite
from tests.helpers.damaged_files import FILES, ODD, is_clear_error, members, state, with_member


@pytest.mark.parametrize("kind", FILES)
def test_baselines_that_cannot_be_used_are_told_in_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cpu-quick.json"
    FILES[kind](path)
    before = state(tmp_path)
    with pytest.raises(FileError) as caught:
        baselines.load(path, device="cpu", profile="quick")
    assert is_clear_error(str(caught.value), path)
    assert state(tmp_path) == before


def test_baselines_with_any_member_of_another_kind_are_refused_or_harmless(suite: Suite) -> None:
    suite.with_baseline_of(HOLDS)
    whole = json.loads(suite.baseline.read_text())
    told = []
    for place in members(whole):
        for value in ODD:
            suite.baseline.write_text(json.dumps(with_member(whole, place, value)))
            try:
                baselines.load(suite.baseline, device="cpu", profile="quick")
            except FileError as error:
                told.append(str(error))
    assert len(told) > 100
    assert all(is_clear_error(one, suite.baseline) for one in told)
