"""Looks at a node's directory before it is run: what `overlay node check` shows."""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import trio

from overlay.core import durable
from overlay.errors import ConfigError, StoreError, StoreInUse
from overlay.nodes.certificates.keeping import CertificateExpires, CertificateFact, Certificates
from overlay.nodes.directory import NodeDirectory, check_runnable
from overlay.nodes.door import Door, door_of
from overlay.runtime.clock import wall_time
from overlay.storage.sqlite import SqliteStore
from overlay.transport.listen import FILES_MAX, open_listeners

_NAMED_MAX = 3
"""Of many damaged rows so few are named."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what was found there; `is_fine` unless the node would not start, or
    something will need its operator soon."""

    what: str
    found: str
    is_fine: bool = True


def check(path: Path, *, allows_plain: bool = False) -> list[Finding]:
    """Everything that a start depends on, in the order in which it does.

    It makes and changes nothing but, where the node would, its certificate. A
    node that runs is left alone: its port and its database are its own.
    """
    directory = NodeDirectory(path)
    findings: list[Finding] = []

    def look(what: str, at: Callable[[], str]) -> bool:
        try:
            findings.append(Finding(what, at()))
        except (ConfigError, StoreError) as error:
            findings.append(Finding(what, str(error), is_fine=False))
        return findings[-1].is_fine

    door: list[Door] = []
    if not look("neighbours file", lambda: _file(directory, door, allows_plain)):
        return findings
    look("key", lambda: directory.read_key().id)
    look("certificate", lambda: _certificate(directory, door[0]))
    if look("database", lambda: _database(directory)):
        look("port", lambda: _port(door[0]))
    findings.append(_files())
    return findings


def _file(directory: NodeDirectory, door: list[Door], allows_plain: bool) -> str:
    file = directory.read_file()
    check_runnable(directory.file_path, file)
    door.append(door_of(directory.file_path, file, allows_plain=allows_plain))
    address = door[0].address_at(door[0].listen)
    return f"{file.name} in {file.network} at {address}, {len(file.neighbours)} neighbours"


def _certificate(directory: NodeDirectory, door: Door) -> str:
    facts: list[CertificateFact] = []
    file = directory.read_file()
    source = directory.certificate_source(file, door)
    held = Certificates(file.name, source, facts.append, wall_time)
    current = held.current()
    if current is None:
        return "none is needed: links go without TLS"
    for fact in facts:
        if isinstance(fact, CertificateExpires):
            raise ConfigError(fact.where, f"a certificate until {fact.until}", "a newer one soon")
    return f"fingerprint {current.fingerprint}"


def _database(directory: NodeDirectory) -> str:
    if not directory.database_path.exists():
        return "none yet: the node makes it"
    try:
        store = SqliteStore(directory.database_path)
    except StoreInUse:
        raise StoreInUse("a node runs in this directory: its port is taken by itself") from None
    try:
        rows = store.read_all()
        lost = [*store.take_damaged(), *durable.from_rows(rows).unreadable]
    finally:
        store.close()
    if lost:
        named = ", ".join(f"{each.table} {each.key}" for each in lost[:_NAMED_MAX])
        raise StoreError(f"{len(lost)} rows are damaged, and count as missing: {named}")
    return f"{len(rows)} rows"


def _port(door: Door) -> str:
    async def listen() -> None:
        for listener in await open_listeners(door.listen):
            await listener.aclose()

    trio.run(listen)
    return f"{door.listen} is free"


def _files() -> Finding:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= FILES_MAX:
        return Finding("open files", f"{FILES_MAX} may be open")
    found = f"only {most} may be open, {FILES_MAX} with all links: `LimitNOFILE`, or `ulimit -n`"
    return Finding("open files", found, is_fine=False)
