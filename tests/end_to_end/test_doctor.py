"""`overlay doctor` and `overlay node check`, as an operator reads them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from overlay.core.settings import Neighbour
from overlay.messages.ids import Address
from overlay.nodes.local import LocalNode, local_overlay
from tests.end_to_end.commands import command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import free_port, made_node, short_directory

FAILED, USAGE, REFUSED, UNREACHABLE = 1, 2, 3, 4


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


async def test_doctor_finds_a_neighbour_well(place: Path) -> None:
    async with local_overlay(2, "line", place) as overlay:
        await overlay.wait_converged()
        north, south = overlay.nodes
        told = await command("doctor", south.endpoint, "--as", north.directory.path)
        in_json = await command("doctor", south.endpoint, "--json")

    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[-1] == "ok      member     our node has a link with it"
    steps = [json.loads(line) for line in in_json.out.splitlines()]
    assert {"step": "TCP", "outcome": "ok"}.items() <= steps[1].items()


async def test_doctor_says_of_a_stranger_what_to_write(place: Path) -> None:
    stranger = made_node(place, "stranger")
    async with local_overlay(1, "line", place) as overlay:
        told = await command("doctor", overlay.nodes[0].endpoint, "--as", stranger.directory.path)

    assert told.code == REFUSED
    assert "FAILED  key        our file does not name it" in told.out
    assert f'"id": "{overlay.nodes[0].id}"' in told.out


def test_doctor_ends_as_for_any_node_that_is_out_of_reach(command_here: CommandHere) -> None:
    nowhere = command_here("doctor", f"127.0.0.1:{free_port()}")
    nonsense = command_here("doctor", "north")

    assert nowhere.code == UNREACHABLE
    assert "FAILED  TCP        nothing listens at" in nowhere.out
    assert (nonsense.code, nonsense.out) == (USAGE, "")


NEVER_DIALLED = {
    "wss://127.0.0.1:0/overlay": "must name a port from 1 to 65535",
    "wss://127.0.0.1:99999/overlay": "must name a port from 1 to 65535",
    "wss://a..b:7700/overlay": "must name a host and a port",
    "ws://192.0.2.1:7700/overlay": "goes without TLS to another machine",
}


def test_check_warns_of_neighbours_that_are_never_dialled(
    command_here: CommandHere, place: Path
) -> None:
    north = made_node(place, "north")
    names(north, *NEVER_DIALLED)

    told = command_here("node", "check", north.directory.path)
    in_lab = command_here("node", "check", north.directory.path, "--insecure")

    warnings = [line for line in told.out.splitlines() if line.startswith("warning  neighbour ")]
    assert (told.code, len(warnings), in_lab.out.count("it is never dialled")) == (0, 4, 3)
    for number, (address, words) in enumerate(NEVER_DIALLED.items()):
        where = f"{north.directory.file_path}: neighbours[{number}].address: '{address}' "
        assert f"it is never dialled: {where}{words}" in warnings[number]


async def test_a_node_says_why_it_does_not_dial_a_neighbour(place: Path) -> None:
    north = made_node(place, "north")
    names(north, *NEVER_DIALLED)

    async with running("node", "run", north.directory.path) as node:
        told = [await node.says("neighbour_unreachable", where="err") for _ in NEVER_DIALLED]

    assert len([line for line in told if "its host or port cannot be" in line]) == 3
    assert len([line for line in told if "it goes without TLS to another machine" in line]) == 1


def names(node: LocalNode, *addresses: str) -> None:
    """Have the file of a node name these neighbours."""
    entries = tuple(Neighbour(address=Address(each), id=None) for each in addresses)
    node.directory.write_file(replace(node.directory.read_file(), neighbours=entries))


def test_check_shows_what_a_start_depends_on(command_here: CommandHere, place: Path) -> None:
    north = made_node(place, "north")

    fine = command_here("node", "check", north.directory.path)
    north.directory.key_path.unlink()
    wrong = command_here("node", "check", north.directory.path)

    assert fine.code == 0
    assert f"ok       key              {north.id}\n" in fine.out
    assert wrong.code == FAILED
    assert "WRONG    key " in wrong.out
