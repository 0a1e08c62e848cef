"""`overlay up` and `overlay demo`: whole overlays that come and go with one command."""

import json
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.commands import Running, command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import short_directory
from tests.end_to_end.waiting import wait_until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_no_node_outlives_the_command_that_runs_it(number: signal.Signals) -> None:
    with short_directory() as directory:
        async with running("up", 5, "--dir", directory) as up:
            processes = await processes_of(up, 5)
            up.process.send_signal(number)
            code = await up.ends()
        await wait_until("its nodes have ended", lambda: all_ended(processes))

    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)


async def test_up_ends_without_a_word_when_nobody_reads_it_any_more() -> None:
    async with running("up", 2, "--shape", "line") as up:
        assert up.process.stdout is not None
        await up.process.stdout.aclose()
        code = await up.ends()
        words = await up.last_words()

    assert code == 1
    assert [line for line in words.splitlines() if "2 nodes" not in line] == []


async def test_up_again_in_the_same_directory_runs_the_same_nodes() -> None:
    with short_directory() as directory:
        ids = []
        for _ in range(2):
            async with running("up", 3, "--shape", "line", "--dir", directory) as up:
                await up.says("n1", "3 of 3")
                keys = [(directory / f"n{number}" / "node.key").read_text() for number in (1, 2, 3)]
                ids.append(keys)
                up.process.terminate()
                await up.ends()

    assert ids[0] == ids[1]


async def test_up_where_these_nodes_run_already_is_refused_and_touches_nothing() -> None:
    with short_directory() as directory:
        async with running("up", 2, "--shape", "line", "--dir", directory) as up:
            await up.says("n1", "2 of 2")
            file = directory / "n1" / "neighbours.json"
            before = file.read_text()
            again = await command("up", 2, "--shape", "line", "--dir", directory)
            after = file.read_text()

    assert (again.code, after) == (3, before)
    assert again.err.splitlines()[-1] == (
        f"Error: {directory}/n1: another process runs this node;"
        " stop that process, or use another directory"
    )


async def processes_of(up: Running, count: int) -> list[int]:
    """The process of each node, once all see all."""
    processes: dict[str, int] = {}
    while len(processes) < count:
        line = await up.says(f"{count} of {count}")
        found = re.search(r"^(\S+) .* pid (\d+) ", line)
        assert found is not None
        processes[found[1]] = int(found[2])
    return list(processes.values())


async def all_ended(processes: list[int]) -> bool:
    return not any(is_running(process) for process in processes)


def is_running(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return state_of(process) != "Z"


async def test_the_round_that_checks_itself_sees_everything_that_it_looks_for() -> None:
    """Whether all of it was fast enough is not asked here; it is the command's own exit code."""
    async with running("demo", "--check", "--json") as check:
        observations = json.loads(await check.everything())
        code = await check.ends()

    assert len(observations) >= 25
    assert [seen["what"] for seen in observations if not seen["is_seen"]] == []
    assert code == (0 if all(seen["holds"] for seen in observations) else 1)


async def test_a_round_that_is_interrupted_leaves_no_process_behind_not_even_a_frozen_one() -> None:
    with short_directory() as directory:
        async with running("demo", "--check", "--nodes", 3, "--dir", directory) as check:
            # The last before it is frozen, in the second of two overlays.
            for _ in range(2):
                await check.says("everybody sees everybody online")
            frozen: list[int] = []

            async def is_one_frozen() -> bool:
                frozen[:] = [pid for pid in node_processes(directory) if state_of(pid) == "T"]
                return bool(frozen)

            await wait_until("a node is frozen", is_one_frozen)
            processes = node_processes(directory)
            check.process.send_signal(signal.SIGINT)
            code = await check.ends()
        await wait_until("its nodes have ended", lambda: all_ended(processes))

    assert len(processes) == 3
    assert code == 128 + signal.SIGINT


async def test_who_has_met_bob_in_one_demo_finds_one_bob_in_the_next(tmp_path: Path) -> None:
    for _ in range(2):
        async with running("demo", "--nodes", 3, home=tmp_path) as demo:
            example = await demo.says("overlay send --node")
            node = example.split()[3]
            sent = await command(
                "send", "--node", node, "--name", "you", "--to", "bob", "hello", home=tmp_path
            )
            demo.process.terminate()
            await demo.ends()

        assert (sent.code, sent.err) == (0, "bob: delivered\n")


def node_processes(directory: Path) -> list[int]:
    """The processes of all nodes whose own directory lies below this one."""
    found = []
    for place in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            words = (place / "cmdline").read_bytes().decode().split("\0")
            if "run" in words and any(word.startswith(f"{directory}/") for word in words):
                found.append(int(place.name))
    return found


def state_of(process: int) -> str:
    """One letter, as the kernel gives it: `T` stands still, `Z` has ended."""
    stat = Path(f"/proc/{process}/stat")
    with suppress(OSError):
        return stat.read_text().rpartition(") ")[2][0]
    return "Z"


def test_a_directory_that_cannot_be_made_is_told_in_one_line(
    command_here: CommandHere, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    ended = command_here("up", 3, "--dir", tmp_path / "file" / "nodes")

    assert ended.code == 1
    assert ended.error == (
        f"{tmp_path / 'file' / 'nodes'}: found Not a directory;"
        " expected a directory that we may make"
    )
