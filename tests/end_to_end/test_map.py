"""The map in a real Chromium: what a node sees, as it changes, for every eye, ear and hand."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from overlay.nodes.local import LocalOverlay
from tests.end_to_end.conftest import OverlayOf
from tests.end_to_end.map_reader import BUILT, map_at
from tests.end_to_end.overlays import lasting_overlay
from tests.end_to_end.people import attached
from tests.end_to_end.reader import Chromium

pytestmark = pytest.mark.skipif(not BUILT.exists(), reason="the page is not built: make page")


@pytest.fixture(scope="module")
def line() -> Iterator[LocalOverlay]:
    """Three nodes in a line, for those who only look."""
    with lasting_overlay(3, "line") as overlay:
        yield overlay


async def test_the_map_shows_nodes_links_clients_and_whose_loss_would_split_the_overlay(
    chromium: Chromium, line: LocalOverlay
) -> None:
    async with attached("alice", line.nodes[0]), attached("bob", line.nodes[0]):
        reader = await map_at(chromium, line.nodes[1].endpoint)

        await reader.sees("summary", "as n2 sees it: 3 of 3 nodes alive, 2 links, 2 clients")
        await reader.sees_links(2, "open")
        await reader.presses("Tab", "End", "PageUp")

        assert await reader.focus() == (
            "n2, alive, 0 clients, 2 links, its loss would cut off 1 node"
        )
        await reader.sees("details", "n1: open, ")
        await reader.sees("links-table", " ms")
        assert reader.complaints == []


async def test_the_map_shows_a_death_and_how_the_overlay_heals_and_nobody_moves(
    chromium: Chromium, local_overlay_of: OverlayOf
) -> None:
    overlay = await local_overlay_of(3, "line")
    reader = await map_at(chromium, overlay.nodes[0].endpoint)
    before = await reader.places()

    await overlay.kill(overlay.nodes[1])

    await reader.sees_node("n2", "dead")
    await reader.sees("changes", "n1 and n3 are linked")
    await reader.sees("troubles-table", "nobody listens there")
    assert await reader.places() == before

    await overlay.start(overlay.nodes[1])

    await reader.sees_node("n2", "alive")
    await reader.sees("changes", "n2 is alive")
    await reader.sees_links(3, "open")


async def test_the_map_says_when_its_node_is_gone_and_comes_back_with_it(
    chromium: Chromium, local_overlay_of: OverlayOf
) -> None:
    overlay = await local_overlay_of(2, "line")
    reader = await map_at(chromium, overlay.nodes[0].endpoint)

    await overlay.kill(overlay.nodes[0])
    await reader.loses_the_feed()
    await reader.sees("feed-state", "this is the last that was seen")

    await overlay.start(overlay.nodes[0])
    await reader.sees("feed-state", "live")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_no_barrier_is_found_on_the_map(
    chromium: Chromium, line: LocalOverlay, scheme: str, width: int
) -> None:
    reader = await map_at(chromium, line.nodes[0].endpoint)
    await reader.prefers(scheme="dark" if scheme == "dark" else "light", width=width)
    await reader.presses("Tab", "Home")

    assert await reader.barriers() == []
    assert await reader.overflow() == 0


async def test_every_node_is_reached_with_the_arrow_keys_and_every_table_with_tab(
    chromium: Chromium, line: LocalOverlay
) -> None:
    reader = await map_at(chromium, line.nodes[0].endpoint)

    seen = []
    await reader.presses("Tab", "Home")
    for _ in line.nodes:
        seen.append((await reader.focus()).split(",")[0])
        await reader.presses("PageDown")
    assert seen == ["n1", "n2", "n3"]

    await reader.presses("Tab", "Tab", "Enter")
    assert await reader.focus() in ("n1", "n2")
    await reader.sees("details", await reader.focus())


async def test_whoever_wants_no_motion_sees_everything_in_its_place_at_once(
    chromium: Chromium, line: LocalOverlay
) -> None:
    moved = await map_at(chromium, line.nodes[0].endpoint)
    still = await map_at(chromium, line.nodes[0].endpoint)
    await still.prefers(motion="reduce")
    await still.opens(f"http://{line.nodes[0].endpoint}/overlay-map?again")
    await still.stands_still()

    assert await still.places() == await moved.places()


async def test_the_map_asks_nobody_but_its_node(chromium: Chromium, line: LocalOverlay) -> None:
    reader = await map_at(chromium, line.nodes[0].endpoint)

    hosts = {urlsplit(url).netloc for url in reader.requested if not url.startswith("data:")}

    assert hosts == {line.nodes[0].endpoint}
    assert reader.complaints == []


@pytest.mark.parametrize("path", ["/overlay-map", "/overlay-map/events"])
def test_a_name_that_was_made_to_mean_this_machine_gets_no_map(
    line: LocalOverlay, path: str
) -> None:
    """docs/protocol.md, section 1.1."""
    host, _, port = line.nodes[0].endpoint.rpartition(":")
    with socket.create_connection((host, int(port))) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n".encode())

        assert peer.recv(4_096).startswith(b"HTTP/1.1 421 ")
