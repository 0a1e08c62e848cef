"""Whom the operator wants nothing to do with: ids, and networks of addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from overlay import limits
from overlay.structures.hosts import Network, name_of, network_of
from overlay.structures.sizes import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """`who` is an id, or a network as `name_of` writes it. Without `until_ms` it has no end."""

    who: str
    reason: str = ""
    until_ms: int | None = None

    def left_ms(self, now_ms: int) -> int | None:
        """How long it lasts; None for good."""
        return max(self.until_ms - now_ms, 1) if self.until_ms is not None else None


class Bans:
    """At most `BANS_MAX` of them. Whoever asks about an address pays for the lengths in use."""

    def __init__(self) -> None:
        self._bans: dict[str, Ban] = {}
        self._networks: dict[tuple[int, int], dict[int, str]] = {}
        """By version and length: the names of networks by their first bits."""

    def sizes(self) -> Iterator[Size]:
        """How full its table is."""
        yield Size("bans", len(self._bans), limits.BANS_MAX)

    def __len__(self) -> int:
        return len(self._bans)

    def __contains__(self, who: str) -> bool:
        return who in self._bans

    def __iter__(self) -> Iterator[Ban]:
        return iter(list(self._bans.values()))

    def get(self, who: str) -> Ban | None:
        """The ban of an id, or of exactly this network."""
        return self._bans.get(who)

    def of_address(self, remote_address: str) -> Ban | None:
        """The ban of an address, or of the smallest network that it lies in and that has one."""
        if not self._networks:
            return None
        network = network_of(remote_address)
        if network is None or network.num_addresses > 1:
            return None
        bits = int(network.network_address)
        for version, length in sorted(self._networks, reverse=True):
            if version == network.version:
                first = bits >> (network.max_prefixlen - length)
                name = self._networks[version, length].get(first)
                if name is not None:
                    return self._bans[name]
        return None

    def put(self, ban: Ban) -> bool:
        """Have a ban, in place of an earlier one of the same; False where there are too many."""
        if ban.who not in self._bans and len(self._bans) >= limits.BANS_MAX:
            return False
        self._bans[ban.who] = ban
        network = network_of(ban.who)
        if network is not None:
            names = self._networks.setdefault((network.version, network.prefixlen), {})
            names[_first_bits(network)] = ban.who
        return True

    def pop(self, who: str) -> Ban | None:
        """End a ban; None if there is none."""
        ban = self._bans.pop(who, None)
        network = network_of(who)
        if ban is not None and network is not None:
            place = network.version, network.prefixlen
            del self._networks[place][_first_bits(network)]
            if not self._networks[place]:
                del self._networks[place]
        return ban


def named(text: str) -> str:
    """`WHO` as a ban names it: a network in one way of writing, anything else as it is."""
    network = network_of(text)
    return name_of(network) if network is not None else text


def has_loopback(network: Network) -> bool:
    """Whether this machine itself lies in a network, and with it whoever comes by a proxy."""
    own = ip_address("127.0.0.1" if network.version == 4 else "::1")
    return own in network


def _first_bits(network: Network) -> int:
    return int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
