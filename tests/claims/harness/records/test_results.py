"""results.json satisfies its schema, is read back as it was written, and is refused if it is damaged."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from claims.harness.baselines.drift import Steadiness
from claims.harness.files import FileError
from claims.harness.judging.outcomes import Verdict
from claims.harness.records import results
from tests.helpers.reports import document, outcome


def test_schema_is_a_schema_and_describes_every_field_of_a_claim() -> None:
    jsonschema.Draft202012Validator.check_schema(results.SCHEMA)
    described = results.SCHEMA["$defs"]["claim"]["properties"]
    assert set(described) == set(document()["claims"][0])


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    results.write(tmp_path / "results.json", document())
    assert results.read(tmp_path / "results.json") == document()


def test_summary_counts_verdicts_and_comparisons_with_the_baseline() -> None:
    counted = document(
        outcome(baseline=Steadiness.DRIFTED),
        outcome(baseline=Steadiness.MISSING, verdict=Verdict.FAILED),
        outcome(verdict=Verdict.NOT_REPLICATED),
    )["summary"]
    expected = {"replicated": 1, "not_replicated": 1, "failed": 1, "not_run": 0, "drifted": 1, "missing": 1}
    assert counted == {**expected, "drifted_losses": 0, "missing_losses": 0}


def changed(path: str, value: Any) -> str:
    """A results.json with another value at a path, such as "claims/0/verdict"."""
    whole: Any = document()
    *outer, last = path.split("/")
    block = whole
    for name in outer:
        block = block[int(name)] if name.isdigit() else block[name]
    block[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (None, "is missing"),
        ("", "is not valid JSON"),
        (json.dumps(document())[:-50], "is not valid JSON"),
        ("[]", "does not fit its schema"),
        ("{}", "has schema version None"),
        (
            changed("schema_version", 1),
            f"has schema version 1; this program reads version {results.SCHEMA_VERSION}",
        ),
        (changed("schema_version", "x" * 1000), "has schema version"),
        (changed("environment/seconds", math.nan), "NaN is not a finite number"),
        (changed("claims/0/verdict", "fine"), "does not fit its schema at claims/0/verdict"),
        (changed("claims/0/source", {"anchor": "", "url": "javascript:alert(1)"}), "claims/0/source/url"),
        (changed("claims/0/quantities/0/values", ["1"]), "claims/0/quantities/0/values/0"),
        (changed("claims/0/quantities/0/interval", [0]), "claims/0/quantities/0/interval"),
        (changed("claims/0/surprise", 1), "does not fit its schema at claims/0"),
    ],
)
def test_damaged_results_are_refused_in_one_sentence(tmp_path: Path, written: str | None, words: str) -> None:
    path = tmp_path / "results.json"
    if written is not None:
        path.write_text(written)
    with pytest.raises(FileError) as caught:
        results.read(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
