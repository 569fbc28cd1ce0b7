"""A global setting: how to read it, and how to restore it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """A global setting that other people's code may change.

    Parameters
    ----------
    name
        What it is, in words.
    read
        Returns its value; the value does not change with the setting.
    restore
        Sets a value that `read` returned.
    holds_in_calls
        Whether a value that a module sets at import holds in later calls of its functions.
    """

    name: str
    read: Callable[[], Any]
    restore: Callable[[Any], object]
    holds_in_calls: bool = True

    def restore_if_changed(self, value: Any) -> None:
        """Set a value that `read` returned, unless it is still there.

        Some settings cost time once they are set, even to what they were: torch's default device is one.
        """
        if self.differs_from(value):
            self.restore(value)

    def differs_from(self, value: Any) -> bool:
        """Whether the value is another one than `read` returned before; of arrays it is not known."""
        try:
            return bool(self.read() != value)
        except (RuntimeError, ValueError, OSError):  # an array; settings that contradict; a removed folder
            return True
