"""A claim has an id of a section, a sentence and a place in the paper; its decorator marks its test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from claims.harness.errors import MisuseError
from claims.harness.judging.claim import Claim, claim, note
from claims.harness.judging.outcomes import Verdict


def stated(**changed: Any) -> Claim:
    return Claim(**{"id": "DEMO-1", "sentence": "It holds.", "source": "", **changed})


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
        ({"contradicted": ""}, "contradicted must be a sentence or None"),
        ({"inconclusive": " "}, "inconclusive must be a sentence or None"),
        ({"contradicted": "so", "inconclusive": "so"}, "as contradicted or as inconclusive, not both"),
        ({"is_note": True, "contradicted": "so"}, "is a note, which has no verdict that could be documented"),
        ({"is_note": True, "inconclusive": "so"}, "is a note, which has no verdict that could be documented"),
        ({"reading": " "}, "reading must be a sentence or None"),
        ({"profiles": ("paper",)}, "names profiles, but documents no outcome for them"),
    ],
)
def test_claim_in_another_form_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(MisuseError, match=words):
        Claim(**{"id": "DEMO-1", "sentence": "It holds.", "source": "demo", **changed})


def test_claim_knows_its_section_and_its_place_in_the_paper() -> None:
    one = Claim(id="GEO-12", sentence="It holds.", source="#geometry")
    assert one.section == "GEO"
    assert stated().place < one.place
    assert one.url == "https://transformer-circuits.pub/2022/toy_model/index.html#geometry"
    assert stated().url == "https://transformer-circuits.pub/2022/toy_model/index.html"


@pytest.mark.parametrize(
    ("documented", "expected"),
    [
        ({}, Verdict.REPLICATED),
        ({"contradicted": "it is not so"}, Verdict.CONTRADICTED),
        ({"inconclusive": "it is not so"}, Verdict.INCONCLUSIVE),
    ],
)
@pytest.mark.usefixtures("registered")
def test_decorator_documents_the_expected_verdict(documented: dict[str, str], expected: Verdict) -> None:
    @claim("DEMO-1", "It holds.", source="", **documented)  # type: ignore[arg-type]
    def marked() -> None: ...

    [mark] = marks_of(marked)
    assert mark.name == "claim"
    assert mark.args[0].expected is expected
    assert mark.args[0].documented == next(iter(documented.values()), None)
    assert not mark.args[0].is_note


@pytest.mark.parametrize(
    ("profiles", "quick"), [(("quick",), True), (("smoke", "quick"), True), (("paper",), False), ((), True)]
)
def test_a_reason_can_be_documented_for_some_profiles_alone(profiles: tuple[str, ...], quick: bool) -> None:
    in_quick = stated(inconclusive="too few", profiles=profiles).in_profile("quick")
    assert in_quick.expected is (Verdict.INCONCLUSIVE if quick else Verdict.REPLICATED)
    assert in_quick.documented == ("too few" if quick else None)


@pytest.mark.usefixtures("registered")
def test_note_has_no_verdict_about_the_paper() -> None:
    @note("DEMO-1", "It holds elsewhere.", source="demo", reading="as we read it")
    def marked() -> None: ...

    [mark] = marks_of(marked)
    noted = mark.args[0]
    assert (noted.is_note, noted.expected, noted.documented) == (True, Verdict.NOTED, None)
    assert (noted.id, noted.reading, noted.anchor) == ("DEMO-1", "as we read it", "demo")
