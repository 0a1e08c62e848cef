"""Puts nodes and people into a world: their keys, their neighbours files, their first homes."""

from collections.abc import Sequence

from overlay.client.identity import Identity
from overlay.client.settings import Settings as ClientSettings
from overlay.core.settings import Neighbour
from overlay.core.settings import Settings as NodeSettings
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import AccountId, Address
from simulations.disk import Disk
from simulations.machines import ClientHost, NodeHost
from simulations.seeds import secret_seed
from simulations.shapes import Edge
from simulations.world import World

NETWORK = "simulated"
SOFTWARE = "simulations"


def add_nodes(world: World, count: int, edges: Sequence[Edge]) -> list[NodeHost]:
    """Nodes `node-1` and so on, each edge standing in the neighbours files of both its ends."""
    neighbours: list[list[Neighbour]] = [[] for _ in range(count)]
    for one, other in edges:
        neighbours[one].append(Neighbour(address=_address(other), id=None))
        neighbours[other].append(Neighbour(address=_address(one), id=None))
    hosts = [_node(world, number, neighbours[number]) for number in range(count)]
    for host in hosts:
        world.add(host)
    return hosts


def add_people(
    world: World, count: int, nodes: Sequence[NodeHost], *, clients_each: int = 1
) -> list[ClientHost]:
    """People `person-1` and so on, each with as many clients, spread over their first homes.

    A person's second client is `person-1-b`; each of them may certify the others.
    """
    hosts = [
        _client(world, person, device, nodes)
        for person in range(count)
        for device in range(clients_each)
    ]
    for host in hosts:
        world.add(host)
    return hosts


def _node(world: World, number: int, neighbours: list[Neighbour]) -> NodeHost:
    name = f"node-{number + 1}"
    return NodeHost(
        name=name,
        ip=_ip(number),
        disk=Disk(world.generator("disk", name)),
        key=SigningKey(secret_seed(world.generator("key", name))),
        settings=NodeSettings(
            name=name,
            network=NETWORK,
            admission="listed",
            addresses=(_address(number),),
            neighbours=tuple(neighbours),
            software=SOFTWARE,
        ),
    )


def _client(world: World, person: int, device: int, nodes: Sequence[NodeHost]) -> ClientHost:
    person_name = f"person-{person + 1}"
    name = person_name if device == 0 else f"{person_name}-{chr(ord('a') + device)}"
    account = SigningKey(secret_seed(world.generator("account", person_name)))
    home = nodes[(person + device) % len(nodes)]
    return ClientHost(
        name=name,
        ip=f"10.{device + 1}.{person // 250}.{person % 250 + 1}",
        disk=Disk(world.generator("disk", name)),
        identity=Identity(
            key=SigningKey(secret_seed(world.generator("key", name))),
            account=AccountId(account.id),
            account_key=account,
        ),
        settings=ClientSettings(
            addresses=(home.address,), name=person_name, software=SOFTWARE, keeps_untaken=True
        ),
    )


def _ip(number: int) -> str:
    return f"10.0.{number // 250}.{number % 250 + 1}"


def _address(number: int) -> Address:
    return Address(f"ws://{_ip(number)}:4000/overlay")
