"""Puts nodes and people into a world: their keys, their neighbours files, their first homes."""

from collections.abc import Sequence
from dataclasses import dataclass

from overlay.client.identity import Identity
from overlay.client.settings import Settings as ClientSettings
from overlay.core.settings import Neighbour
from overlay.core.settings import Settings as NodeSettings
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import AccountId, Address
from simulations.disk import Disk
from simulations.machines import ClientHost, NodeHost
from simulations.reading import SharedReader
from simulations.seeds import secret_seed
from simulations.shapes import Edge
from simulations.world import World

NETWORK = "simulated"
SOFTWARE = "simulations"

GUEST_NUMBER = 9_999
"""No world has so many people that this is the number of one."""


@dataclass(frozen=True, slots=True)
class Device:
    """A client by the name of its host, whose it is, and its first home."""

    name: str
    person: str
    home: str


@dataclass(frozen=True, slots=True)
class Population:
    """Who is in a world. Keys belong to names, so leaving some out changes no others."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    """Each stands in the neighbours files of both its ends."""
    people: tuple[Device, ...]
    extra_links: int = 0


def drawn_up(
    count: int,
    edges: Sequence[Edge],
    people: int,
    clients_each: int,
    extra_links: int = 0,
) -> Population:
    """Nodes `node-1` and so on; people `person-1` and so on, spread over their first homes.

    A person's second client is `person-1-b`; each of them may certify the others.
    """
    nodes = tuple(f"node-{number + 1}" for number in range(count))
    return Population(
        nodes,
        tuple((nodes[one], nodes[other]) for one, other in edges),
        tuple(
            _device(person, device, nodes[(person + device) % count])
            for person in range(people)
            for device in range(clients_each)
        ),
        extra_links,
    )


def populate(world: World, population: Population) -> tuple[list[NodeHost], list[ClientHost]]:
    """Add everybody to a world. Nothing runs yet."""
    neighbours: dict[str, list[Neighbour]] = {name: [] for name in population.nodes}
    for one, other in population.edges:
        neighbours[one].append(Neighbour(address=_address(other), id=None))
        neighbours[other].append(Neighbour(address=_address(one), id=None))
    reader = SharedReader(NETWORK)
    nodes = [
        _node(world, name, neighbours[name], reader, population.extra_links)
        for name in population.nodes
    ]
    people = [_client(world, device, reader) for device in population.people]
    for host in (*nodes, *people):
        world.add(host)
    return nodes, people


def add_nodes(world: World, count: int, edges: Sequence[Edge]) -> list[NodeHost]:
    """Add nodes and nobody else."""
    return populate(world, drawn_up(count, edges, 0, 1))[0]


def add_guest(world: World, home: NodeHost) -> ClientHost:
    """Add somebody whom nobody knows, and who comes to this home first."""
    name = f"person-{GUEST_NUMBER}"
    guest = _client(world, Device(name, name, home.name), SharedReader(NETWORK))
    world.add(guest)
    return guest


def _device(person: int, device: int, home: str) -> Device:
    name = f"person-{person + 1}"
    return Device(name if device == 0 else f"{name}-{chr(ord('a') + device)}", name, home)


def _node(
    world: World,
    name: str,
    neighbours: list[Neighbour],
    reader: SharedReader,
    extra_links: int,
) -> NodeHost:
    return NodeHost(
        reader=reader,
        decode=world.frames.decode,
        name=name,
        ip=_ip(name),
        disk=Disk(world.generator("disk", name), world.rows.of),
        key=SigningKey(secret_seed(world.generator("key", name))),
        settings=NodeSettings(
            name=name,
            network=NETWORK,
            admission="listed",
            addresses=(_address(name),),
            neighbours=tuple(neighbours),
            software=SOFTWARE,
            extra_links=extra_links,
        ),
    )


def _client(world: World, device: Device, reader: SharedReader) -> ClientHost:
    account = SigningKey(secret_seed(world.generator("account", device.person)))
    return ClientHost(
        reader_of=reader.of,
        decode=world.frames.decode,
        name=device.name,
        ip=_client_ip(device),
        disk=Disk(world.generator("disk", device.name)),
        identity=Identity(
            key=SigningKey(secret_seed(world.generator("key", device.name))),
            account=AccountId(account.id),
            account_key=account,
        ),
        settings=ClientSettings(
            addresses=(_address(device.home),),
            name=device.person,
            software=SOFTWARE,
            keeps_untaken=True,
        ),
    )


def _client_ip(device: Device) -> str:
    person = int(device.person.split("-")[1]) - 1
    letter = device.name.removeprefix(device.person)[1:] or "a"
    return f"10.{ord(letter) - ord('a') + 1}.{person // 250}.{person % 250 + 1}"


def _ip(node: str) -> str:
    number = int(node.split("-")[1]) - 1
    return f"10.0.{number // 250}.{number % 250 + 1}"


def _address(node: str) -> Address:
    return Address(f"ws://{_ip(node)}:4000/overlay")
