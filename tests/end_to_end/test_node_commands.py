"""`overlay node` and `overlay status`: what goes wrong is said in one line that helps."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import trio

from overlay.nodes.local import LocalNode, LocalOverlay, fetch_status, local_overlay
from tests.end_to_end.commands import Ended, command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import (
    lasting_overlay,
    made_node,
    short_directory,
)
from tests.end_to_end.strangers import stranger_at
from tests.end_to_end.waiting import failsafe

FAILED, USAGE, REFUSED, UNREACHABLE = 1, 2, 3, 4


@pytest.fixture(scope="module")
def overlay() -> Iterator[LocalOverlay]:
    with lasting_overlay(2, "line") as overlay:
        yield overlay


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


@pytest.fixture
def north(place: Path) -> LocalNode:
    """A node that does not run."""
    return made_node(place, "north")


# run


async def test_run_names_a_taken_port_and_how_to_find_its_holder(
    overlay: LocalOverlay, place: Path
) -> None:
    holder = overlay.nodes[0]
    port = int(holder.endpoint.rpartition(":")[2])
    late = made_node(place, "late", port=port)

    ended = await command("node", "run", late.directory.path)

    assert ended.code == FAILED
    assert ended.error == (
        f"listen address: found {holder.endpoint}, where another program listens already;"
        f" expected a free port: pick another, or find the holder of this one with"
        f" `ss -ltnp sport = :{port}`"
    )


def test_run_names_a_key_that_others_can_read_and_how_to_mend_it(
    command_here: CommandHere, north: LocalNode
) -> None:
    north.directory.key_path.chmod(0o644)

    ended = command_here("node", "run", north.directory.path)

    assert ended.code == USAGE
    assert "mode 0644" in ended.error
    assert f"`chmod 600 {north.directory.key_path}`" in ended.error


def test_run_names_a_key_file_with_bytes_in_it(command_here: CommandHere, north: LocalNode) -> None:
    north.directory.key_path.write_bytes(b"\x81" * 43)

    ended = command_here("node", "run", north.directory.path)

    assert ended.code == USAGE
    assert ended.error == (
        f"{north.directory.key_path}: found something that is no key;"
        " expected 43 characters of base64url, from a backup of this very node"
    )


BROKEN_FILES: dict[str, tuple[str | None, str]] = {
    "missing": (None, "neighbours.json: found no such file; expected the neighbours file"),
    "not JSON": ('{\n  "name": north\n}', "neighbours.json, line 2, column 11: found"),
    "without a name": ('{"listen": "127.0.0.1:0"}', "neighbours.json: name: found nothing"),
    "with an unknown key": (
        '{"name": "north", "listen": "127.0.0.1:0", "colour": "red"}',
        "neighbours.json: colour: found an unknown key",
    ),
    "with a neighbour whose key is anybody's": (
        json.dumps({"name": "north", "listen": "127.0.0.1:0", "neighbours": [{"id": "A" * 43}]}),
        f'neighbours[0].id: found "{"A" * 43}", under which anybody could sign',
    ),
    "beyond this machine": (
        '{"name": "north", "listen": "10.0.0.1:7000", "address": "ws://10.0.0.1:7000/overlay"}',
        "beyond this machine links go over TLS",
    ),
}


@pytest.mark.parametrize("what", BROKEN_FILES)
def test_run_names_the_place_in_a_broken_neighbours_file(
    command_here: CommandHere, north: LocalNode, what: str
) -> None:
    content, words = BROKEN_FILES[what]
    north.directory.file_path.unlink()
    if content is not None:
        north.directory.file_path.write_text(content)

    ended = command_here("node", "run", north.directory.path)

    assert (ended.code, ended.out) == (USAGE, "")
    assert words in ended.error


def test_run_names_a_database_that_is_broken(command_here: CommandHere, north: LocalNode) -> None:
    north.directory.database_path.write_bytes(b"no database " * 1_000)
    north.directory.database_path.chmod(0o600)

    ended = command_here("node", "run", north.directory.path)

    assert ended.code == FAILED
    assert str(north.directory.database_path) in ended.error


async def test_one_directory_runs_one_node_at_a_time(overlay: LocalOverlay) -> None:
    north = overlay.nodes[0]

    second = await command("node", "run", north.directory.path)

    assert second.code == REFUSED
    assert second.error == (
        f"{north.directory.database_path}: another process uses it;"
        " stop that process, or use another directory"
    )
    assert (await command("status", north.endpoint)).code == 0


# Speaking to a running node.


@pytest.mark.parametrize(
    "words", [("reload",), ("stop",), ("accept-key", "127.0.0.1:7000"), ("keep-apart", "somebody")]
)
def test_commands_to_a_node_that_does_not_run_find_it_unreachable(
    command_here: CommandHere, north: LocalNode, words: tuple[str, ...]
) -> None:
    name, *arguments = words

    ended = command_here("node", name, north.directory.path, *arguments)

    assert ended.code == UNREACHABLE
    assert ended.error == (
        f"{north.directory.control_path}: no node runs in this directory; start it first"
    )


async def test_accept_key_refuses_what_the_neighbours_file_does_not_name(
    overlay: LocalOverlay,
) -> None:
    north = overlay.nodes[0]

    ended = await command("node", "accept-key", north.directory.path, "127.0.0.1:1")

    assert ended.code == REFUSED
    assert "ws://127.0.0.1:1/overlay is not in the neighbours file" in ended.error


async def test_what_is_no_setting_is_told_in_json_too(overlay: LocalOverlay) -> None:
    second = await command("node", "run", overlay.nodes[0].directory.path, "--json")

    told = json.loads(second.err)
    assert (second.code, told["event"]) == (REFUSED, "node_failed")
    assert "another process uses it" in told["detail"]


async def test_a_node_goes_on_when_nobody_reads_its_log_any_more(north: LocalNode) -> None:
    async with running("node", "run", north.directory.path) as node:
        await node.says("address")
        await node.stops_reading()
        for _ in range(3):
            async with stranger_at(north.endpoint) as stranger:
                await stranger.says_raw("[nonsense")
                await stranger.hears_the_end()

        assert (await fetch_status(north.endpoint))["name"] == "north"


# status


async def test_status_shows_members_and_neighbours(overlay: LocalOverlay) -> None:
    north, south = overlay.nodes

    shown = await command("status", north.endpoint)

    assert (shown.code, shown.err) == (0, "")
    assert f"id {north.id}" in shown.out
    assert f"{south.address} │ linked" in shown.out
    assert "No single node's loss would split the overlay" in shown.out


async def test_status_asks_the_node_of_a_directory(place: Path) -> None:
    async with local_overlay(1, "line", place) as overlay:
        shown = await command("status", overlay.nodes[0].directory.path, "--json")
    gone = await command("status", overlay.nodes[0].directory.path)

    assert json.loads(shown.out)["id"] == overlay.nodes[0].id
    assert (gone.code, gone.out) == (UNREACHABLE, "")
    assert "no node runs in this directory; start it first" in gone.error


async def test_status_names_whose_loss_would_split_the_overlay(place: Path) -> None:
    async with local_overlay(4, "line", place) as overlay:
        with failsafe("they see each other"):
            await overlay.wait_converged()
        shown = await command("status", overlay.nodes[0].endpoint)
        in_json = await command("status", overlay.nodes[0].endpoint, "--json")

    assert "2 nodes hold the overlay together alone" in shown.out
    assert json.loads(in_json.out)["bridges"] == [
        {"id": node.id, "name": node.name, "cut_off": 1} for node in overlay.nodes[1:3]
    ]


WRONG_STATUSES = {
    "nobody there": ("127.0.0.1:1", UNREACHABLE, "no node answers"),
    "no port": ("127.0.0.1", USAGE, "'127.0.0.1' must name a host and a port: HOST:PORT"),
    "another machine": ("ws://10.0.0.1:7000/overlay", USAGE, "goes without TLS"),
}


@pytest.mark.parametrize("what", WRONG_STATUSES)
def test_status_says_why_there_is_none(command_here: CommandHere, what: str) -> None:
    address, code, words = WRONG_STATUSES[what]

    ended = command_here("status", address)

    assert (ended.code, ended.out) == (code, "")
    assert words in ended.error


OTHER_PROGRAMS = {
    "no HTTP": b"SSH-2.0-other\r\n",
    "another status": b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"ok": true}',
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "less than it says": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
    "nothing": b"",
}


async def status_where(says: bytes) -> tuple[str, Ended]:
    """Ask for the status of what answers this to anything; returns where that was, too."""

    async def answer(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(says)

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, answer, 0, host="127.0.0.1"))
        address = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        ended = await command("status", address)
        nursery.cancel_scope.cancel()
    return address, ended


async def test_status_says_where_to_ask_a_node_that_shows_it_to_nobody_from_here() -> None:
    where, ended = await status_where(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    assert (ended.code, ended.out) == (UNREACHABLE, "")
    assert ended.error == (
        f"{where}: a node shows its status on its own machine only: there, `overlay status DIR`"
    )


@pytest.mark.parametrize("what", OTHER_PROGRAMS)
async def test_status_tells_another_program_from_a_node(what: str) -> None:
    address, ended = await status_where(OTHER_PROGRAMS[what])

    assert (ended.code, ended.out) == (UNREACHABLE, "")
    assert ended.error.startswith(f"{address}: what listens there is no overlay node")


def test_status_asks_the_node_itself_whatever_proxy_there_is(
    command_here: CommandHere, monkeypatch: pytest.MonkeyPatch, overlay: LocalOverlay
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    ended = command_here("status", overlay.nodes[0].endpoint, "--json")

    assert ended.code == 0
    assert json.loads(ended.out)["id"] == overlay.nodes[0].id


async def test_status_shows_a_name_as_it_is_and_never_obeys_it(north: LocalNode) -> None:
    """Names come from other operators: this one holds markup, and what steers terminals."""
    file = replace(north.directory.read_file(), name="[/red]\x9b2J")
    north.directory.write_file(file)

    async with running("node", "run", north.directory.path) as node:
        await node.says("address")
        shown = await command("status", north.endpoint)

    assert shown.code == 0
    assert "[/red]\N{REPLACEMENT CHARACTER}2J in overlay" in shown.out
