"""An implementation that fails or breaks the protocol fails its claims with a message of one sentence."""

from __future__ import annotations

import pytest

from tests.helpers.claim_suite import Suite
from tests.helpers.implementations import AGAIN, DOCUMENTED, LOOP, MODEL, judge, write


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "def factory(experiment):\n    return experiment.no_such",
            "no attribute 'no_such' (other.py, line 2)",
        ),
        (
            "def factory(experiment):\n    raise SystemExit(0)",
            "the model failed with SystemExit: 0 (other.py, line 2)",
        ),
        ("factory = dict", "the model failed with TypeError"),
        (MODEL.replace(".transpose(0, 1)", ""), "the model failed with RuntimeError"),
        (MODEL.replace("self.model.b_final}", "1}"), "gives b as torch.int64"),
        (MODEL.replace('"b": ', '"bias": '), "gives no weights named b"),
        (MODEL.replace("out + self.b_final", "out / 0"), "the model's output is not finite"),
        (MODEL.replace("deviation)", "1e30)"), "not finite"),
    ],
)
def test_broken_model_fails_its_claims_in_one_sentence_and_the_rest_goes_on(
    suite: Suite, source: str, words: str
) -> None:
    write(suite, AGAIN, DOCUMENTED)
    result = judge(suite, source)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [claim["verdict"] for claim in suite.document["claims"]] == ["failed"] * 3
    for claim in suite.document["claims"]:
        assert claim["reason"].startswith("other.py:factory on demo/pair: ")
        assert words in claim["reason"]
        assert "\n" not in claim["reason"]
    assert suite.document["complete"]
    assert "Traceback" not in result.stdout.str()
    assert "Error\n" not in result.stdout.str()
    result.stdout.no_fnmatch_line("*def test_pair*")


def test_broken_training_function_fails_its_claims_in_one_sentence(suite: Suite) -> None:
    (suite.folder / "other.py").write_text(LOOP.replace("loss.backward()", "1 / 0"))
    suite.run("--engine=auto", "--trainer=other.py:train_all")
    message = suite.claim()["reason"]
    assert "training function failed with ZeroDivisionError: division by zero (other.py, line" in message
    assert "\n" not in message


def test_implementation_that_failed_on_an_experiment_is_not_asked_again(suite: Suite) -> None:
    write(suite, AGAIN)
    judge(suite, "def factory(_):\n    print('asked', file=open('calls', 'a'))\n    1 / 0")
    assert (suite.folder / "calls").read_text() == "asked\n"


def test_traceback_into_an_implementation_is_shown_if_asked_for(suite: Suite) -> None:
    result = judge(suite, "def factory(experiment):\n    return 1 / 0", "--tb=short")
    result.stdout.fnmatch_lines(["*return 1 / 0*"])
