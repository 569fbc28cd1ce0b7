"""Settings of the process and of the Python interpreter."""

from __future__ import annotations

import gc
import locale
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from tms.engines.isolation.setting import Setting

_STREAMS_AND_HOOKS: Final = ("stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook")


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _restore_environment(variables: Mapping[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
    if hasattr(time, "tzset"):
        time.tzset()


def _signal_handlers() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _restore_signal_handlers(handlers: Mapping[int, Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # where no handler can have been changed either
    for number, handler in handlers.items():
        # None stands for a handler that was not set from Python and cannot be set again.
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _alarm_is_set() -> bool:
    return hasattr(signal, "getitimer") and signal.getitimer(signal.ITIMER_REAL) != (0.0, 0.0)


def _restore_alarm(was_set: bool) -> None:
    if not was_set:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _path() -> list[str]:
    return list(sys.path)


def _restore_path(path: list[str]) -> None:
    sys.path[:] = path


def _streams_and_hooks() -> dict[str, Any]:
    return {name: getattr(sys, name) for name in _STREAMS_AND_HOOKS}


def _restore_streams_and_hooks(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(sys, name, value)


def _logging() -> tuple[int, int, list[logging.Handler]]:
    root = logging.getLogger()
    return root.level, root.manager.disable, list(root.handlers)


def _restore_logging(value: tuple[int, int, list[logging.Handler]]) -> None:
    root = logging.getLogger()
    root.setLevel(value[0])
    logging.disable(value[1])
    root.handlers[:] = value[2]


def _collector() -> tuple[bool, tuple[int, int, int]]:
    return gc.isenabled(), gc.get_threshold()


def _restore_collector(value: tuple[bool, tuple[int, int, int]]) -> None:
    (gc.enable if value[0] else gc.disable)()
    gc.set_threshold(*value[1])


PROCESS_SETTINGS: Final = (
    Setting("environment variables", lambda: dict(os.environ), _restore_environment),
    Setting("working directory", os.getcwd, os.chdir),
    Setting("umask", _umask, os.umask),
    Setting("signal handlers", _signal_handlers, _restore_signal_handlers),
    Setting("alarm", _alarm_is_set, _restore_alarm),
    Setting("locale", lambda: locale.setlocale(locale.LC_ALL), lambda v: locale.setlocale(locale.LC_ALL, v)),
    Setting("sys.path", _path, _restore_path),
    Setting(
        "standard streams and hooks", _streams_and_hooks, _restore_streams_and_hooks, holds_in_calls=False
    ),
    Setting("recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Setting("switch interval", sys.getswitchinterval, sys.setswitchinterval),
    Setting("root logger", _logging, _restore_logging),
    Setting("garbage collector", _collector, _restore_collector),
)
"""Everything about the process and the interpreter that is restored."""
