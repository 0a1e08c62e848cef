"""Following the map of a node, as the map of a demo does."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
import trio

from overlay.errors import LinkError
from overlay.nodes.watching import follow_map
from tests.support.running import a_node, two_nodes


def endpoint_of(address: str) -> str:
    return address.removeprefix("ws://").removesuffix("/overlay")


async def test_what_a_node_sees_comes_at_once_and_when_it_has_changed(tmp_path: Path) -> None:
    async with (
        two_nodes(tmp_path) as (north, _, stop),
        aclosing(follow_map(endpoint_of(north.address))) as pictures,
    ):
        async for picture in pictures:
            if [link.state for link in picture.links] == ["open"]:
                break
        assert [node.state for node in picture.nodes] == ["alive", "alive"]
        assert picture.links[0].is_ours
        stop.set()
        async for picture in pictures:
            if [node.state for node in picture.nodes] == ["alive", "dead"]:
                break


async def test_a_node_that_ends_is_told_from_one_that_changes_nothing(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north:
        pictures = follow_map(endpoint_of(north.address))
        assert (await anext(pictures)).name == "north"

    with pytest.raises(LinkError):
        async for _ in pictures:
            pass


@asynccontextmanager
async def a_program_that_says(words: bytes) -> AsyncIterator[str]:
    async def say(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(words)
        await stream.aclose()

    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, say, [listener])
        yield f"127.0.0.1:{listener.socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    "words",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\ndata: {}\n\n",
        b"HTTP/1.1 200 OK\r\n\r\ndata: [1]\n\n",
        b"HTTP/1.1 200 OK\r\n\r\ndata: nonsense\n\n",
        b"HTTP/1.1 200 OK\r\n\r\nevent: quiet\ndata:\n\n",
        b"",
    ],
)
async def test_another_program_is_told_from_a_node(words: bytes) -> None:
    async with a_program_that_says(words) as endpoint:
        with pytest.raises(LinkError, match=endpoint):
            async for _ in follow_map(endpoint):
                pass


async def test_nobody_there_is_told_as_such() -> None:
    with pytest.raises(LinkError, match="no map"):
        await anext(follow_map("127.0.0.1:1"))
