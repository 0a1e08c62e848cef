"""Keeps other processes from using an identity: two would use the same counters."""

import fcntl
import os
from pathlib import Path

from overlay.errors import ConfigError
from overlay.sdk.errors import IdentityInUse


class Lock:
    """Holds `directory` for this process until `release`, or the end of the process.

    Raises: `IdentityInUse` if somebody holds it, be it another `Lock` of ours;
    `ConfigError` if the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / "lock"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            found = error.strerror or str(error)
            raise ConfigError(str(path), found, "a file that we may write") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _read_pid(self._descriptor)
            os.close(self._descriptor)
            raise IdentityInUse(directory, pid) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others use it. Releasing twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _read_pid(descriptor: int) -> int:
    """The holder's process id; 0 while it has not written it."""
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else 0
