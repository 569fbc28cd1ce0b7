"""The test cases of a run for JUnit XML: one for each claim, and one for each other reason to fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from claims.harness.records.results import Document
from claims.harness.report import text
from claims.harness.report.run_verdict import needs_baselines

Entry = Mapping[str, Any]
"""A part of a results.json."""

State = Literal["passed", "skipped", "failure", "error"]
"""The states that JUnit knows."""

CLASS: Final = "claims"
"""First part of the class names of cases."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A test case.

    Parameters
    ----------
    classname, name
        The two parts of its name, by which CI servers recognize it in the next run.
    state
        Whether it passed, was skipped, failed, or broke.
    kind
        What is behind the state, for example "contradicted"; empty if it passed.
    message
        The reason in one line; empty if it passed.
    details
        All that is known about the reason.
    seconds
        Wall seconds of the test.
    properties
        Names and values of its properties; a name may occur once.
    """

    classname: str
    name: str
    state: State = "passed"
    kind: str = ""
    message: str = ""
    details: str = ""
    seconds: float = 0.0
    properties: tuple[tuple[str, str], ...] = ()


def case_of(claim: Entry, *, needs_baseline: bool = True) -> Case:
    """Make the test case of a claim.

    A claim passes if it is replicated, or if it is a note. A verdict that is accepted although it is another
    one is a skipped case, whose kind tells a contradiction that is documented from a claim that is
    inconclusive and from one that did not run.

    Parameters
    ----------
    claim
        The entry of the claim in a results.json.
    needs_baseline
        Whether a missing baseline fails the run; see `needs_baselines`.
    """
    state, kind, message = _result(claim, needs_baseline)
    details = "\n".join([claim["sentence"], *(claim["reason"] or "").splitlines()])
    return Case(
        classname=f"{CLASS}.{claim['section']}",
        name=f"{claim['id']} {claim['test']}",
        state=state,
        kind=kind,
        message=message,
        details="" if state == "passed" else details,
        seconds=claim["seconds"],
        properties=tuple(_properties(claim)),
    )


def cases_beside_claims(document: Document, *, ended: bool) -> Iterator[Case]:
    """Make the test cases of all other reasons for which a run fails.

    Parameters
    ----------
    document
        A results.json.
    ended
        Whether the run has come to its end, so that nothing more will be written.
    """
    if not (ended and document["complete"]):
        run = sum(claim["verdict"] != "not run" for claim in document["claims"])
        message = f"The run has not come to its end: {run} of {len(document['claims'])} claims have run."
        yield Case(classname=CLASS, name="run", state="error", kind="incomplete", message=message)
    for error in document["figure_errors"]:
        message = f"The figure {error['figure']} of {error['claim']} could not be drawn: {error['error']}"
        yield Case(
            classname="figures", name=error["figure"], state="failure", kind="not drawn", message=message
        )
    for experiment in document["experiments"]:
        name, drift = experiment["name"], experiment["drift"]["status"]
        if drift == "drifted" or (drift == "missing" and needs_baselines(document)):
            compared = f": {shown}" if (shown := text.losses(experiment)) else ""
            message = {
                "drifted": f"The trained losses of {name} drifted from their baseline{compared}.",
                "missing": f"The baseline has no losses of {name}.",
            }[drift]
            yield Case(classname="losses", name=name, state="failure", kind=drift, message=message)


def _result(claim: Entry, needs_baseline: bool) -> tuple[State, str, str]:
    """Tell the state of a claim, the kind of it and the reason in one line."""
    verdict, baseline = claim["verdict"], claim["baseline"]
    reason = next(iter((claim["reason"] or "").splitlines()), "")
    if verdict == "failed":
        return "error", verdict, reason
    if not claim["passes"]:
        return "failure", verdict, reason
    if baseline == "drifted" or (baseline == "missing" and needs_baseline):
        return "failure", baseline, reason
    if verdict == "not run":
        return "skipped", verdict, reason or "It did not run."
    if verdict in ("contradicted", "inconclusive"):
        as_documented = claim["expected"] == verdict
        why = claim["documented"] if as_documented else reason
        how = ", as documented" if as_documented else ""
        return "skipped", verdict, f"{verdict.capitalize()}{how}: {why}"
    return "passed", "", ""


def _properties(claim: Entry) -> Iterator[tuple[str, str]]:
    for name in ("sentence", "verdict", "expected", "baseline"):
        yield name, claim[name]
    yield "note", str(claim["note"]).lower()
    yield "source", claim["source"]["url"]
    if claim["documented"]:
        yield "documented", claim["documented"]
    for quantity in claim["quantities"]:
        for name, value in _values(quantity):
            yield f"{quantity['name']}: {name}", value
    for quantity in claim["unmeasured"]:
        yield f"{quantity['name']}: not measured", quantity["why"]


def _values(quantity: Entry) -> Iterator[tuple[str, str]]:
    """List what is known of a quantity; numbers in full, as a program reads them."""
    lo, hi = quantity["interval"]
    yield "mean", repr(quantity["mean"])
    yield "interval", f"{lo!r} {hi!r}"
    yield "n", str(quantity["n"])
    if quantity["unit"]:
        yield "unit", quantity["unit"]
    if quantity["position"]:
        yield "position", quantity["position"]
        yield "accepted", text.acceptance(quantity)
    if quantity["paper"] is not None:
        yield "paper", repr(quantity["paper"])
    if quantity["baseline"] is not None:
        yield "baseline", repr(quantity["baseline"]["mean"])
    yield "drift", quantity["drift"]["status"]
