"""The settings of a chapter: what a reader may choose, read from a link or from a control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]
"""Values of a chapter's settings, by name."""


class InvalidSetting(ValueError):
    """Raised for a value that a setting cannot have; the message is one sentence."""


@dataclass(frozen=True)
class Number:
    """A number that a reader chooses.

    Parameters
    ----------
    name
        Name of the setting in links.
    label
        What it is, for the control and for messages.
    default
        Value at first.
    low, high
        The range of valid values, both included.
    whole
        Whether only whole numbers are valid.
    places
        Values of a slider, increasing; a box for numbers if there are none.
    """

    name: str
    label: str
    default: float
    low: float
    high: float
    whole: bool = False
    places: tuple[float, ...] = ()

    def read(self, text: str) -> float:
        """Read the value from a link; text that is no number is not valid.

        Raises
        ------
        InvalidSetting
            If the text is not a valid value.
        """
        try:
            value = float(text)
        except ValueError:
            raise InvalidSetting(self._refusal(text)) from None
        return self.checked(value)

    def checked(self, value: Any) -> float:
        """Return the value as a whole number or as a float.

        Raises
        ------
        InvalidSetting
            If it is not a number, not in the range, or should be whole and is not.
        """
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high or (self.whole and value != int(value)):
            raise InvalidSetting(self._refusal(value))
        return int(value) if self.whole else float(value)

    def _refusal(self, value: object) -> str:
        kind = "a whole number" if self.whole else "a number"
        given = f"{value:g}" if isinstance(value, float) else str(value)[:40]
        return f"{self.name} = {given}; {self.label} must be {kind} from {self.low:g} to {self.high:g}."


@dataclass(frozen=True)
class Choice:
    """One of several names that a reader chooses.

    Parameters
    ----------
    name, label
        As in `Number`.
    options
        The valid values by the text that a reader sees; the first is the default.
    """

    name: str
    label: str
    options: Mapping[str, str]

    @property
    def default(self) -> str:
        """Value at first."""
        return next(iter(self.options.values()))

    def read(self, text: str) -> str:
        """Read the value from a link.

        Raises
        ------
        InvalidSetting
            If the text is not a valid value.
        """
        return self.checked(text)

    def checked(self, value: Any) -> str:
        """Return a valid value.

        Raises
        ------
        InvalidSetting
            If the value is not among the options.
        """
        if value not in self.options.values():
            valid = ", ".join(self.options.values())
            raise InvalidSetting(f"{self.name} = {str(value)[:40]}; {self.label} must be one of {valid}.")
        return str(value)


Setting = Number | Choice


def restored(settings: tuple[Setting, ...], link: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Read a view's values from a link.

    Parameters
    ----------
    settings
        The settings to read.
    link
        The link's query parameters; other names are ignored, and so are repetitions.

    Returns
    -------
    values, refused
        A value for each setting, its default where the link has none or an invalid one; and a sentence for
        each invalid one, by name.
    """
    values: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for setting in settings:
        values[setting.name] = setting.default
        text = link.get(setting.name)
        if text is not None:
            try:
                values[setting.name] = setting.read(text[-1] if isinstance(text, list) else text)
            except InvalidSetting as error:
                refused[setting.name] = f"The link was not used: {error}"
    return values, refused


def rounded(value: float) -> float:
    """Round a place of a slider to four digits, which is what a reader sees of it."""
    return float(f"{value:.4g}")


def as_text(value: Any) -> str:
    """Write a value as links have it, without digits that it does not need."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
