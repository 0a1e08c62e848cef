"""A neighbour that was set up anew is refused until the operator accepts its new key."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from overlay.config import address_of
from overlay.core.settings import Neighbour
from overlay.nodes.local import LocalNode, LocalOverlay
from tests.end_to_end.commands import command
from tests.end_to_end.overlays import free_port, made_node, neighbours_of, short_directory
from tests.end_to_end.people import assert_undisturbed, everybody_attached
from tests.end_to_end.waiting import failsafe, wait_until


async def test_a_changed_key_is_refused_and_shown_with_the_command_that_accepts_it() -> None:
    """docs/operators.md, "A neighbour's key has changed"."""
    async with linked_by_address() as overlay:
        north, south = overlay.nodes
        await set_up_anew(overlay, south)
        neighbour = await shown_as_unreachable(north, "changed_key")
        await shown_as_unreachable(overlay.nodes[1])
        advice = f"to accept it: overlay node accept-key DIR {south.address}"

        accepted = await command("node", "accept-key", north.directory.path, south.address)
        with failsafe("they see each other alive"):
            await overlay.wait_converged()

        assert str(neighbour["detail"]).endswith(advice)
        assert (accepted.code, accepted.out) == (0, "")
        new_south = overlay.nodes[1]
        assert [entry["id"] for entry in await neighbours_of(north)] == [new_south.id]
        assert new_south.id != south.id
        async with everybody_attached(("alice", north), ("bob", new_south)) as people:
            await assert_undisturbed(people)


@asynccontextmanager
async def linked_by_address() -> AsyncIterator[LocalOverlay]:
    """Two nodes whose files name each other's address alone, so that keys are pinned."""
    with short_directory() as directory:
        ports = (free_port(), free_port())
        nodes = [
            made_at(directory, name, port, other)
            for name, port, other in zip(("north", "south"), ports, reversed(ports), strict=True)
        ]
        overlay = LocalOverlay(nodes)
        try:
            for node in nodes:
                await overlay.start(node)
            with failsafe("they see each other alive"):
                await overlay.wait_converged()
            yield overlay
        finally:
            await overlay.stop_all()


def made_at(directory: Path, name: str, port: int, neighbour_port: int) -> LocalNode:
    named = Neighbour(address=address_of(f"127.0.0.1:{neighbour_port}"), id=None)
    return made_node(directory, name, [named], port)


async def set_up_anew(overlay: LocalOverlay, node: LocalNode) -> None:
    """Stop a node, remove its directory, make another one in its place, with the same file."""
    await overlay.stop(node)
    file = node.directory.read_file()
    shutil.rmtree(node.directory.path)
    port = int(node.endpoint.rpartition(":")[2])
    place = node.directory.path
    made = made_node(place.parent, place.name, file.neighbours, port)
    overlay.nodes[overlay.nodes.index(node)] = made
    await overlay.start(made)


async def shown_as_unreachable(node: LocalNode, why: str = "") -> dict[str, object]:
    """How a node shows its neighbour between two dials: while it dials it says so."""
    seen: list[dict[str, object]] = []

    async def is_shown() -> bool:
        seen[:] = await neighbours_of(node)
        return all(
            entry["state"] == "unreachable" and why in str(entry["detail"]) for entry in seen
        )

    await wait_until(f"{node.name} shows its neighbour as unreachable", is_shown)
    (neighbour,) = seen
    return neighbour
