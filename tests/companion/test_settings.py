"""Settings: what links restore, and one sentence for what is not valid."""

from __future__ import annotations

from typing import Any

import pytest

from companion.chapters import CHAPTERS
from companion.settings import as_text, restored

N = CHAPTERS["demonstrating"]


@pytest.mark.parametrize(
    ("wrong", "name", "says"),
    [
        ({"m": 30}, "m", "m = 30; the number of dimensions must be at most the number of features, n = 20."),
        ({"p": 0}, "p", "p = 0; the density p must be a number from 0.001 to 1."),
        (
            {"n": 1_000_000},
            "n",
            "n = 1000000; the number of features n must be a whole number from 2 to 100.",
        ),
        ({"n": 2.5}, "n", "n = 2.5; the number of features n must be a whole number from 2 to 100."),
        ({"p": None}, "p", "p = None; the density p must be a number from 0.001 to 1."),
        ({"p": float("nan")}, "p", "p = nan; the density p must be a number from 0.001 to 1."),
        ({"model": "other"}, "model", "model = other; the model must be one of relu_output, linear."),
    ],
)
def test_an_invalid_value_has_one_sentence_of_its_own(wrong: dict[str, Any], name: str, says: str) -> None:
    _, refused = N.checked(N.defaults() | wrong)
    assert refused == {name: says}


@pytest.mark.parametrize("name", CHAPTERS)
def test_defaults_are_valid_and_restored_from_their_link(name: str) -> None:
    chapter = CHAPTERS[name]
    values, refused = chapter.checked(chapter.defaults())
    assert not refused
    link = {setting: as_text(value) for setting, value in values.items()}
    assert restored(chapter.settings, link) == (values, {})


def test_a_link_with_an_invalid_value_keeps_the_others() -> None:
    values, refused = restored(N.settings, {"n": "7", "p": "none", "m": ["2", "3"], "other": "x"})
    assert values == N.defaults() | {"n": 7, "m": 3}
    assert refused == {
        "p": "The link was not used: p = none; the density p must be a number from 0.001 to 1."
    }


def test_values_outside_a_range_name_both_ends() -> None:
    for chapter in CHAPTERS.values():
        for setting in chapter.settings:
            with pytest.raises(ValueError, match=f"^{setting.name} = "):
                setting.checked("a word")
