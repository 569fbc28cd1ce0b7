"""Results of a run in the form that GitHub Actions shows: annotations, and the summary of a job."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from claims.harness.records.results import Document
from claims.harness.report.junit_cases import Case, case_of, cases_beside_claims
from claims.harness.report.text import plural

MOST_ANNOTATIONS: Final = 10
"""GitHub shows no more errors of one step."""

_MOST_SHOWN: Final = 800
_SUMMARY_BYTES: Final = 2**20
_UNFIT: Final = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def error_commands(document: Document) -> list[str]:
    """Write workflow commands that show why a run fails: failed claims first, then drifted ones.

    Parameters
    ----------
    document
        A results.json of a run that has ended.

    Returns
    -------
    list of str
        At most `MOST_ANNOTATIONS` lines. If there is more to show, the last line says how much.
    """
    cases = [case_of(claim) for claim in document["claims"]]
    cases += cases_beside_claims(document, ended=True)
    failing = [case for case in cases if case.state in ("failure", "error") and case.kind != "missing"]
    failing.sort(key=lambda case: case.kind == "drifted")
    if len(failing) <= MOST_ANNOTATIONS:
        return [_error(_title(case), case.details or case.message) for case in failing]
    shown = failing[: MOST_ANNOTATIONS - 1]
    left_out = failing[MOST_ANNOTATIONS - 1 :]
    names = ", ".join(dict.fromkeys(case.name.partition(" ")[0] for case in left_out))
    more = f"{len(left_out)} more {plural(len(left_out), 'result', 'results')}: {names}"
    return [*(_error(_title(case), case.details or case.message) for case in shown), _error("More", more)]


def append_to_job_summary(summary: Path, job: Path) -> str | None:
    """Append the summary of a run to the summary of a job.

    Parameters
    ----------
    summary
        The run's summary.md.
    job
        The file that GITHUB_STEP_SUMMARY names.

    Returns
    -------
    str or None
        Why nothing was appended; None if it was.
    """
    try:
        text = summary.read_text(encoding="utf-8")
        before = job.stat().st_size if job.exists() else 0
        if before + len(text.encode()) + 1 > _SUMMARY_BYTES:
            return "The job summary has no room for the summary of this run: GitHub accepts 1 MiB of a step."
        with job.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        return f"The summary could not be added to the job summary: {error.strerror}."
    return None


def _title(case: Case) -> str:
    return f"{case.name.partition(' ')[0]} {case.kind}"


def _error(title: str, message: str) -> str:
    line = message if len(message) <= _MOST_SHOWN else f"{message[:_MOST_SHOWN]}..."
    return f"::error title={_escape(title, ':', ',')}::{_escape(line)}"


def _escape(text: str, *also: str) -> str:
    """Escape a text as GitHub's own toolkit does, and leave out what cannot be shown."""
    shown = _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("%", "%25")
    for character in ("\n", *also):
        shown = shown.replace(character, f"%{ord(character):02X}")
    return shown
