"""Reads a running node's files again, and says what of them waits for its next start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from overlay.config import NodeFile
from overlay.core.events import NeighboursChanged
from overlay.errors import ConfigError
from overlay.nodes.certificates.keeping import Certificates
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.door import Door, door_of

_AT_THE_START: Final = {
    "name": "name",
    "listen": "listen",
    "address": "address",
    "network": "network",
    "admission": "admission",
    "extra_links": "extra_links",
    "public_metrics": "has_public_metrics",
}
"""What of a neighbours file is read at the start alone, by its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesReloaded:
    """The neighbours file and the certificate were read again, and are in force."""

    neighbours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartNeeded:
    """These keys of the file have changed, and are read at the start alone."""

    level: ClassVar[str] = "warning"
    changed: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadRefused:
    """A file is wrong, so that all of them stay as they were."""

    level: ClassVar[str] = "warning"
    detail: str
    where: str
    found: str
    expected: str


ReloadFact = FilesReloaded | RestartNeeded | ReloadRefused


class Reloading:
    """Has a node follow its files."""

    def __init__(
        self,
        directory: NodeDirectory,
        file: NodeFile,
        door: Door,
        certificates: Certificates,
        put: Callable[[NeighboursChanged], None],
        report: Callable[[ReloadFact], None],
        *,
        allows_plain: bool,
    ) -> None:
        """`file` and `door` are those of the start."""
        self._directory = directory
        self._file = file
        self._door = door
        self._certificates = certificates
        self._put = put
        self._report = report
        self._allows_plain = allows_plain

    def reload(self) -> str:
        """What waits for a restart, in words; nothing mostly. Raises `ConfigError`."""
        try:
            file, door = self._read()
        except ConfigError as error:
            stays = "The old neighbours file stays in force"
            where, found, expected = error.where, error.found, error.expected
            self._report(ReloadRefused(detail=stays, where=where, found=found, expected=expected))
            raise
        self._put(NeighboursChanged(file.neighbours, file.shares))
        self._report(FilesReloaded(neighbours=len(file.neighbours)))
        changed = self._waiting(file, door)
        if not changed:
            return ""
        words = f"read at the start only, so restart the node for {', '.join(changed)}"
        self._report(RestartNeeded(changed=changed, detail=words))
        return f"{self._directory.file_path}: {words}"

    def _read(self) -> tuple[NodeFile, Door]:
        file = self._directory.read_file()
        door = door_of(self._directory.file_path, file, allows_plain=self._allows_plain)
        self._certificates.read(self._directory.certificate_source(file, door))
        return file, door

    def _waiting(self, file: NodeFile, door: Door) -> tuple[str, ...]:
        changed = [
            key
            for key, name in _AT_THE_START.items()
            if getattr(file, name) != getattr(self._file, name)
        ]
        # Whom limits bind, and what is shown to whom, follows from whether there is a proxy.
        is_of_proxy = door.is_behind_proxy != self._door.is_behind_proxy
        return (*changed, *(("tls",) if is_of_proxy else ()))
