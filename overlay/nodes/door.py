"""Where a node listens, at which address others reach it, and where TLS ends."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from overlay.config import NodeFile, address_of
from overlay.errors import ConfigError
from overlay.messages.ids import Address
from overlay.structures.hosts import ip_of, is_loopback, is_wildcard
from overlay.transport.addresses import OVERLAY_PATH, Endpoint, is_secured, parse_address
from overlay.transport.link import BadAddress

_PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Door:
    """How a node is reached, as its file has it."""

    listen: Endpoint
    address: Address | None
    """Where others reach it, if the file says that."""
    is_secured: bool
    """Whether links come to it over TLS, wherever that ends."""
    is_behind_proxy: bool = False
    """Whether TLS ends before us."""

    def address_at(self, endpoint: Endpoint) -> Address:
        """Its address, where it listens at this endpoint: of port 0 the system chose one."""
        return self.address or address_of(str(endpoint))

    def served_at(self, endpoint: Endpoint) -> Address:
        """Where it is spoken to directly, listening at this endpoint."""
        ends_here = self.is_secured and not self.is_behind_proxy
        return Address(f"{'wss' if ends_here else 'ws'}://{endpoint}{OVERLAY_PATH}")

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it directly."""
        return is_loopback(self.listen.host)

    def hosts(self) -> tuple[str, ...]:
        """The hosts by which people and nodes reach it."""
        named = (parse_address(self.address, allows_plain=True).host,) if self.address else ()
        own = () if is_wildcard(self.listen.host) else (self.listen.host,)
        return tuple(dict.fromkeys((*named, *own, *(("127.0.0.1",) if self.is_local else ()))))

    def host_check(self) -> Callable[[str], bool]:
        """Judges the host of a request: a page whose name was made to resolve to us gets nothing.

        An address is no name that anybody could make resolve to us.
        """
        hosts = frozenset(self.hosts())
        if self.is_local:
            return lambda host: is_loopback(host) or host in hosts
        return lambda host: host in hosts or is_loopback(host) or ip_of(host) is not None

    def origin_check(self) -> Callable[[str], bool]:
        """Judges the host of a page that wants a link.

        Pages of other nodes carry on here when theirs dies, and with no more rights than
        any client has. What only this machine reaches is for pages of this machine.
        """
        return self.host_check() if self.is_local else lambda _: True


def door_of(path: Path, file: NodeFile, *, allows_plain: bool = False) -> Door:
    """How the node of the file at `path` is reached.

    Raises `ConfigError` for what is no port, where nobody could know its
    address, and for links without TLS beyond this machine, unless `allows_plain`.
    """
    endpoint = _endpoint(path, file)
    is_local = is_loopback(endpoint.host)
    if file.address is None and is_wildcard(endpoint.host):
        expected = "where others reach this node, such as wss://chat.example.org:7700/overlay"
        found = f"nothing, where listen is {file.listen}: every address of this machine"
        raise ConfigError(f"{path}: address", found, expected)
    address = file.address or address_of(str(endpoint))
    is_safe = is_secured(address)
    if file.address is not None:
        _check_address(path, file.address, allows_plain)
    if not (is_safe or is_local or allows_plain):
        raise ConfigError(f"{path}: listen", file.listen, _without_tls(address))
    if file.tls is not None and not is_safe:
        found = f"a certificate, where links go to {address} without TLS"
        raise ConfigError(f"{path}: tls", found, "an `address` that begins with wss://, or no tls")
    if file.tls is not None and file.tls.key is None and not (is_local or allows_plain):
        found = f"no key, and {file.listen}, where anybody reaches this node past the proxy"
        raise ConfigError(f"{path}: tls", found, "listen at loopback, or the certificate's key")
    is_behind_proxy = file.tls is not None and file.tls.key is None
    return Door(endpoint, file.address, is_safe, is_behind_proxy)


def never_dialled(path: Path, file: NodeFile, *, allows_plain: bool = False) -> list[str]:
    """What is wrong with neighbours' addresses that no node would dial: place by place."""
    found = []
    for number, neighbour in enumerate(file.neighbours):
        if neighbour.address is None:
            continue
        try:
            parse_address(neighbour.address, allows_plain=allows_plain)
        except BadAddress as error:
            found.append(f"{path}: neighbours[{number}].address: {error}")
    return found


def _endpoint(path: Path, file: NodeFile) -> Endpoint:
    host, _, port = file.listen.rpartition(":")
    if int(port) > _PORT_MAX:
        raise ConfigError(f"{path}: listen", file.listen, f"a port from 0 to {_PORT_MAX}")
    return Endpoint(host.strip("[]"), int(port))


def _check_address(path: Path, address: Address, allows_plain: bool) -> None:
    try:
        parse_address(address, allows_plain=True)
    except BadAddress as error:
        expected = "an address such as wss://chat.example.org:7700/overlay"
        raise ConfigError(f"{path}: address", str(error), expected) from None
    try:
        parse_address(address, allows_plain=allows_plain)
    except BadAddress:
        raise ConfigError(f"{path}: address", address, _without_tls(address)) from None


def _without_tls(address: str) -> str:
    return (
        f"wss:// in place of ws:// in {address}: beyond this machine links go over TLS."
        " `--insecure` overrides it, and everybody on the way reads who writes to whom"
    )
