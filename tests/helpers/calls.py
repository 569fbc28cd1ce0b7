"""A function that records how it is called."""

from __future__ import annotations

from typing import Any


class Calls(list[tuple[tuple[Any, ...], dict[str, Any]]]):
    """Replaces a function: records its arguments and returns a value."""

    def __init__(self, returned: Any = 0) -> None:
        super().__init__()
        self.returned = returned

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        self.append((arguments, settings))
        return self.returned
