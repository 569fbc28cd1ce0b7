"""Render the templates of reports, with all text escaped for HTML or for Markdown.

Templates only lay out a view model; they compute nothing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any, Final

import jinja2

from claims.harness.baselines.significance import SUITE_FALSE_ALARM
from claims.harness.judging.claim import PAPER
from claims.harness.records.changes import COLUMNS
from claims.harness.report import text
from claims.harness.report.bars import WIDTH

_CONSTANTS: Final[dict[str, Any]] = {
    "paper": PAPER,
    "symbols": text.SYMBOLS,
    "change_columns": COLUMNS,
    "bar_width": WIDTH,
    "runs_per_false_alarm": f"{1 / SUITE_FALSE_ALARM:,.0f}",
}


def as_html(template: str, **view: Any) -> str:
    """Render a template as HTML; whatever it prints is escaped.

    Its only script is page.js, which the page's own policy allows by its hash. Nothing else can run.
    """
    script = _asset("page.js")
    own = {"style": _asset("style.css"), "script": script, "policy": policy(script)}
    return _environment(escaping_markdown=False).get_template(template).render(view, **own)


def policy(script: str) -> str:
    """Write the content security policy of a page that contains one script and loads nothing."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )


def as_markdown(template: str, **view: Any) -> str:
    """Render a template as Markdown; whatever it prints is escaped."""
    return _environment(escaping_markdown=True).get_template(template).render(view)


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment(*, escaping_markdown: bool) -> jinja2.Environment:
    # Autoescape covers HTML only; for Markdown, finalize escapes whatever is printed.
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("claims.harness.report"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=not escaping_markdown,
        finalize=text.markdown if escaping_markdown else None,
    )
    environment.globals.update(_CONSTANTS)
    environment.filters["raw"] = text.Raw
    environment.filters["short"] = text.short
    return environment
