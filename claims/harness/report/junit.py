"""junit.xml of a run, written after every claim."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from claims.harness.files import write_atomically
from claims.harness.records.results import Document
from claims.harness.report.junit_cases import Case, State, case_of, cases_beside_claims
from claims.harness.report.run_verdict import needs_baselines

NAME: Final = "junit.xml"
"""Name of the file in the output folder."""

_SUITE: Final = "Toy Models of Superposition"
# What XML 1.0 forbids, also as a reference: control characters, halves of surrogate pairs, U+FFFE, U+FFFF.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnitFile:
    """Writes the test cases of one run to the same file again and again.

    The file is well-formed XML whatever the texts hold, and it is replaced in one step. The text of a claim's
    case is made once, as long as the claim's entry is the same object.

    Parameters
    ----------
    path
        The file.
    prefix
        Text to put before all class names, as pytest's --junitprefix.
    """

    def __init__(self, path: Path, prefix: str = "") -> None:
        self.path = path
        self._prefix = prefix
        self._made: dict[int, tuple[dict[str, Any], State, str]] = {}

    def write(self, document: Document, others: Iterable[Case] = (), *, ended: bool) -> None:
        """Write the cases of a run as far as it has come.

        Parameters
        ----------
        document
            The run's results.json.
        others
            Cases of tests that are no claims.
        ended
            Whether the run has come to its end. Until then the file has a case that says so, which counts as
            an error.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        former, self._made = self._made, {}
        needs_baseline = needs_baselines(document)
        for claim in document["claims"]:
            # The entry is kept beside its text, so that no other object can get its id.
            made_before = former.get(id(claim))
            self._made[id(claim)] = made_before or (
                claim,
                *self._make(case_of(claim, needs_baseline=needs_baseline)),
            )
        made = [(state, text) for _, state, text in self._made.values()]
        made += [self._make(case) for case in (*cases_beside_claims(document, ended=ended), *others)]
        write_atomically(self.path, _file_of(made, document["environment"]))

    def _make(self, case: Case) -> tuple[State, str]:
        classname = ".".join(filter(None, (self._prefix, case.classname)))
        element = _element("testcase", classname=classname, name=case.name, time=f"{case.seconds:.3f}")
        if case.properties:
            element.append(_properties(dict(case.properties)))
        if case.state != "passed":
            result = _element(case.state, type=case.kind, message=case.message)
            result.text = printable(case.details or case.message)
            element.append(result)
        return case.state, ElementTree.tostring(element, "unicode")


def printable(text: str) -> str:
    r"""Replace the characters that XML forbids by their code, for example ``\\x1b``."""
    return _FORBIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)


def _file_of(made: Iterable[tuple[State, str]], environment: Mapping[str, Any]) -> str:
    cases = list(made)
    states = Counter(state for state, _ in cases)
    counts = {
        "tests": str(len(cases)),
        "failures": str(states["failure"]),
        "errors": str(states["error"]),
        "skipped": str(states["skipped"]),
        "time": f"{environment['seconds']:.3f}",
    }
    suites = _element("testsuites", name=_SUITE, **counts)
    suite = _element("testsuite", name=_SUITE, **counts, timestamp=environment["started"])
    known = {name: str(value) for name, value in environment.items() if value is not None}
    suite.append(_properties(known))
    suites.append(suite)
    end = "</testsuite></testsuites>"
    start = ElementTree.tostring(suites, "unicode").removesuffix(end)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', start, *(text for _, text in cases), end]
    return "\n".join(lines) + "\n"


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, {name: printable(value) for name, value in attributes.items()})


def _properties(values: Mapping[str, str]) -> ElementTree.Element:
    properties = ElementTree.Element("properties")
    for name, value in values.items():
        properties.append(_element("property", name=name, value=value))
    return properties
