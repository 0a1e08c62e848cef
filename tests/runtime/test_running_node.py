"""One node in this process: its directory, its port, its control socket, from start to goodbye."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from overlay.config import NodeFile
from overlay.core.facts import NodeStarted, NodeStopping
from overlay.core.settings import Neighbour
from overlay.errors import ConfigError, LinkError, StoreInUse
from overlay.messages.ids import Address
from overlay.messages.links import Goodbye
from overlay.nodes.control import ask_node
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.local import fetch_status
from overlay.nodes.running import NodeFact, RunningNode, running_node
from tests.end_to_end.strangers import stranger_at
from tests.support.people import a_client

NOBODY = Address("ws://127.0.0.1:1/overlay")
FILE = NodeFile(
    name="north", network="overlay", admission="listed", listen="127.0.0.1:0", neighbours=()
)


@pytest.fixture
def directory(tmp_path: Path) -> NodeDirectory:
    north = NodeDirectory(tmp_path / "north")
    north.create(FILE)
    return north


@pytest.fixture
def facts() -> list[NodeFact]:
    return []


@pytest.fixture
async def north(directory: NodeDirectory, facts: list[NodeFact]) -> AsyncIterator[RunningNode]:
    async with running_node(directory.path, facts.append) as node:
        yield node


def no_report(_: NodeFact) -> None:
    """Nobody wants to know."""


def endpoint_of(node: RunningNode) -> str:
    return node.address.removeprefix("ws://").removesuffix("/overlay")


@asynccontextmanager
async def taken_port() -> AsyncIterator[int]:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        yield listener.socket.getsockname()[1]


# Start and end.


async def test_a_node_serves_in_a_durable_incarnation_as_soon_as_it_runs(
    north: RunningNode, directory: NodeDirectory, facts: list[NodeFact]
) -> None:
    (started,) = [fact for fact in facts if isinstance(fact, NodeStarted)]

    status = await fetch_status(endpoint_of(north))

    key = directory.read_key()
    assert (started.id, started.incarnation) == (key.id, 1)
    assert (status["id"], status["name"], status["incarnation"]) == (key.id, "north", 1)
    assert status["addresses"] == [north.address]


async def test_every_run_is_a_higher_incarnation_of_the_same_node(
    directory: NodeDirectory,
) -> None:
    seen = []
    for _ in range(3):
        async with running_node(directory.path, no_report) as node:
            status = node.snapshot()
            seen.append((status.id, status.incarnation))

    key = directory.read_key()
    assert seen == [(key.id, 1), (key.id, 2), (key.id, 3)]


async def test_nothing_is_left_of_a_node_that_has_ended(directory: NodeDirectory) -> None:
    async with running_node(directory.path, no_report) as node:
        endpoint = endpoint_of(node)

    with pytest.raises(LinkError, match="no node answers"):
        await fetch_status(endpoint)
    assert not directory.control_path.exists()


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_node_that_ends_says_goodbye_even_when_it_is_cancelled(
    directory: NodeDirectory, is_cancelled: bool
) -> None:
    """docs/protocol.md, section 10.3."""
    facts: list[NodeFact] = []
    ending = trio.Event()

    async def run(*, task_status: trio.TaskStatus[RunningNode]) -> None:
        with trio.CancelScope() as scope:
            async with running_node(directory.path, facts.append) as node:
                task_status.started(node)
                await ending.wait()
                if is_cancelled:
                    scope.cancel()

    async with trio.open_nursery() as nursery:
        node = await nursery.start(run)
        async with stranger_at(endpoint_of(node)) as stranger:
            await stranger.attaches(a_client("alice"), node.snapshot().id)
            ending.set()
            goodbye = await stranger.hears(Goodbye)
            end = await stranger.hears_the_end()

    assert goodbye == Goodbye(())
    assert end.reason == "stopping"
    assert facts.count(NodeStopping(1)) == 1


async def test_an_error_in_the_block_comes_out_once_the_node_has_ended(
    directory: NodeDirectory,
) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        async with running_node(directory.path, no_report):
            raise ValueError("not the node's fault")

    (error,) = raised.value.exceptions
    assert isinstance(error, ValueError)
    assert not directory.control_path.exists()


# What keeps it from starting.


async def test_a_taken_port_is_told_and_leaves_nothing_behind(directory: NodeDirectory) -> None:
    async with taken_port() as port:
        directory.write_file(replace(FILE, listen=f"127.0.0.1:{port}"))
        with pytest.raises(ConfigError, match="another program listens already"):
            async with running_node(directory.path, no_report):
                pass

    assert not directory.control_path.exists()
    async with running_node(directory.path, no_report) as node:
        assert node.snapshot().incarnation == 1


async def test_a_second_node_in_the_same_directory_is_refused_and_the_first_goes_on(
    north: RunningNode, directory: NodeDirectory
) -> None:
    with pytest.raises(StoreInUse, match="another process uses it"):
        async with running_node(directory.path, no_report):
            pass

    assert await ask_node(directory.control_path, command="reload") == {"ok": True}
    assert (await fetch_status(endpoint_of(north)))["name"] == "north"


async def test_a_key_that_others_can_read_is_refused(directory: NodeDirectory) -> None:
    directory.key_path.chmod(0o604)

    with pytest.raises(ConfigError, match="mode 0604"):
        async with running_node(directory.path, no_report):
            pass

    assert not directory.database_path.exists()


async def test_a_directory_whose_control_socket_has_too_long_a_path_is_refused(
    tmp_path: Path,
) -> None:
    directory = NodeDirectory(tmp_path / ("long" * 30))
    directory.create(FILE)

    with pytest.raises(ConfigError, match="a path of at most 107 bytes"):
        async with running_node(directory.path, no_report):
            pass


async def test_a_port_that_cannot_be_is_refused_by_its_place_in_the_file(
    directory: NodeDirectory,
) -> None:
    directory.write_file(replace(FILE, listen="127.0.0.1:65536"))

    with pytest.raises(ConfigError, match=r"neighbours\.json: listen: found 127\.0\.0\.1:65536"):
        async with running_node(directory.path, no_report):
            pass


# The control socket.


async def test_a_control_socket_that_a_killed_node_left_is_replaced(
    directory: NodeDirectory,
) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(directory.control_path))

    async with running_node(directory.path, no_report):
        answer = await ask_node(directory.control_path, command="status")

    assert answer["ok"] is True


async def test_a_control_socket_that_somebody_serves_is_left_to_them(
    directory: NodeDirectory,
) -> None:
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(directory.control_path))
        served.listen()
        with pytest.raises(ConfigError, match="one node for a directory"):
            async with running_node(directory.path, no_report):
                pass

        assert directory.control_path.exists()


async def test_only_its_owner_reaches_the_control_socket(
    north: RunningNode, directory: NodeDirectory
) -> None:
    assert directory.control_path.stat().st_mode & 0o777 == 0o600


async def test_status_through_the_control_socket_is_that_of_the_port(
    north: RunningNode, directory: NodeDirectory
) -> None:
    answer = await ask_node(directory.control_path, command="status")

    assert answer == {"ok": True, "status": await fetch_status(endpoint_of(north))}


async def test_stop_asks_whoever_runs_the_node_to_end_it(
    north: RunningNode, directory: NodeDirectory
) -> None:
    before = north.stopped.is_set()

    answer = await ask_node(directory.control_path, command="stop")

    assert (before, answer, north.stopped.is_set()) == (False, {"ok": True}, True)


REQUESTS: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"hello", "a request is one line of JSON"),
    "JSON without end": (b"[" * 60_000, "a request is one line of JSON"),
    "a number": (b"7", "unknown command"),
    "an unknown command": (b'{"command": "dance"}', "unknown command"),
    "accept-key without an address": (b'{"command": "accept-key"}', "unknown command"),
    "accept-key for a stranger": (
        json.dumps({"command": "accept-key", "address": NOBODY}).encode(),
        f"{NOBODY} is not in the neighbours file",
    ),
}


@pytest.mark.parametrize("what", REQUESTS)
async def test_a_request_that_means_nothing_is_declined_and_the_next_is_heard(
    north: RunningNode, directory: NodeDirectory, what: str
) -> None:
    request, detail = REQUESTS[what]

    async with await trio.open_unix_socket(str(directory.control_path)) as stream:
        await stream.send_all(request + b'\n{"command": "reload"}\n')
        answers = await read_lines(stream, 2)

    assert answers == [{"ok": False, "detail": detail}, {"ok": True}]


async def test_a_request_without_end_ends_the_connection(
    north: RunningNode, directory: NodeDirectory
) -> None:
    async with await trio.open_unix_socket(str(directory.control_path)) as stream:
        with pytest.raises(trio.BrokenResourceError):
            await stream.send_all(b"x" * 10_000_000)

    assert await ask_node(directory.control_path, command="reload") == {"ok": True}


async def test_where_no_node_runs_there_is_nobody_to_ask(directory: NodeDirectory) -> None:
    with pytest.raises(LinkError, match="no node runs in this directory"):
        await ask_node(directory.control_path, command="status")


async def read_lines(stream: trio.SocketStream, count: int) -> list[dict[str, object]]:
    received = b""
    while received.count(b"\n") < count:
        received += await stream.receive_some()
    return [json.loads(line) for line in received.splitlines()]


# Reading the neighbours file again.


async def test_a_reload_follows_the_neighbours_file(
    north: RunningNode, directory: NodeDirectory
) -> None:
    directory.write_file(replace(FILE, neighbours=(Neighbour(address=NOBODY, id=None),)))

    north.reload()

    answer = await ask_node(directory.control_path, command="status")
    status = answer["status"]
    assert isinstance(status, dict)
    assert [entry["address"] for entry in status["neighbours"]] == [NOBODY]


async def test_a_broken_file_is_told_at_a_reload_and_changes_nothing(
    north: RunningNode, directory: NodeDirectory
) -> None:
    directory.file_path.write_text('{"name": "north"}')

    with pytest.raises(ConfigError, match="listen: found nothing"):
        north.reload()
    answer = await ask_node(directory.control_path, command="reload")

    assert answer["ok"] is False
    assert "listen: found nothing" in str(answer["detail"])
    assert (await fetch_status(endpoint_of(north)))["name"] == "north"
