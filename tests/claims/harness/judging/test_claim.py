"""A claim has an id of a section, a sentence and a place in the paper; its decorator marks its test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from claims.harness.errors import MisuseError
from claims.harness.judging.claim import Claim, claim


def stated(not_replicated: str | None = None) -> Claim:
    return Claim(id="DEMO-1", sentence="It holds.", source="", not_replicated=not_replicated)


@pytest.fixture
def registered(pytestconfig: pytest.Config) -> None:
    """The marker, which the plugin registers where claims run."""
    pytestconfig.addinivalue_line("markers", "claim: test of a claim")


def marks_of(test: Callable[..., None]) -> list[pytest.Mark]:
    """Return the marks that decorators put on a test function."""
    marks: list[pytest.Mark] = getattr(test, "pytestmark")  # noqa: B009 - functions have no such attribute
    return marks


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": "demo-1"}, "claim id 'demo-1'"),
        ({"id": "DEMO1"}, "claim id 'DEMO1'"),
        ({"id": "DEMO-1x"}, "claim id 'DEMO-1x'"),
        ({"id": "DMEO-1"}, "must be one of INTRO, DEMO, MATH"),
        ({"sentence": " "}, "needs a sentence"),
        ({"source": "https://example.org"}, "must be an anchor"),
        ({"not_replicated": ""}, "not_replicated must be a sentence or None"),
        ({"reading": " "}, "reading must be a sentence or None"),
    ],
)
def test_claim_in_another_form_is_refused(changed: dict[str, str], words: str) -> None:
    with pytest.raises(MisuseError, match=words):
        Claim(**{"id": "DEMO-1", "sentence": "It holds.", "source": "demo", **changed})


def test_claim_knows_its_section_and_its_place_in_the_paper() -> None:
    one = Claim(id="GEO-12", sentence="It holds.", source="#geometry")
    assert one.section == "GEO"
    assert stated().place < one.place
    assert one.url == "https://transformer-circuits.pub/2022/toy_model/index.html#geometry"
    assert stated().url == "https://transformer-circuits.pub/2022/toy_model/index.html"


@pytest.mark.usefixtures("registered")
def test_decorator_makes_an_undocumented_claim_an_ordinary_test() -> None:
    @claim("DEMO-1", "It holds.", source="")
    def marked() -> None: ...

    assert [mark.name for mark in marks_of(marked)] == ["claim"]


@pytest.mark.usefixtures("registered")
def test_decorator_makes_a_documented_miss_a_strict_xfail() -> None:
    @claim("DEMO-1", "It holds.", source="", not_replicated="it is not so")
    def marked() -> None: ...

    xfail = next(mark for mark in marks_of(marked) if mark.name == "xfail")
    assert xfail.kwargs["strict"]
