"""`overlay node init`: what it makes, and what it says of what cannot be made."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.commands import command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import free_port, made_node, short_directory

FAILED, USAGE = 1, 2


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


async def test_init_makes_a_node_that_runs_and_prints_its_id(place: Path) -> None:
    port = free_port()

    made = await command(
        "node", "init", place / "n", "--name", "n", "--listen", f"127.0.0.1:{port}"
    )
    async with running("node", "run", place / "n") as node:
        started = json.loads(await node.says("address"))
        shown = await command("status", f"127.0.0.1:{port}", "--json")
        stopped = await command("node", "stop", place / "n")
        code = await node.ends()

    assert (made.code, len(made.out)) == (0, 44)
    assert f"overlay node run {place / 'n'}" in made.err
    assert started == {"address": f"ws://127.0.0.1:{port}/overlay", "name": "n"}
    assert json.loads(shown.out)["id"] == made.out.strip()
    assert (stopped.code, stopped.out, stopped.err) == (0, "", "")
    assert code == 0


def test_init_makes_no_node_where_there_is_one(command_here: CommandHere, place: Path) -> None:
    north = made_node(place, "north")
    key = north.directory.key_path.read_text()

    again = command_here(
        "node", "init", north.directory.path, "--name", "n", "--listen", "127.0.0.1:0"
    )

    assert again.code == FAILED
    assert again.error == (
        f"{north.directory.path}: found a node already; expected an empty or a new directory"
    )
    assert north.directory.key_path.read_text() == key


async def test_init_says_how_many_further_links_the_node_keeps(place: Path) -> None:
    for name, arguments, expected in (("plain", (), 2), ("none", ("--extra-links", 0), 0)):
        at = ("--name", name, "--listen", "127.0.0.1:0")
        made = await command("node", "init", place / name, *at, *arguments)

        assert made.code == 0
        assert json.loads((place / name / "neighbours.json").read_text())["extra_links"] == expected


async def test_init_takes_a_file_of_the_older_form_as_it_is(place: Path) -> None:
    source = place / "setup.json"
    port = free_port()
    older = {"server_name": "s7", "admin": "me", "mailing_address": {"s7": f"127.0.0.1:{port}"}}
    source.write_text(json.dumps(older))

    made = await command("node", "init", place / "s7", "--file", source)
    async with running("node", "run", place / "s7") as node:
        ignored = await node.says("ignored", where="err")
        started = json.loads(await node.says("address"))

    assert made.code == 0
    assert ignored == f"{place / 's7'}: ignored admin"
    assert started == {"address": f"ws://127.0.0.1:{port}/overlay", "name": "s7"}


WRONG_INITS: dict[str, tuple[list[str], int, str]] = {
    "no name": (["--listen", "127.0.0.1:0"], USAGE, "a node needs --name and --listen"),
    "no port": (
        ["--name", "n", "--listen", "north"],
        USAGE,
        '--listen: found "north"; expected HOST:PORT, such as 127.0.0.1:7700',
    ),
    "a neighbour without a port": (
        ["--name", "n", "--listen", "127.0.0.1:0", "--neighbour", "south"],
        USAGE,
        "--neighbour: 'south' must name a host and a port: HOST:PORT, such as 127.0.0.1:7701",
    ),
    "a neighbour at a port that cannot be": (
        ["--name", "n", "--listen", "127.0.0.1:0", "--neighbour", "wss://a.org:0/overlay"],
        USAGE,
        "--neighbour: 'wss://a.org:0/overlay' must name a port from 1 to 65535",
    ),
    "an address without a port": (
        ["--name", "n", "--listen", "0.0.0.0:7800", "--address", "chat.example.org"],
        USAGE,
        "--address: 'chat.example.org' must name a host and a port",
    ),
    "an address for this machine alone": (
        ["--name", "n", "--listen", "0.0.0.0:7800", "--address", "127.0.0.1:7800"],
        USAGE,
        "--address: found 127.0.0.1:7800, which only this machine reaches,"
        " where --listen is 0.0.0.0:7800; expected where others reach this node",
    ),
    "every address of this machine": (
        ["--name", "n", "--listen", "0.0.0.0:7800"],
        USAGE,
        "--address: found nothing, where listen is 0.0.0.0:7800: every address of this machine;"
        " expected where others reach this node, such as wss://chat.example.org:7700/overlay",
    ),
    "a port that cannot be": (
        ["--name", "n", "--listen", "127.0.0.1:80000"],
        USAGE,
        "--listen: found 127.0.0.1:80000; expected a port from 0 to 65535",
    ),
    "itself as its neighbour": (
        ["--name", "n", "--listen", "127.0.0.1:7800", "--neighbour", "127.0.0.1:7800"],
        USAGE,
        "--neighbour: found ws://127.0.0.1:7800/overlay, where this node is itself;"
        " expected other nodes: a node is not its own neighbour",
    ),
    "a network with capitals": (
        ["--name", "n", "--listen", "127.0.0.1:0", "--network", "Bad Net"],
        USAGE,
        '--network: found "Bad Net"; expected up to 32 of a-z, 0-9, _ and -',
    ),
    "no such file": (
        ["--file", "/nowhere/nodes.json"],
        FAILED,
        "/nowhere/nodes.json: found no such file;"
        " expected a neighbours file; or say --name and --listen instead",
    ),
    "a directory": (["--file", "/"], FAILED, "/: found a directory; expected a neighbours file"),
}


@pytest.mark.parametrize("what", WRONG_INITS)
def test_init_says_what_is_wrong_and_leaves_nothing(
    command_here: CommandHere, place: Path, what: str
) -> None:
    options, code, words = WRONG_INITS[what]

    ended = command_here("node", "init", place / "n", *options)

    assert (ended.code, ended.out) == (code, "")
    assert words in ended.error
    assert not (place / "n").exists()


def test_init_says_what_it_takes_to_run_without_tls(command_here: CommandHere, place: Path) -> None:
    at = ("--listen", "192.0.2.1:7700", "--address", "ws://192.0.2.1:7700/overlay")

    made = command_here("node", "init", place / "n", "--name", "n", *at)

    assert made.code == 0
    assert f"overlay node run {place / 'n'} --insecure\n" in made.err


def test_init_names_the_file_that_no_node_could_run_by(
    command_here: CommandHere, place: Path
) -> None:
    source = place / "source.json"
    source.write_text('{"name": "n", "listen": "127.0.0.1:80000"}')

    ended = command_here("node", "init", place / "n", "--file", source)

    assert (ended.code, ended.out) == (FAILED, "")
    assert ended.error.startswith(f"{source}: listen: found 127.0.0.1:80000")
    assert not (place / "n").exists()
