"""Looks whether something is there, and says whom to be where we are not let in."""

import errno
import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from stat import S_IMODE

from overlay.errors import ConfigError

_NOT_THERE = (FileNotFoundError, NotADirectoryError)
_NOT_LET_IN = (errno.EACCES, errno.EPERM)


def is_there(path: Path) -> bool:
    """Whether there is something at `path`. Raises `ConfigError` where we may not look."""
    try:
        path.stat()
    except _NOT_THERE:
        return False
    except OSError as error:
        raise no_way_to(path, error) from None
    return True


def no_way_to(path: Path, error: OSError) -> ConfigError:
    """What keeps us from `path`: whose file or directory it is, and how to come there."""
    if error.errno not in _NOT_LET_IN:
        found = error.strerror or str(error)
        return ConfigError(str(path), found, "a path that this system knows, to where we may go")
    barred = _barred(path)
    owner, ours = name_of(barred.stat().st_uid), name_of(os.geteuid())
    found = f"{rights_to(barred)}, which keeps user {ours} out"
    if owner == ours:
        return ConfigError(str(barred), found, f"it open to its owner: `chmod u+rwX {barred}`")
    return ConfigError(str(barred), found, f"to be user {owner}: `sudo -u {owner} overlay …`")


def rights_to(path: Path) -> str:
    """Whose it is and who may do what with it, in words. Raises OSError."""
    found = path.stat()
    return f"mode {S_IMODE(found.st_mode):04o} of user {name_of(found.st_uid)}"


def _barred(path: Path) -> Path:
    """The outermost directory above `path` that lets us no further; else `path` itself."""
    path = path.absolute()
    for outer, inner in pairwise([*reversed(path.parents), path]):
        try:
            inner.stat()
        except OSError:
            return outer
    return path


def name_of(user: int) -> str:
    """What a user is called, or their number."""
    # Not everywhere there is a list of users.
    with suppress(ImportError, KeyError):
        from pwd import getpwuid

        return getpwuid(user).pw_name
    return str(user)
