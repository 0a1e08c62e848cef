"""SIGKILL of a node: only its clients move, nothing is lost, nothing is shown twice."""

import pytest
import trio

from overlay.nodes.local import LocalNode
from overlay.nodes.splitting import worst_split
from overlay.sdk import Handle
from tests.end_to_end.conftest import OverlayOf
from tests.end_to_end.people import Person, Talk, everybody_attached
from tests.end_to_end.strangers import stranger_at
from tests.end_to_end.waiting import failsafe
from tests.support.people import ClientKeys, a_client

MESSAGES = 400


async def test_only_the_clients_of_a_killed_node_move_and_no_pair_elsewhere_sees_an_error(
    local_overlay_of: OverlayOf,
) -> None:
    overlay = await local_overlay_of(5, "demo")
    first, second, third, _, fifth = overlay.nodes
    places = [("alice", first), ("bob", third), ("carol", second), ("dave", fifth)]

    async with everybody_attached(*places) as people, trio.open_nursery() as nursery:
        alice, bob, carol, dave = people
        talk = Talk(alice, bob)
        nursery.start_soon(talk.go_on)
        await talk.goes_on(5)

        await overlay.kill(second)
        for person in (alice, bob, dave):
            await sees_elsewhere(person, carol, second)
            await person.tells(carol, f"welcome back, says {person.name}")
            await carol.tells(person, f"thank you, {person.name}")
        await talk.goes_on(5)
        nursery.cancel_scope.cancel()

        assert alice.troubles + bob.troubles + dave.troubles == []
        assert alice.statuses + bob.statuses + dave.statuses == []
        assert_nothing_twice(*people)


@pytest.mark.parametrize("shape", ["line", "star"])
async def test_a_killed_bridge_takes_its_own_clients_and_nobody_else(
    local_overlay_of: OverlayOf, shape: str
) -> None:
    overlay = await local_overlay_of(5, shape)
    split = worst_split(overlay.nodes)
    places = [("alice", split.near), ("bob", split.far), ("visitor", split.lost)]

    async with everybody_attached(*places) as people:
        alice, bob, visitor = people
        await alice.tells(bob, "across the bridge")

        await overlay.kill(split.lost)
        await alice.tells(bob, "around it")
        await bob.tells(alice, "and back")
        await alice.tells(visitor, "where are you?")
        await visitor.tells(bob, "elsewhere")

        assert alice.troubles + bob.troubles == []
        assert alice.statuses + bob.statuses == []
        assert_nothing_twice(*people)


async def test_who_was_at_a_killed_node_is_shown_away_until_they_are_back(
    local_overlay_of: OverlayOf,
) -> None:
    overlay = await local_overlay_of(3, "ring")
    north, west, south = overlay.nodes
    visitor = a_client("visitor")

    async with everybody_attached(("alice", north), ("bob", south)) as people:
        async with stranger_at(west.endpoint) as stranger:
            await stranger.attaches(visitor, west.id)
            for person in people:
                await sees_online(person, visitor, True)
            await overlay.kill(west)
            for person in people:
                await sees_online(person, visitor, False)
        async with stranger_at(south.endpoint) as stranger:
            await stranger.attaches(visitor, south.id)
            for person in people:
                await sees_online(person, visitor, True)


async def sees_online(person: Person, other: ClientKeys, is_online: bool) -> None:
    def holds() -> bool:
        known = person.client.person(other.account_id)
        return known is not None and known.is_online is is_online

    await person.wait(f"sees {other.name} {'online' if is_online else 'away'}", holds)


async def sees_elsewhere(person: Person, other: Person, node: LocalNode) -> None:
    """Return once somebody is shown to have moved away from a node to another one."""

    def holds() -> bool:
        places = person.sees_at(other)
        return bool(places) and node.name not in places

    await person.wait(f"sees {other.name} at another node than {node.name}", holds)


def assert_nothing_twice(*people: Person) -> None:
    for person in people:
        ids = [message.id for message in person.shown]
        assert len(set(ids)) == len(ids)
        assert len(set(person.texts)) == len(person.texts)


KILLED = {"the recipient's home": 3, "a node on the way": 2, "the origin's home": 1}
"""Which of five nodes in a ring: alice writes from the second to bob at the fourth."""


@pytest.mark.parametrize("killed", KILLED)
async def test_nothing_in_flight_is_lost_or_shown_twice_when_a_node_is_killed(
    local_overlay_of: OverlayOf, killed: str
) -> None:
    overlay = await local_overlay_of(5, "ring")
    _, second, _, fourth, _ = overlay.nodes
    node = overlay.nodes[KILLED[killed]]

    async with everybody_attached(("alice", second), ("bob", fourth)) as (alice, bob):
        await alice.tells(bob, "here it comes")
        letters = Letters(alice, bob, [f"letter {number}" for number in range(MESSAGES)])
        in_flight = await letters.write_and_kill(node)
        await overlay.kill(node)
        with failsafe("everything is delivered"):
            for handle in letters.handles:
                await handle.delivered()
        await bob.hears(*letters.texts)

        assert in_flight
        assert sorted(bob.texts) == sorted(["here it comes", *letters.texts])


class Letters:
    """Many messages of one person to another, written at once."""

    def __init__(self, origin: Person, recipient: Person, texts: list[str]) -> None:
        self._origin = origin
        self._recipient = recipient
        self.texts = texts
        self.handles: list[Handle] = []

    async def write_and_kill(self, node: LocalNode) -> list[Handle]:
        """Kill a node when half of it is written; returns what was not delivered by then."""
        in_flight: list[Handle] = []

        async def write(text: str) -> None:
            self.handles.append(await self._origin.sends(self._recipient, text))
            if len(self.handles) == len(self.texts) // 2:
                in_flight.extend(handle for handle in self.handles if handle.state != "delivered")
                assert node.process is not None
                node.process.kill()

        async with trio.open_nursery() as nursery:
            for text in self.texts:
                nursery.start_soon(write, text)
        return in_flight
