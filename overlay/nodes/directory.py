"""A node's directory: its key, its neighbours file, its database, its control socket."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from overlay.config import (
    NodeFile,
    address_of,
    checked_node_file,
    read_node_file,
    write_node_file,
)
from overlay.crypto.encoding import decode, encode
from overlay.crypto.keys import SigningKey
from overlay.errors import ConfigError, OverlayError
from overlay.nodes.certificates.keeping import Source
from overlay.nodes.door import Door, door_of
from overlay.storage.looking import is_there, no_way_to
from overlay.storage.private import check_private, write_private

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class NodeDirectory:
    """Where a node keeps what is its own. Private keys never leave `key_path`."""

    path: Path

    @property
    def key_path(self) -> Path:
        return self.path / "node.key"

    @property
    def file_path(self) -> Path:
        return self.path / "neighbours.json"

    @property
    def database_path(self) -> Path:
        return self.path / "node.db"

    @property
    def control_path(self) -> Path:
        return self.path / "control.sock"

    @property
    def certificate_path(self) -> Path:
        return self.path / "tls.pem"

    @property
    def certificate_key_path(self) -> Path:
        return self.path / "tls.key"

    def certificate_source(self, file: NodeFile, door: Door) -> Source | None:
        """Where what it presents comes from: ours, if its file names none; None without TLS."""
        if not door.is_secured:
            return None
        if file.tls is None:
            own, own_key = self.certificate_path, self.certificate_key_path
            return Source(certificate=own, key=own_key, hosts=door.hosts())
        key = self.path / file.tls.key if file.tls.key is not None else None
        return Source(certificate=self.path / file.tls.certificate, key=key)

    def create(self, file: NodeFile) -> SigningKey:
        """Make the directory with a fresh key and a neighbours file.

        Raises `ConfigError` if there is a node already, and before anything is made if none
        could run by this file.
        """
        if is_there(self.key_path) or is_there(self.file_path):
            raise ConfigError(str(self.path), "a node already", "an empty or a new directory")
        check_runnable(self.file_path, checked_node_file(self.file_path, file))
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            found = error.strerror or str(error)
            raise ConfigError(str(self.path), found, "a directory we may write") from None
        write_node_file(self.file_path, file)
        try:
            key = SigningKey.from_seed(secrets.token_bytes(_SEED_BYTES))
            write_private(self.key_path, f"{encode(key.seed)}\n".encode())
        except OSError as error:
            found = error.strerror or str(error)
            raise ConfigError(str(self.path), found, "a directory we may write") from None
        return key

    def write_file(self, file: NodeFile) -> None:
        """Write the neighbours file anew. Raises `ConfigError`."""
        write_node_file(self.file_path, file)

    def read_file(self) -> NodeFile:
        """Raises `ConfigError`."""
        is_there(self.file_path)  # Who is not let in is told whom to be.
        return read_node_file(self.file_path)

    def read_key(self) -> SigningKey:
        """The node's key. Raises `ConfigError` if it is missing, broken, or readable by others."""
        where = str(self.key_path)
        try:
            check_private(self.key_path)
            text = self.key_path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            expected = f"the node's key; `overlay node init {self.path} …` makes one"
            raise ConfigError(where, "no such file", expected) from None
        except OSError as error:
            raise no_way_to(self.key_path, error) from None
        try:
            return SigningKey.from_seed(decode(text.strip(), _SEED_BYTES))
        except (OverlayError, ValueError):
            expected = "43 characters of base64url, from a backup of this very node"
            raise ConfigError(where, "something that is no key", expected) from None


def check_runnable(path: Path, file: NodeFile) -> None:
    """Raises `ConfigError` if no node could listen as the file at `path` says, or it names itself.

    Of what else may go wrong at the start nothing can be known before. That it runs without TLS
    is said then.
    """
    door = door_of(path, file, allows_plain=True)
    own = {address_of(file.listen), address_of(str(door.listen)), file.address}
    for number, neighbour in enumerate(file.neighbours):
        if neighbour.address is not None and neighbour.address in own:
            where = f"{path}: neighbours[{number}].address"
            found = f"{neighbour.address}, where this node is itself"
            raise ConfigError(where, found, "other nodes: a node is not its own neighbour")
