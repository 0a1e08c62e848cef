"""Real processes and clients as checkers know hosts: by name, runs, and what their disks lost."""

from dataclasses import dataclass
from random import Random

from overlay.client.identity import Identity
from overlay.client.settings import Settings as ClientSettings
from overlay.core.settings import Settings as NodeSettings
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import Address
from overlay.peering.statements import Reader
from simulations.disk import Disk
from simulations.machines import ClientHost, NodeHost

NETWORK = "overlay"
SOFTWARE = "elsewhere"


@dataclass(slots=True, eq=False, kw_only=True)
class RealNode(NodeHost):
    """A node whose machine runs in a process of its own. Its disk here counts losses only."""

    runs: bool = False

    @property
    def is_up(self) -> bool:
        return self.runs


@dataclass(slots=True, eq=False, kw_only=True)
class RealClient(ClientHost):
    """A client whose machine the SDK runs."""

    runs: bool = False

    @property
    def is_up(self) -> bool:
        return self.runs


def real_node(name: str, key: SigningKey, address: Address) -> RealNode:
    """What checkers need to know of a node."""
    settings = NodeSettings(
        name=name,
        network=NETWORK,
        admission="listed",
        addresses=(address,),
        neighbours=(),
        software=SOFTWARE,
        extra_links=0,
    )
    return RealNode(
        name=name, ip=name, disk=_disk(), key=key, settings=settings, reader=Reader(NETWORK)
    )


def real_client(name: str, identity: Identity) -> RealClient:
    """What checkers need to know of a client."""
    settings = ClientSettings(addresses=(), name=name, software=SOFTWARE, keeps_untaken=True)
    return RealClient(name=name, ip=name, disk=_disk(), identity=identity, settings=settings)


def _disk() -> Disk:
    return Disk(Random(0))
