"""A node that starts again: itself, in a later life, deaf to what was said in an earlier one."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from overlay.core.settings import Neighbour
from overlay.nodes.local import LocalNode, LocalOverlay, fetch_status
from overlay.sdk import Identity
from tests.end_to_end.conftest import OverlayOf
from tests.end_to_end.overlays import made_node, short_directory
from tests.end_to_end.people import assert_undisturbed, attached, everybody_attached
from tests.end_to_end.strangers import connection_to, read_to_the_end
from tests.end_to_end.waiting import failsafe
from tests.end_to_end.wiretap import Wiretap, frames_in, signed_in, wiretap_at


async def test_a_node_that_starts_again_is_the_same_in_a_higher_incarnation(
    local_overlay_of: OverlayOf,
) -> None:
    overlay = await local_overlay_of(3, "ring")
    north, west, _ = overlay.nodes
    before = await fetch_status(north.endpoint)

    await start_again(overlay, north)

    after = await fetch_status(north.endpoint)
    assert after["id"] == before["id"] == north.id
    assert (before["incarnation"], after["incarnation"]) == (1, 2)
    async with everybody_attached(("alice", north), ("bob", west)) as people:
        await assert_undisturbed(people)


async def test_clients_come_back_to_the_only_node_that_they_know_and_nothing_is_lost(
    local_overlay_of: OverlayOf,
) -> None:
    overlay = await local_overlay_of(1, "line")
    (north,) = overlay.nodes

    async with everybody_attached(("alice", north), ("bob", north)) as (alice, bob):
        await overlay.kill(north)
        handle = await alice.sends(bob, "into the dark")
        await overlay.start(north)
        with failsafe("it is delivered"):
            await handle.delivered()
        await bob.hears("into the dark")
        await bob.tells(alice, "loud and clear")

        assert (alice.texts, bob.texts) == (["loud and clear"], ["into the dark"])


async def test_a_recorded_link_played_again_to_a_restarted_node_is_worth_nothing() -> None:
    """The challenge of every handshake is fresh. docs/protocol.md, section 2.2."""
    async with tapped_pair() as (overlay, tap):
        north, south = overlay.nodes
        async with everybody_attached(("alice", north), ("bob", south)) as people:
            await assert_undisturbed(people)
        recorded = bytes(tap.connections[-1].from_dialler)

        await start_again(overlay, north)
        async with connection_to(north.endpoint) as stream:
            await stream.send_all(recorded)
            answer = await read_to_the_end(stream)

        assert answer.startswith(b"HTTP/1.1 101")
        assert answer.endswith(b"wrong_proof")
        async with everybody_attached(("alice", north), ("bob", south)) as people:
            await assert_undisturbed(people)


async def test_nobody_uses_a_counter_or_version_twice_across_restarts(tmp_path: Path) -> None:
    """As somebody on the wire sees it. docs/protocol.md, sections 2.5 and 7.2."""
    async with tapped_pair() as (overlay, tap):
        north, south = overlay.nodes
        with Identity.open_or_create("alice", tmp_path) as identity:
            client = identity.client
        async with attached("bob", south) as bob:
            for run in range(2):
                identity = Identity.open_or_create("alice", tmp_path)
                async with attached("alice", north, identity=identity) as alice:
                    await alice.tells(bob, f"run {run}")
                await start_again(overlay, north)

    said = numbered_texts(tap)
    assert {life for signer, life, *_ in said if signer == north.id} == {1, 2, 3}
    assert {life for signer, life, *_ in said if signer == client} == {1, 2}
    assert [number for number, texts in said.items() if len(texts) > 1] == []


def numbered_texts(tap: Wiretap) -> dict[tuple[object, ...], set[str]]:
    """What the listener passed on, by what may be used once: signer, incarnation, number."""
    texts: dict[tuple[object, ...], set[str]] = {}
    for tapped in tap.connections:
        for frame in frames_in(bytes(tapped.from_listener)):
            for text in signed_in(frame):
                for name in {"counter", "version"} & set(text):
                    number = (text["signer"], text.get("incarnation"), name, text[name])
                    texts.setdefault(number, set()).add(json.dumps(text))
    return texts


async def start_again(overlay: LocalOverlay, node: LocalNode) -> None:
    """Kill a node and start it; returns when everybody sees everybody alive."""
    await overlay.kill(node)
    await overlay.start(node)
    with failsafe("the nodes see each other again"):
        await overlay.wait_converged()


@asynccontextmanager
async def tapped_pair() -> AsyncIterator[tuple[LocalOverlay, Wiretap]]:
    """Two nodes; the second dials the first through somebody who keeps every byte."""
    with short_directory() as directory:
        north = made_node(directory, "north")
        async with wiretap_at(int(north.endpoint.rpartition(":")[2])) as tap:
            south = made_node(directory, "south", [Neighbour(address=tap.address, id=north.id)])
            file = north.directory.read_file()
            named = (Neighbour(address=None, id=south.id),)
            north.directory.write_file(replace(file, neighbours=named))
            overlay = LocalOverlay([north, south])
            try:
                for node in overlay.nodes:
                    await overlay.start(node)
                with failsafe("two nodes see each other"):
                    await overlay.wait_converged()
                yield overlay, tap
            finally:
                await overlay.stop_all()
