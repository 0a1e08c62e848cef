"""Begins a world where growing from nothing would have led it: everybody linked, all told.

Every node runs, its links stand with the latencies drawn for them, and news goes
along the tree of the quickest ways from a node drawn at random. What they know
they have from each other's records, signed by each, in tables that they share
(`overlay/core/converged.py`). Nothing is said while this happens, and no time passes.
"""

import heapq
from collections.abc import Mapping, Sequence
from random import Random

from overlay.core.converged import CommonKnowledge, StandingLink
from overlay.core.durable import Durable, from_rows, pin_row
from overlay.core.node import Node
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.peering.rows import Row, RowKey
from overlay.structures.columns import Column
from simulations.ends import End
from simulations.machines import NodeHost
from simulations.world import World

ROUND_TRIPS_OPENING = 2
"""What a handshake takes, roughly."""


def begin_converged(world: World, nodes: Sequence[NodeHost]) -> None:
    """Have all of these run amid each other. None of them may run yet."""
    by_address = {host.address: host for host in nodes}
    for host in nodes:
        _pin(host, by_address)
    machines = {host.name: _booted(world, host) for host in nodes}
    ends = _link(world, nodes, by_address)
    tree = _tree(nodes, ends, world.generator("tree"))
    stances = {
        host.name: machines[host.name].stand(_standing(host, ends, tree), world.now_ms)
        for host in nodes
    }
    first = nodes[0]
    common = CommonKnowledge(
        first.key,
        first.settings,
        Durable(pins=from_rows(first.disk.rows()).pins),
        world.generator("common"),
        first.reader,
        [stance.record for stance in stances.values()],
    )
    shared = _by_key(common.rows())
    for host in nodes:
        host.disk.hold([*host.disk.rows(), *stances[host.name].rows], shared)
        world.begin_amid(host, machines[host.name].adopt(common, world.now_ms))
    for end in (end for others in ends.values() for end in others.values()):
        world.onlookers.on_standing(end.process.host, end.id, _host_of(end.other).key.id)


def _pin(host: NodeHost, by_address: Mapping[Address, NodeHost]) -> None:
    """Its own dials have told it who answers at each address of its file."""
    addresses = [entry.address for entry in host.settings.neighbours if entry.address is not None]
    host.disk.hold([pin_row(each, NodeId(by_address[each].key.id)) for each in addresses])


def _booted(world: World, host: NodeHost) -> Node:
    machine: object = world.boot(host).machine
    assert isinstance(machine, Node), "what is not honest is disguised later"
    return machine


Ends = dict[str, dict[str, End]]
"""The near end of each node's link with each of its neighbours, by their names."""


def _link(world: World, nodes: Sequence[NodeHost], by_address: Mapping[Address, NodeHost]) -> Ends:
    """Of two dials at one time that of the smaller id stays."""
    ends: Ends = {host.name: {} for host in nodes}
    for host in nodes:
        for entry in host.settings.neighbours:
            assert entry.address is not None
            other = by_address[entry.address]
            if host.key.id < other.key.id:
                assert host.process is not None
                assert other.process is not None
                near = world.network.stand(host.process, other.process, other.address)
                ends[host.name][other.name] = near
                ends[other.name][host.name] = near.other
    return ends


def _tree(nodes: Sequence[NodeHost], ends: Ends, random: Random) -> dict[str, str]:
    """The node from which each is reached first; nobody's for the one where it begins."""
    root = nodes[random.randrange(len(nodes))].name
    parents: dict[str, str] = {}
    waiting = [(0, 0, root, "")]
    number = 0
    while waiting:
        came_ms, _, name, parent = heapq.heappop(waiting)
        if name in parents:
            continue
        parents[name] = parent
        for other, end in ends[name].items():
            if other not in parents:
                number += 1
                heapq.heappush(waiting, (came_ms + end.latency_ms, number, other, name))
    return parents


def _standing(host: NodeHost, ends: Ends, tree: Mapping[str, str]) -> list[StandingLink]:
    return [
        StandingLink(
            id=end.id,
            node=NodeId(_host_of(end.other).key.id),
            incarnation=Incarnation(1),
            dialled=end.dialled,
            remote_address=end.remote_address,
            opened_ms=-2 * ROUND_TRIPS_OPENING * end.latency_ms,
            is_eager=tree[host.name] == other or tree[other] == host.name,
        )
        for other, end in ends[host.name].items()
    ]


def _host_of(end: End) -> NodeHost:
    host = end.process.host
    assert isinstance(host, NodeHost)
    return host


def _by_key(rows: Sequence[Row]) -> Column[RowKey, Row]:
    return Column.of({RowKey(row.table, row.key): row for row in rows})
