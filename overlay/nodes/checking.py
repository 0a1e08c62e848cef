"""Looks at a node's directory before it is run: what `overlay node check` shows."""

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import Literal

import trio
from cryptography import x509

from overlay.core import durable
from overlay.errors import ConfigError, StoreError, StoreInUse
from overlay.nodes.certificates.judging import covers, out_of_time
from overlay.nodes.certificates.keeping import Certificates, Source, expires_soon
from overlay.nodes.certificates.making import hosts_of, last_day
from overlay.nodes.control import PATH_BYTES_MAX
from overlay.nodes.directory import NodeDirectory, check_runnable
from overlay.nodes.door import Door, door_of, never_dialled
from overlay.runtime.clock import wall_time
from overlay.storage.looking import is_there, name_of, rights_to
from overlay.storage.sqlite import SqliteStore
from overlay.transport.listen import FILES_MAX, open_listeners

_OTHERS = 0o007
"""Of a file's mode. Its group may well be the one that brings and reads a certificate."""

_WRITABLE = "a directory that the node's user may write: `chown` it, or be its user"

_NAMED_MAX = 3
"""Of many damaged rows so few are named."""

Verdict = Literal["ok", "warning", "wrong"]
"""A node starts in spite of warnings: what they name needs its operator, not at once."""

_Seen = tuple[Verdict, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what was found there."""

    what: str
    verdict: Verdict
    found: str


def check(path: Path, *, allows_plain: bool = False) -> list[Finding]:
    """Everything that a start depends on, in the order in which it does.

    It makes and changes nothing but, where the node would, its certificate. A
    node that runs is left alone: its port and its database are its own.
    """
    directory = NodeDirectory(path)
    try:
        file = directory.read_file()
        check_runnable(directory.file_path, file)
        door = door_of(directory.file_path, file, allows_plain=allows_plain)
    except ConfigError as error:
        return [Finding("neighbours file", "wrong", str(error))]
    address = door.address_at(door.listen)
    described = f"{file.name} in {file.network} at {address}, {len(file.neighbours)} neighbours"
    place = _look("directory", lambda: _place(directory))
    database = _look("database", lambda: _database(directory))
    undialled = never_dialled(directory.file_path, file, allows_plain=allows_plain)
    return [
        Finding("neighbours file", "ok", described),
        *(Finding("neighbour", "warning", f"it is never dialled: {each}") for each in undialled),
        *([place] if place.verdict == "wrong" else []),
        _look("key", lambda: ("ok", directory.read_key().id)),
        _look("certificate", lambda: _certificate(directory, door)),
        database,
        *([_look("port", lambda: _port(door))] if database.verdict != "wrong" else []),
        _look("open files", _files),
    ]


def _look(what: str, at: Callable[[], _Seen]) -> Finding:
    try:
        return Finding(what, *at())
    except (ConfigError, StoreError) as error:
        return Finding(what, "wrong", str(error))


def _place(directory: NodeDirectory) -> _Seen:
    """Whether the node can have its control socket there, and SQLite its files."""
    path = directory.path
    if len(os.fsencode(directory.control_path)) > PATH_BYTES_MAX:
        expected = f"a path of at most {PATH_BYTES_MAX} bytes: move the directory"
        raise ConfigError(str(directory.control_path), "a path too long for a socket", expected)
    by_rights_of_now = os.access in os.supports_effective_ids
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK, effective_ids=by_rights_of_now):
        found = f"{rights_to(path)}, where user {name_of(os.geteuid())} may not write"
        raise ConfigError(str(path), found, _WRITABLE)
    return "ok", "it can be written"


def _certificate(directory: NodeDirectory, door: Door) -> _Seen:
    file = directory.read_file()
    source = directory.certificate_source(file, door)
    presented = Certificates(file.name, source, lambda _: None, wall_time).current()
    if source is None or presented.certificate is None:
        return "ok", "none is needed: links go without TLS"
    troubles = _troubles(presented.certificate, source, door.hosts()[0])
    if not troubles:
        return "ok", f"fingerprint {presented.fingerprint}"
    return "warning", "; ".join(troubles)


def _troubles(certificate: x509.Certificate, source: Source, host: str) -> list[str]:
    """What a node presents in spite of it, and a browser would not take."""
    found = []
    now = wall_time()
    trouble = out_of_time(certificate, now)
    if trouble is None and expires_soon(certificate, now):
        trouble = f"expires on {last_day(certificate)}"
    if trouble is not None:
        found.append(f"{source.certificate} {trouble}: put a newer one there")
    if not covers(certificate, host):
        named = ", ".join(hosts_of(certificate.extensions)) or "nobody"
        found.append(f"{source.certificate} is for {named}: have one made for {host}")
    mode = S_IMODE(source.key.stat().st_mode) if source.key is not None else 0
    if mode & _OTHERS:
        found.append(f"{source.key} has mode {mode:04o}: `chmod o= {source.key}`")
    return found


def _database(directory: NodeDirectory) -> _Seen:
    if not is_there(directory.database_path):
        return "ok", "none yet: the node makes it"
    try:
        store = SqliteStore(directory.database_path)
    except StoreInUse:
        raise StoreInUse(
            "a node runs in this directory, so no other one starts; port and database are its own"
        ) from None
    try:
        rows = store.read_all()
        lost = [*store.take_damaged(), *durable.from_rows(rows).unreadable]
    finally:
        store.close()
    if lost:
        named = ", ".join(f"{each.table} {each.key}" for each in lost[:_NAMED_MAX])
        return "warning", f"{len(lost)} rows are damaged, and count as missing: {named}"
    return "ok", f"{len(rows)} rows"


def _port(door: Door) -> _Seen:
    async def listen() -> None:
        for listener in await open_listeners(door.listen):
            await listener.aclose()

    trio.run(listen)
    return "ok", f"{door.listen} is free"


def _files() -> _Seen:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= FILES_MAX:
        return "ok", f"{FILES_MAX} may be open"
    mend = "`LimitNOFILE` in a unit, `ulimit -n` in a shell"
    return "warning", f"only {most} may be open, {FILES_MAX} with all links: {mend}"
