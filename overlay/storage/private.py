"""Files that nobody but their owner reads, and files that are replaced as a whole."""

import os
import stat
from pathlib import Path

from overlay.errors import ConfigError

PRIVATE_MODE = 0o600


def write_private(path: Path, content: bytes) -> None:
    """Make a file that its owner alone may read; it is on the disk afterwards.

    Raises OSError, also where there is one.
    """
    _write(path, content, os.O_EXCL, PRIVATE_MODE)


def replace_file(path: Path, content: bytes, *, mode: int = PRIVATE_MODE) -> None:
    """Put a file in place of another: whoever reads sees one of the two whole. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    _write(beside, content, os.O_TRUNC, mode)
    beside.replace(path)


def check_private(path: Path) -> None:
    """Raises `ConfigError` if others can read a file, OSError if it is not there."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        found = f"mode {mode:04o}, open to other users"
        raise ConfigError(str(path), found, f"mode 0600: run `chmod 600 {path}`")


def _write(path: Path, content: bytes, how: int, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
