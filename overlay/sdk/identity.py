"""Who a program is: the directory that holds a client's keys and store, locked by one process."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from platformdirs import user_data_path

from overlay import limits
from overlay.client.identity import Identity as Keys
from overlay.crypto.keys import SigningKey
from overlay.errors import ConfigError, UsageError
from overlay.messages.ids import AccountId, ClientId
from overlay.peering.rows import Row, RowKey
from overlay.sdk.errors import IdentityInUse
from overlay.sdk.keyfiles import KeyFiles, has_key_files, read_key_files, write_key_files
from overlay.sdk.lock import Lock
from overlay.storage.contract import Store
from overlay.storage.memory import MemoryStore
from overlay.storage.sqlite import SqliteStore

HOME_VARIABLE: Final = "OVERLAY_HOME"
"""Where identities are kept, instead of the XDG data directory."""

_NAME: Final = re.compile(rf"[^\x00-\x1f\x7f\ud800-\udfff]{{1,{limits.NAME_CHARACTERS_MAX}}}")
_ACCOUNT_ROWS: Final = (RowKey("client", "network"), RowKey("client", "account"))


class Identity:
    """The keys and the store of one client, open and locked until `close`.

    Use it as a context manager, or close it; the end of the process closes it
    too. Its directory holds `identity.key` and `account.key` with mode 0600,
    `name`, `client.db` and `lock`. Whoever copies the keys is this person.
    """

    def __init__(
        self, files: KeyFiles, store: Store, lock: Lock | None, directory: Path | None
    ) -> None:
        """For `create`, `open`, `open_or_create` and `temporary`: use these."""
        self.directory = directory
        self.name = files.name
        self.keys = Keys(
            key=files.key, account=AccountId(files.account_key.id), account_key=files.account_key
        )
        self._files = files
        self._store = store
        self._lock = lock
        self._is_used = False

    @classmethod
    def create(
        cls, directory: str | Path, *, name: str | None = None, account: "Identity | None" = None
    ) -> Self:
        """Make a new client in `directory`, which must not exist or be empty, and open it.

        With `account` it becomes another client of that identity's account,
        and both receive what is sent to it; else it begins an account of its
        own under `name`. Raises: `UsageError` for a name that cannot be,
        `ConfigError` if the directory cannot be made, `StoreError`.
        """
        path = Path(directory)
        name = account.name if name is None and account is not None else name
        account_key = account._files.account_key if account is not None else _new_key()
        write_key_files(path, KeyFiles(_new_key(), account_key, _checked(name)))
        identity = cls.open(path)
        if account is not None:
            identity._store.apply(account._account_rows(), [])
        return identity

    @classmethod
    def open(cls, directory: str | Path) -> Self:
        """Open what `create` made.

        Raises: `IdentityInUse` if a process has it open, `ConfigError` if a
        file is missing, broken or open to other users, `StoreError`.
        """
        path = Path(directory)
        if not has_key_files(path):
            raise ConfigError(str(path), "no identity", "a directory that Identity.create made")
        lock = Lock(path)
        try:
            files = read_key_files(path)
            return cls(files, SqliteStore(path / "client.db"), lock, path)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open_or_create(cls, name: str, home: str | Path | None = None) -> Self:
        """Open the identity called `name` under `home`, made if it is not there.

        `home` is `identities_home()` unless it is given. Raises as `open` and `create`.
        """
        directory = (Path(home) if home is not None else identities_home()) / _file_name(name)
        if not has_key_files(directory):
            try:
                return cls.create(directory, name=name)
            except ConfigError:
                # Another process may have made it meanwhile.
                if not has_key_files(directory):
                    raise
        return cls.open(directory)

    @classmethod
    def temporary(cls, name: str) -> Self:
        """A new person that exists in memory only: nothing is left of it in the end."""
        files = KeyFiles(_new_key(), _new_key(), _checked(name))
        return cls(files, MemoryStore(), None, None)

    @property
    def account(self) -> AccountId:
        """The person: what others write to and verify."""
        return self.keys.account

    @property
    def client(self) -> ClientId:
        """This one program of that person."""
        return self.keys.client

    @contextmanager
    def in_use(self) -> Iterator[Store]:
        """For `connect`: the store, for one client at a time. Raises: `IdentityInUse`."""
        if self._is_used:
            raise IdentityInUse(self.directory or Path(self.name), os.getpid())
        self._is_used = True
        try:
            yield self._store
        finally:
            self._is_used = False

    def close(self) -> None:
        """Let other processes use it. Closing twice is harmless."""
        self._store.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _account_rows(self) -> list[Row]:
        # A store in use is its client's alone. Without these rows the new client learns its
        # account's record from its first home.
        return [] if self._is_used else self._store.read(_ACCOUNT_ROWS)


def identities_home() -> Path:
    """Where `open_or_create` keeps identities: below `OVERLAY_HOME`, or the XDG data directory."""
    chosen = os.environ.get(HOME_VARIABLE)
    home = Path(chosen) if chosen else user_data_path("overlay")
    return home / "identities"


def identity_names(home: Path) -> Iterable[str]:
    """The directories of identities below `home`, for completion."""
    try:
        return sorted(entry.name for entry in home.iterdir() if has_key_files(entry))
    except OSError:
        return []


def _new_key() -> SigningKey:
    return SigningKey.generate(SystemRandom())


def _checked(name: str | None) -> str:
    if name is None:
        raise UsageError("a new identity needs a name")
    if not _NAME.fullmatch(name):
        most = limits.NAME_CHARACTERS_MAX
        raise UsageError(f"{name!r} is no name: 1 to {most} characters, none of them for control")
    return name


def _file_name(name: str) -> str:
    """A name as a file name: readable, and never a way out of the directory."""
    quoted = "".join(
        quote(character, safe="") if character in "/%\\" else character
        for character in _checked(name)
    )
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted
