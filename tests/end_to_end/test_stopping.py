"""SIGTERM: a node tells its clients where to go, and leaves by itself."""

import signal
from functools import partial

from overlay.messages.links import Goodbye
from overlay.nodes.local import LocalNode
from tests.end_to_end.conftest import OverlayOf
from tests.end_to_end.people import Person, everybody_attached
from tests.end_to_end.strangers import connection_to, stranger_at
from tests.end_to_end.waiting import failsafe
from tests.support.people import a_client


async def test_a_stopping_node_tells_its_clients_where_to_go_and_ends_in_order(
    local_overlay_of: OverlayOf,
) -> None:
    """docs/protocol.md, section 10.3."""
    overlay = await local_overlay_of(3, "ring")
    north, west, south = overlay.nodes

    async with stranger_at(north.endpoint) as stranger:
        await stranger.attaches(a_client("alice"), north.id)
        exit_code = await terminated(north)
        goodbye = await stranger.hears(Goodbye)
        end = await stranger.hears_the_end()

    assert exit_code == 0
    assert {home.address for home in goodbye.homes} == {west.address, south.address}
    assert end.reason == "stopping"


async def test_clients_of_a_stopping_node_go_on_at_another_one(
    local_overlay_of: OverlayOf,
) -> None:
    overlay = await local_overlay_of(3, "ring")
    north, west, south = overlay.nodes

    async with everybody_attached(("alice", north), ("bob", west), ("carol", south)) as people:
        alice, bob, carol = people
        await bob.tells(alice, "it is late")
        exit_code = await terminated(north)
        for person in (bob, carol):
            await person.wait(
                "sees alice elsewhere",
                partial(sees_elsewhere, person, alice, north),
            )
            await person.tells(alice, f"are you there? {person.name}")

        assert exit_code == 0
        assert alice.client.status.address in (west.address, south.address)
        assert bob.troubles + carol.troubles == []


async def test_peers_that_do_not_listen_do_not_keep_a_node_from_stopping(
    local_overlay_of: OverlayOf,
) -> None:
    overlay = await local_overlay_of(2, "line")
    north, south = overlay.nodes
    assert south.process is not None
    south.process.send_signal(signal.SIGSTOP)

    async with (
        connection_to(north.endpoint),
        stranger_at(north.endpoint),
        stranger_at(north.endpoint) as stranger,
    ):
        await stranger.enters(a_client("alice"))
        exit_code = await terminated(north)

    south.process.send_signal(signal.SIGCONT)
    assert exit_code == 0


async def terminated(node: LocalNode) -> int:
    """Send SIGTERM; returns the exit code with which the process ends by itself."""
    assert node.process is not None
    node.process.terminate()
    with failsafe(f"{node.name} ends"):
        return await node.process.wait()
    raise AssertionError


def sees_elsewhere(person: Person, other: Person, node: LocalNode) -> bool:
    return node.name not in person.sees_at(other)
