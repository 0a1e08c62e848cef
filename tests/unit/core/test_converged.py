"""A node that begins amid an overlay that has converged."""

from random import Random

import pytest

from overlay.core.converged import CommonKnowledge, Stance, StandingLink
from overlay.core.durable import Durable, from_rows
from overlay.core.effects import Report
from overlay.core.facts import LinkEstablished, NodeStarted, RecordApplied
from overlay.core.node import Node
from overlay.core.settings import Neighbour, Settings
from overlay.messages.gossip import Push
from overlay.messages.ids import Address, Incarnation
from overlay.messages.signed import Signed
from overlay.peering.events import FrameReceived, LinkId, Wake
from overlay.peering.statements import Reader
from overlay.wire.codec import encode_frame
from tests.support.people import NETWORK, NodeKeys, a_client, a_node_called

NAMES = ("north", "south", "west")
"""In a line."""
NOW_MS = 1_000


def address(name: str) -> Address:
    return Address(f"ws://{name}:4000/overlay")


def names_beside(name: str) -> list[str]:
    at = NAMES.index(name)
    return [other for other in NAMES if abs(NAMES.index(other) - at) == 1]


class Line:
    """Three nodes in a line that have not begun."""

    def __init__(self) -> None:
        self.keys: dict[str, NodeKeys] = {name: a_node_called(name) for name in NAMES}
        self.nodes = {name: self.node(name) for name in NAMES}

    def settings(self, name: str) -> Settings:
        neighbours = [Neighbour(address=address(each), id=None) for each in names_beside(name)]
        return Settings(
            name=name,
            network=NETWORK,
            admission="listed",
            addresses=(address(name),),
            neighbours=tuple(neighbours),
            software="tests",
            extra_links=0,
        )

    def durable(self, name: str) -> Durable:
        return Durable(pins={address(each): self.keys[each].id for each in names_beside(name)})

    def node(self, name: str) -> Node:
        return Node(
            self.keys[name].key,
            self.settings(name),
            self.durable(name),
            Random(name),
            self.reader(),
        )

    def reader(self) -> Reader:
        return Reader(NETWORK)

    def stand(self, name: str) -> Stance:
        links = [
            StandingLink(
                id=LinkId(1 + NAMES.index(other)),
                node=self.keys[other].id,
                incarnation=Incarnation(1),
                dialled=address(other) if name < other else None,
                remote_address=f"{other}:4000",
                opened_ms=NOW_MS - 40,
                is_eager=True,
            )
            for other in names_beside(name)
        ]
        return self.nodes[name].stand(links, NOW_MS)

    def common(self, records: list[Signed]) -> CommonKnowledge:
        return CommonKnowledge(
            self.keys["north"].key,
            self.settings("north"),
            self.durable("north"),
            Random(0),
            self.reader(),
            records,
        )


def begun(*more: Signed) -> tuple[Line, CommonKnowledge]:
    """A line that has begun, knowing some more records."""
    line = Line()
    records = [line.stand(name).record for name in NAMES]
    common = line.common([*records, *more])
    for name in NAMES:
        line.nodes[name].adopt(common, NOW_MS)
    return line, common


def test_everybody_knows_everybody_and_has_the_same_root() -> None:
    line, common = begun()

    statuses = [line.nodes[name].snapshot() for name in NAMES]

    assert {status.root for status in statuses} == {common.root}
    assert all(member.is_alive for status in statuses for member in status.members)
    assert [[member.id for member in status.members] for status in statuses] == [
        [line.keys[name].id for name in order]
        for order in (NAMES, ("south", "north", "west"), ("west", "south", "north"))
    ]
    assert statuses[2].members[2].vouched_by == line.keys["south"].id


def test_a_glance_tells_what_the_status_tells() -> None:
    line, common = begun()

    glance, status = line.nodes["south"].glance(), line.nodes["south"].snapshot()

    assert (glance.id, glance.root) == (status.id, common.root)
    assert glance.links == tuple(link.id for link in status.links if link.is_exchanged)
    assert (glance.members, glance.alive, glance.clients_reachable) == (3, 3, 0)


def test_a_census_tells_what_the_status_tells() -> None:
    line, common = begun()

    census, status = line.nodes["south"].census(), line.nodes["south"].snapshot()

    assert (census.id, census.root) == (status.id, common.root)
    assert set(census.members) == set(census.alive) == {member.id for member in status.members}
    assert census.links == len(status.links)
    assert census.links_named_most == max(len(member.links) for member in status.members)
    assert (census.clients, census.clients_reachable, census.units) == ({}, 0, 0)


def test_it_states_that_it_has_begun_and_what_its_disk_holds() -> None:
    line = Line()
    stances = {name: line.stand(name) for name in NAMES}
    common = line.common([stance.record for stance in stances.values()])

    effects = line.nodes["north"].adopt(common, NOW_MS)
    durable = from_rows([*stances["north"].rows, *common.rows()])

    facts = [type(effect.fact) for effect in effects if isinstance(effect, Report)]
    assert facts == [NodeStarted, RecordApplied, LinkEstablished]
    assert (durable.incarnation, len(durable.records)) == (1, 3)
    assert durable.counter > 0


def test_it_says_nothing_but_heartbeats_until_something_happens() -> None:
    line, _ = begun()
    node, said = line.nodes["south"], []

    while (due_ms := node.next_deadline_ms()) is not None and due_ms < NOW_MS + 2_500:
        said += [effect for effect in node.handle(Wake(), due_ms) if not isinstance(effect, Report)]

    assert 0 < len(said) <= 6
    assert node.glance().alive == 3


def test_what_one_is_told_the_others_are_not() -> None:
    line, common = begun()
    news = line.keys["west"].record(incarnation=7, links=(), neighbours=())

    line.nodes["south"].handle(
        FrameReceived(LinkId(3), encode_frame(Push((news.signed,)))), NOW_MS + 10
    )
    line.nodes["south"].handle(Wake(), NOW_MS + 10)

    assert line.nodes["south"].snapshot().root != common.root
    assert line.nodes["north"].snapshot().root == common.root
    assert len(line.nodes["south"].snapshot().members) == 2


def test_who_is_present_is_known_everywhere() -> None:
    alice, south = a_client("alice"), a_node_called("south")
    presence = alice.presence(south.id)
    slot = south.slot(0, presence)
    line, _ = begun(presence.signed, alice.account_record().signed, slot.signed)

    for name in NAMES:
        status = line.nodes[name].snapshot()
        assert (status.clients_reachable, status.accounts) == (1, 1)
        assert line.nodes[name].glance().clients_reachable == 1
        census = line.nodes[name].census()
        assert (census.clients, census.clients_reachable, census.accounts) == ({south.id: 1}, 1, 1)


def test_records_that_do_not_belong_together_are_no_common_knowledge() -> None:
    line = Line()
    records = [line.stand(name).record for name in NAMES]

    with pytest.raises(ValueError, match="converged"):
        line.common([*records, line.keys["west"].record(incarnation=2, links=()).signed])
    with pytest.raises(ValueError, match="converged"):
        line.common([*records, a_node_called("east").record().signed])
