"""An experiment describes itself in one line, or in several with every unusual setting."""

from __future__ import annotations

from tests.helpers.small import small


def test_one_line_names_sizes_and_work() -> None:
    line = str(small(best_of=3))
    assert line == "small: relu_output n=5 m=2, 2 points x 6 trials, 30 steps of 100"


def test_the_description_shows_every_setting_that_is_not_usual() -> None:
    text = small(
        architecture="relu_hidden_untied",
        target="absolute",
        hidden_bias=True,
        hidden_l1=0.25,
        weight_decay=0.125,
        schedule="constant",
        init_scale=0.75,
        initial_output="sizes",
        best_of=7,
        held_out=333,
        checkpoints=(0, 3, 30),
        correlated=((0, 1),),
        anticorrelated=((2, 3),),
        signed=True,
        importance=[[1, 0.5, 1, 1, 1]],
        coordinates={"pressure": [3.0, 4.0]},
    ).describe()
    for words in (
        "pressure: 3 to 4",
        "density: 0.1 to 0.5; importance: 0.5 to 1",
        "correlated ((0, 1),), anticorrelated ((2, 3),)",
        "best of 7 by the loss on 333 held-out inputs",
        "AdamW, decay 0.125, constant rate 0.01, initial scale 0.75",
        "target: absolute",
        "initial_output: sizes",
        "hidden_bias: True",
        "hidden_l1: 0.25",
        "signed values",
        "3 checkpoints, steps 0 to 30",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 110


def test_the_description_is_silent_about_what_is_usual() -> None:
    text = small().describe()
    assert text.startswith(str(small()))
    assert "density: 0.1 to 0.5; importance: 1\n" in text
    assert "Adam, cosine" in text
    for word in (
        "decay",
        "target",
        "initial_output",
        "activation",
        "hidden",
        "signed",
        "checkpoint",
        "correlated",
    ):
        assert word not in text
    assert "activation: gelu" in small(activation="gelu").describe()
