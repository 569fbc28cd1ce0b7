"""Each chapter trains, draws, says what its figure shows, and has code that does the same."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from companion.chapter import Chapter
from companion.chapters import CHAPTERS
from figures.toolkit.save import as_svg
from tests.helpers.chapters import small
from tms import Trained

DETAILED = [name for name, chapter in CHAPTERS.items() if chapter.detail]
CLICKED = [name for name in DETAILED if (detail := CHAPTERS[name].detail) and detail.snapped]


@pytest.fixture(scope="module")
def results() -> dict[str, tuple[Chapter, dict[str, Any], Trained]]:
    """Each chapter with small values and what it trains for them."""
    made = {}
    for name in CHAPTERS:
        chapter, values = small(name)
        made[name] = (chapter, values, chapter.train(values, None))
    return made


Results = dict[str, tuple[Chapter, dict[str, Any], Trained]]


def test_chapters_follow_the_paper() -> None:
    assert [chapter.title[:2] for chapter in CHAPTERS.values()] == [f"{k}." for k in range(1, 9)]


@pytest.mark.parametrize("name", CHAPTERS)
def test_five_lines_of_code_train_and_draw_what_the_chapter_shows(name: str, results: Results) -> None:
    chapter, values, trained = results[name]
    code = chapter.code(values)
    # Lines that end in a backslash go on.
    assert len(code.splitlines()) == 5
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    figure = namespace["figure"]
    assert isinstance(figure, Figure)
    assert as_svg(figure) == as_svg(chapter.view(values, trained).figure)


@pytest.mark.parametrize("name", CHAPTERS)
def test_another_seed_changes_the_figure_and_its_code(name: str, results: Results) -> None:
    chapter, values, trained = results[name]
    other = values | {"seed": 1}
    assert chapter.code(other) != chapter.code(values)
    figures = (chapter.view(values, trained), chapter.view(other, chapter.train(other, None)))
    assert len({as_svg(view.figure) for view in figures}) == 2


@pytest.mark.parametrize("name", DETAILED)
def test_a_place_of_the_result_has_a_view(name: str, results: Results) -> None:
    chapter, _, trained = results[name]
    assert chapter.detail is not None
    settings = chapter.detail.settings(trained)
    first = chapter.detail.view(trained, {each.name: each.default for each in settings})
    assert isinstance(first.figure, Figure)
    assert first.text


@pytest.mark.parametrize("name", CLICKED)
def test_a_click_finds_the_nearest_place(name: str, results: Results) -> None:
    chapter, values, trained = results[name]
    detail = chapter.detail
    assert detail is not None
    assert detail.snapped is not None
    axes = chapter.view(values, trained).axes
    assert axes is not None
    places = [detail.snapped(trained, x, y) for x in axes.get_xlim() for y in axes.get_ylim()]
    assert len({tuple(place.values()) for place in places}) == 4
    for place in places:
        for setting in detail.settings(trained):
            assert setting.checked(place[setting.name]) == place[setting.name]


@pytest.mark.parametrize("name", CLICKED)
def test_the_ring_lies_where_a_click_finds_its_place(name: str, results: Results) -> None:
    chapter, values, trained = results[name]
    detail = chapter.detail
    assert detail is not None
    assert detail.snapped is not None
    assert detail.at is not None
    axes = chapter.view(values, trained).axes
    assert axes is not None
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    for x in (left, (left * right) ** 0.5, right):  # the axis is logarithmic
        place = detail.snapped(trained, x, (low + high) / 2)
        at = detail.at(trained, place)
        assert left <= at[0] <= right
        assert low <= at[1] <= high
        assert detail.at(trained, detail.snapped(trained, *at)) == at


def test_progress_is_reported_while_a_chapter_trains() -> None:
    chapter, values = small("phase")
    seen: list[tuple[int, int]] = []
    chapter.train(values, lambda _, done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert len(seen) > 10
