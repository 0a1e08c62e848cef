"""The files of an identity: two private keys and a name, written once, with mode 0600."""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from overlay.crypto.encoding import decode, encode
from overlay.crypto.keys import SEED_BYTES, SigningKey
from overlay.errors import ConfigError
from overlay.storage.private import check_private, write_private

_TAKEN: Final = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_KEY, _ACCOUNT, _NAME = "identity.key", "account.key", "name"


class KeyFiles(NamedTuple):
    """What the files hold."""

    key: SigningKey
    account_key: SigningKey
    name: str


def write_key_files(directory: Path, files: KeyFiles) -> None:
    """Make `directory` with these files, all of it or nothing; it may be there if it is empty.

    Raises: `ConfigError` if there is something already, or no way to write.
    """
    _check_place(directory.parent)
    try:
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=directory.parent))
        try:
            _write(made / _KEY, encode(files.key.seed))
            _write(made / _ACCOUNT, encode(files.account_key.seed))
            _write(made / _NAME, files.name)
            made.rename(directory)
        finally:
            with suppress(OSError):
                shutil.rmtree(made)
    except OSError as error:
        if error.errno in _TAKEN:
            found, expected = "something there already", "an empty or a new directory"
        else:
            found, expected = _reason(error), "a directory that we may make"
        raise ConfigError(str(directory), found, expected) from None


def read_key_files(directory: Path) -> KeyFiles:
    """Raises: `ConfigError` for a file that is missing, broken, or open to other users."""
    return KeyFiles(
        key=_read_key(directory / _KEY),
        account_key=_read_key(directory / _ACCOUNT),
        name=_read(directory / _NAME).strip("\n"),
    )


def has_key_files(directory: Path) -> bool:
    """Whether an identity was ever made there, be it a broken one now."""
    return (directory / _KEY).exists() or (directory / _ACCOUNT).exists()


def _check_place(place: Path) -> None:
    """Raises: `ConfigError` if a file stands where `place` is, or a directory above it."""
    there = next(part for part in (place, *place.parents) if os.path.lexists(part))
    if not there.is_dir():
        expected = "a directory to keep identities in; OVERLAY_HOME may name another one"
        raise ConfigError(str(there), "something that is no directory", expected)


def _read_key(path: Path) -> SigningKey:
    text = _read(path)
    try:
        return SigningKey.from_seed(decode(text.strip(), SEED_BYTES))
    except ValueError:
        expected = "43 characters of base64url: put back a copy of the file"
        raise ConfigError(str(path), "something that is no key", expected) from None


def _read(path: Path) -> str:
    where = str(path)
    try:
        check_private(path)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        expected = "a whole identity: put back a copy of the file"
        raise ConfigError(where, "no such file", expected) from None
    except UnicodeDecodeError:
        raise ConfigError(where, "something that is no text", "UTF-8") from None
    except OSError as error:
        raise ConfigError(where, _reason(error), "a file that we may read") from None


def _write(path: Path, text: str) -> None:
    write_private(path, f"{text}\n".encode())


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
