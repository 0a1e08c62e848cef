"""The store on one machine: one SQLite file, used by one process.

Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html
"""

import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

from overlay.errors import StoreError, StoreInUse
from overlay.peering.rows import Row, RowKey

SCHEMA_VERSION: Final = 1
"""Kept in the file as `user_version`; a later one is not understood here."""

APPLICATION_ID: Final = 0x6F766C79
"""Kept in the file as `application_id`, so that no other program's database is taken for ours."""

CHECKSUM_BYTES: Final = 16
"""Against decay, not against people: 64 bits would do."""

CACHE_KIBIBYTES: Final = 256
"""Whoever keeps rows here has them all in its memory as well, and reads them at its start."""

_PRAGMAS: Final = (
    "locking_mode = EXCLUSIVE",
    "journal_mode = WAL",
    "synchronous = FULL",
    f"cache_size = -{CACHE_KIBIBYTES}",
)
_SCHEMA: Final = f"""
    CREATE TABLE stored (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value BLOB NOT NULL,
        checksum BLOB NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = {SCHEMA_VERSION};
"""
_READ_ALL: Final = "SELECT kind, key, value, checksum FROM stored ORDER BY kind, key"
_READ: Final = "SELECT kind, key, value, checksum FROM stored WHERE kind = ? AND key = ?"
_WRITE: Final = "INSERT OR REPLACE INTO stored VALUES (?, ?, ?, ?)"
_DELETE: Final = "DELETE FROM stored WHERE kind = ? AND key = ?"

_MENDING: Final = {
    sqlite3.SQLITE_BUSY: (
        "another process uses it",
        "stop that process, or use another directory",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "it is damaged",
        "move it aside to begin anew, or put back a copy",
    ),
    sqlite3.SQLITE_NOTADB: (
        "it is no SQLite database, or damaged",
        "move it aside to begin anew, or put back a copy",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "make room and start again"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "make it writable for this user"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check that its directory is there and ours"),
    sqlite3.SQLITE_IOERR: ("the disk failed", "check the disk"),
}


class SqliteStore:
    """A `Store` in the file `path`, which is made, with mode 0600, if it is not there.

    Holds the file locked until `close`, or the end of the process. A row whose
    checksum is wrong counts as missing. Raises: `StoreInUse` for a file that is
    locked, `StoreError` for one that is damaged, not ours, of a later version,
    or open to other users.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._damaged: list[RowKey] = []
        _make_private(path)
        with self._explained():
            # One call at a time is the contract, so any thread may make it.
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=0
            )
        try:
            with self._explained():
                self._open()
        except StoreError:
            self._connection.close()
            raise

    def _open(self) -> None:
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        with self._transaction():
            version = self._pragma("user_version")
            application = self._pragma("application_id")
            tables = self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if version == application == tables == 0:
                self._create()
            elif application != APPLICATION_ID:
                raise self._error("it is another program's database", "use another directory")
            elif version > SCHEMA_VERSION:
                raise self._error(
                    f"it has version {version}, this release understands {SCHEMA_VERSION}",
                    "install the release that wrote it, or a later one",
                )

    def _create(self) -> None:
        for statement in filter(str.strip, _SCHEMA.split(";")):
            self._connection.execute(statement)

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def read_all(self) -> list[Row]:
        with self._explained():
            return list(self._sound(self._connection.execute(_READ_ALL)))

    def read(self, keys: Iterable[RowKey]) -> list[Row]:
        with self._explained():
            return [
                row for key in keys for row in self._sound(self._connection.execute(_READ, key))
            ]

    def _sound(self, found: Iterable[tuple[str, str, bytes, bytes]]) -> Iterator[Row]:
        for table, key, value, checksum in found:
            if checksum == _checksum(table, key, value):
                yield Row(table=table, key=key, value=value)
            else:
                self._damaged.append(RowKey(table, key))

    def apply(self, writes: Sequence[Row], deletes: Sequence[RowKey]) -> None:
        written = [
            (row.table, row.key, row.value, _checksum(row.table, row.key, row.value))
            for row in writes
        ]
        with self._explained(), self._transaction():
            self._connection.executemany(_WRITE, written)
            self._connection.executemany(_DELETE, deletes)

    def take_damaged(self) -> list[RowKey]:
        damaged, self._damaged = self._damaged, []
        return damaged

    def close(self) -> None:
        with self._explained():
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            # The low byte is the primary code; the others tell its kinds apart.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            what, mending = _MENDING.get(code, (str(error), "see the message"))
            kind = StoreInUse if code == sqlite3.SQLITE_BUSY else StoreError
            raise self._error(what, mending, kind) from error

    def _error(self, what: str, mending: str, kind: type[StoreError] = StoreError) -> StoreError:
        return kind(f"{self._path}: {what}; {mending}")


def _make_private(path: Path) -> None:
    try:
        _create_once(path)
        found = path.lstat()
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; check its directory and its mode") from error
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path}: it is no plain file; use another path")
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise StoreError(f"{path}: open to other users (mode {mode:o}); run chmod 600 {path}")


def _create_once(path: Path) -> None:
    # One that exists is not opened: closing it would drop the locks that this
    # very process may hold on it. Source: sqlite.org/howtocorrupt.html, 2.2.
    if path.exists():
        return
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _checksum(table: str, key: str, value: bytes) -> bytes:
    digest = blake2b(digest_size=CHECKSUM_BYTES)
    for part in (table.encode(), key.encode(), value):
        digest.update(len(part).to_bytes(4))
        digest.update(part)
    return digest.digest()
