"""The verdict about a whole run, in one word, and its counts."""

from __future__ import annotations

from typing import Final

from claims.harness.records.results import Document

PASSED: Final = "passed"
FAILED: Final = "failed"
DRIFTED: Final = "drifted"
MISSING: Final = "missing"
INCOMPLETE: Final = "incomplete"


def run_verdict(document: Document) -> str:
    """Judge a run; the first of these words that fits.

    incomplete
        Not every selected claim has run.
    failed
        A claim failed or has another verdict than the documented one, a figure could not be drawn, or no
        claim about another implementation could be judged.
    drifted
        A claim, or the losses of an experiment, drifted from the baseline.
    missing
        The baseline of this package's own models lacks a quantity or losses.
    passed
        None of these; the exit code of the run is 0.
    """
    summary = document["summary"]
    judged = any(claim["verdict"] != "not run" for claim in document["claims"])
    if not document["complete"]:
        return INCOMPLETE
    if summary["failed"] or summary["unexpected"] or document["figure_errors"]:
        return FAILED
    if document["environment"].get("implementation") and not judged:
        return FAILED
    if summary["drifted"] or summary["drifted_losses"]:
        return DRIFTED
    lacks = summary["missing"] or summary["missing_losses"]
    return MISSING if lacks and needs_baselines(document) else PASSED


def needs_baselines(document: Document) -> bool:
    """Whether a missing baseline fails a run: if it judged this package's own models."""
    return not document["environment"].get("implementation")


def statements(document: Document) -> int:
    """Count the statements of a run, without its robustness notes."""
    return sum(not claim["note"] for claim in document["claims"])


def counts(document: Document) -> dict[str, str]:
    """Return the verdict about a run, its counts and its settings, as texts by name.

    The names consist of letters and underscores, so that they can be names of variables.
    """
    environment = document["environment"]
    return {
        "verdict": run_verdict(document),
        "claims": str(len(document["claims"])),
        "statements": str(statements(document)),
        **{name: str(count) for name, count in document["summary"].items()},
        "figures_not_drawn": str(len(document["figure_errors"])),
        **{name: str(environment[name]) for name in ("profile", "device", "engine", "seed")},
    }
