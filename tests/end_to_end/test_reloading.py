"""A node that runs and reads its files again, for `overlay node reload` and for SIGHUP."""

import json
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from overlay.config import address_of
from overlay.core.settings import Neighbour
from overlay.nodes.local import LocalNode
from tests.end_to_end.commands import command, running
from tests.end_to_end.overlays import made_node, neighbours_of, short_directory
from tests.end_to_end.waiting import wait_until

USAGE, REFUSED = 2, 3


@pytest.fixture
def north() -> Iterator[LocalNode]:
    """A node that does not run."""
    with short_directory() as place:
        yield made_node(place, "north")


async def test_reload_follows_the_file_and_a_broken_one_changes_nothing(north: LocalNode) -> None:
    async with running("node", "run", north.directory.path) as node:
        await node.says("address")
        north.directory.file_path.write_text('{"name": 7}')
        broken = await command("node", "reload", north.directory.path)
        unchanged = await command("status", north.endpoint, "--json")
        made = {"name": "north", "listen": north.endpoint}
        entry = {"address": "ws://127.0.0.1:1/overlay"}
        north.directory.file_path.write_text(json.dumps(made | {"neighbours": [entry]}))
        mended = await command("node", "reload", north.directory.path)
        changed = await command("status", north.endpoint, "--json")

    assert (broken.code, mended.code) == (REFUSED, 0)
    assert "neighbours.json: name: found 7" in broken.error
    assert json.loads(unchanged.out)["neighbours"] == []
    (neighbour,) = json.loads(changed.out)["neighbours"]
    assert neighbour["address"] == "ws://127.0.0.1:1/overlay"


async def test_a_hangup_has_the_node_read_its_file_again(north: LocalNode) -> None:
    entry = Neighbour(address=address_of("127.0.0.1:1"), id=None)
    file = replace(north.directory.read_file(), neighbours=(entry,))

    async def has_neighbour() -> bool:
        neighbours = await neighbours_of(north)
        return [shown["address"] for shown in neighbours] == [entry.address]

    async with running("node", "run", north.directory.path) as node:
        await node.says("address")
        north.directory.file_path.write_text("{")
        node.process.send_signal(signal.SIGHUP)
        await node.says("The old neighbours file stays in force", "line 1", where="err")
        north.directory.write_file(file)
        node.process.send_signal(signal.SIGHUP)
        await wait_until("the node follows its file", has_neighbour)


READ_AT_THE_START = {
    "name": "other",
    "listen": "127.0.0.1:1",
    "address": "ws://127.0.0.1:1/overlay",
    "network": "other",
    "admission": "open",
    "extra_links": 5,
    "public_metrics": True,
}


async def test_a_reload_names_what_is_read_at_the_start_alone(north: LocalNode) -> None:
    file = north.directory.file_path
    before = json.loads(file.read_text())

    async with running("node", "run", north.directory.path, "--json") as node:
        await node.says("address")
        file.write_text(json.dumps(before | READ_AT_THE_START))
        named = await command("node", "reload", north.directory.path)
        logged = json.loads(await node.says("restart_needed", where="err"))
        file.write_text(json.dumps(before))
        undone = await command("node", "reload", north.directory.path)

    words = f"read at the start only, so restart the node for {', '.join(READ_AT_THE_START)}"
    assert (named.code, named.out, named.err) == (0, "", f"{file}: {words}\n")
    assert (logged["changed"], logged["detail"]) == (list(READ_AT_THE_START), words)
    assert (undone.code, undone.err) == (0, "")


async def test_a_log_in_json_is_json_from_its_first_line_to_its_last(north: LocalNode) -> None:
    arguments = ("node", "run", north.directory.path, "--json")

    async with running(*arguments, "--insecure") as node:
        insecure = await node.says("without_tls", where="err")
        await node.says("address")
        node.process.send_signal(signal.SIGHUP)
        reloaded = await node.says("files_reloaded", where="err")
        north.directory.file_path.write_text("{")
        node.process.send_signal(signal.SIGHUP)
        refused = await node.says("reload_refused", where="err")
        second = await command(*arguments)
    broken = await command(*arguments)

    assert "who writes to whom" in json.loads(insecure)["detail"]
    assert json.loads(reloaded)["neighbours"] == 0
    assert json.loads(refused)["detail"] == "The old neighbours file stays in force"
    assert "line 1" in json.loads(refused)["where"]
    for ended in (second, broken):
        told = json.loads(ended.err)
        assert (ended.code, told["event"], told["level"]) == (USAGE, "setting_unusable", "error")
        assert "line 1" in told["where"]
