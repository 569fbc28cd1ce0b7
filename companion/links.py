"""The link that restores a view, in the address bar."""

from __future__ import annotations

from typing import Any

import marimo as mo

from companion.chapter import Chapter
from companion.settings import Values, as_text, restored


class _Nowhere(dict[str, str]):
    """The address of a notebook in Jupyter or of a script, which nobody sees."""

    def set(self, name: str, value: str) -> None:
        self[name] = value

    def remove(self, name: str) -> None:
        del self[name]


def page_address() -> Any:
    """Return marimo's query parameters; where there is no page, an address that nobody sees."""
    return mo.query_params() if mo.running_in_notebook() else _Nowhere()


def write_link(address: Any, chapter: Chapter, *values: Values | None) -> None:
    """Write valid values to the address bar, from where they restore the view.

    Parameters
    ----------
    address
        marimo's query parameters.
    chapter
        The chapter that is shown.
    *values
        The values of all chapters and places, of which those of others are None.
    """
    link = {"chapter": chapter.name}
    for each in values:
        link |= {name: as_text(value) for name, value in (each or {}).items()}
    _, refused = chapter.checked(restored(chapter.settings, link)[0])
    if refused or restored(chapter.settings, link)[1]:
        return
    for name in [name for name in address if name not in link]:
        address.remove(name)
    for name, value in link.items():
        if address.get(name) != value:
            address.set(name, value)
