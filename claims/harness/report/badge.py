"""The result of a run as a badge: a file in the format of the endpoint badges of shields.io."""

from __future__ import annotations

import json
from typing import Any, Final

from claims.harness.records.results import Document
from claims.harness.report import run_verdict as verdicts

NAME: Final = "badge.json"
"""Name of the file in the output folder."""

_LABEL: Final = "replication"
_COLORS: Final = {
    verdicts.PASSED: "brightgreen",
    verdicts.FAILED: "red",
    verdicts.DRIFTED: "orange",
    verdicts.MISSING: "yellow",
    verdicts.INCOMPLETE: "lightgrey",
}
_ERRORS: Final = (verdicts.FAILED, verdicts.INCOMPLETE)


def badge(document: Document) -> dict[str, Any]:
    """Make the badge of a run.

    Parameters
    ----------
    document
        A results.json.

    Returns
    -------
    dict
        A document of the format that https://shields.io/badges/endpoint-badge describes.
    """
    summary, verdict = document["summary"], verdicts.run_verdict(document)
    failed = summary["failed"] + summary["unexpected"]
    drifted = summary["drifted"] + summary["drifted_losses"]
    parts = [f"{summary['replicated']} of {verdicts.statements(document)} replicated"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{drifted} drifted"] if drifted else []
    parts += ["cut short"] if verdict == verdicts.INCOMPLETE else []
    return {
        "schemaVersion": 1,
        "label": _LABEL,
        "message": ", ".join(parts),
        "color": _COLORS[verdict],
        "isError": verdict in _ERRORS,
    }


def badge_text(document: Document) -> str:
    """Write the badge of a run as JSON."""
    return json.dumps(badge(document), indent=1) + "\n"
