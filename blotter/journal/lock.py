"""One tape, one process: a lock file beside the tape that the operating system releases when its holder dies.

The lock never sits on the SQLite file itself: POSIX drops all of a process's record locks on a file as soon
as any descriptor of that file is closed, and SQLite's own locking lives from them.
"""

import os
import sys
from pathlib import Path
from typing import Self

from blotter.journal.failure import TapeLocked

if sys.platform == "win32":
    import msvcrt

    _BEYOND = (
        1 << 30
    )  # Windows locks are mandatory: lock a byte behind the text, so that the text can be read

    def _acquire(descriptor: int) -> None:
        os.lseek(descriptor, _BEYOND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, _BEYOND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _acquire(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class TapeLock:
    """Held from construction to `release`. The file stays behind: removing it would race with the next
    holder."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Self:
        """Raises `TapeLocked`, naming the process that holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _acquire(descriptor)
        except OSError:
            os.lseek(descriptor, 0, os.SEEK_SET)
            text = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            pid = int(text) if text.isdigit() else None
            holder = "another process" if pid is None else f"process {pid}"
            raise TapeLocked(f"{path.parent}: in use by {holder}", pid) from None
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, b"%d\n" % os.getpid())
        return cls(descriptor)

    def release(self) -> None:
        """Let the next one in."""
        os.ftruncate(self._descriptor, 0)
        _release(self._descriptor)
        os.close(self._descriptor)
