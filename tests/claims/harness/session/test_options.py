"""Options of a run are checked before anything is trained."""

from __future__ import annotations

import pytest

from tests.helpers.claim_suite import (
    TRAINS,
    Suite,
    sentence,
)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--profile=big"], ["--profile 'big'", "quick, paper"]),
        (["--profile="], ["--profile ''", "quick, paper"]),
        (["--device=tpu"], ["'tpu'", "auto, cpu, cuda"]),
        (["--engine=fast"], ["'fast'", "auto, reference, fused"]),
        (["--seed=-1"], ["--seed '-1'", "whole number from 0"]),
        (["--seed=1.5"], ["--seed '1.5'", "whole number from 0"]),
        (["--seed=nan"], ["--seed 'nan'", "whole number from 0"]),
        (["--seed=99999999999999999999"], ["--seed '99999999999999999999'", "whole number from 0"]),
        ([f"--seed={2**63}"], [f"--seed '{2**63}'", f"whole number from 0 to {2**63 - 1}"]),
        (["--seed=٣"], ["--seed '٣'", "whole number from 0"]),
        (["-n", "2"], ["cannot run under pytest-xdist", "leave out the option -n"]),
        (["--show-baselines", "--update-baselines"], ["--show-baselines", "leave one out"]),
        (["--before="], ["--before ''", "folder of an earlier run"]),
        (["--before=absent"], ["--before 'absent'", "folder of an earlier run"]),
        (["--output="], ["--output", "folder"]),
        (["--output=taken"], ["--output 'taken'", "is a file"]),
        (["--output=taken/below"], ["--output 'taken/below'", "is a file"]),
        (["--stored-models="], ["--stored-models must name a folder"]),
    ],
)
def test_wrong_option_is_one_sentence_with_the_valid_values(
    suite: Suite, arguments: list[str], words: list[str]
) -> None:
    suite.write(TRAINS)
    (suite.folder / "taken").touch()
    result = suite.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    message = sentence(result)
    assert all(word in message for word in words)
    assert not suite.trainings


def test_cuda_that_is_not_there_ends_the_run_before_training(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    suite.write(TRAINS)
    assert "cuda" in sentence(suite.run("--device=cuda"))
    assert not suite.trainings


def test_header_says_why_a_gpu_does_without_the_fused_engine(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("tms.engines.fused_cuda.lacking", lambda: "Triton is not installed")
    suite.write(TRAINS)
    message = "device cuda, engine reference (Triton is not installed), seed 0"
    assert message in suite.run("--device=auto", "--engine=auto", "--collect-only").stdout.str()
    assert "Triton" not in suite.run("--device=auto", "--collect-only").stdout.str()
