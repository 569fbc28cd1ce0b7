"""Locks of files and folders between processes; the system frees them when their process ends."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import filelock

from claims.harness.files import FileError

# What file systems without locks answer.
_NO_LOCKS: Final = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


def lock_of(folder: Path) -> Path:
    """Path of the file that locks a folder of results."""
    return folder / ".lock"


@contextmanager
def locked(path: Path, busy: str, seconds: float = 0.0) -> Iterator[None]:
    """Hold a lock, which no other process can hold at the same time.

    On a file system without locks, nothing is locked.

    Parameters
    ----------
    path
        The file of the lock; missing folders are made. It stays when the lock is free again.
    busy
        The message of the error if another process holds the lock.
    seconds
        Time to wait for the other process.

    Raises
    ------
    FileError
        If another process holds the lock, or the file cannot be made.
    """
    lock = filelock.FileLock(path, timeout=seconds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise FileError(busy) from None
    except NotImplementedError:
        pass
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise FileError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()
