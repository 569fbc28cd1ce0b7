"""Keep all global settings while other people's code runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, Final, TypeVar

from tms.engines.isolation.numeric_settings import NUMERIC_SETTINGS
from tms.engines.isolation.process_settings import PROCESS_SETTINGS
from tms.engines.isolation.setting import Setting

T = TypeVar("T")

SETTINGS: Final[tuple[Setting, ...]] = (*PROCESS_SETTINGS, *NUMERIC_SETTINGS)
"""Every setting that is restored, except warning filters, which `warnings.catch_warnings` restores."""


@contextmanager
def kept() -> Iterator[None]:
    """Restore all global settings afterwards; inside, a warning is shown and is no error."""
    with ExitStack() as stack:
        for setting in SETTINGS:
            stack.callback(setting.restore_if_changed, setting.read())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("default")
        yield


def imported(load: Callable[[], Callable[..., T]]) -> Callable[..., T]:
    """Import a function of other people's code; what its module sets at import holds in its calls alone.

    Parameters
    ----------
    load
        Imports the function and returns it.

    Returns
    -------
    callable
        The function, which runs with the settings that were there at the end of the import.
    """
    with kept():
        before = [(setting, setting.read()) for setting in SETTINGS if setting.holds_in_calls]
        function = load()
        own = [(setting, setting.read()) for setting, value in before if setting.differs_from(value)]

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> T:
        with kept():
            for setting, value in own:
                setting.restore(value)
            return function(*arguments, **named)

    return call
