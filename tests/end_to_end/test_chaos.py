"""Chaos on real processes: it holds, it catches what is broken, and nothing is left of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from overlay.nodes.local import local_overlay
from overlay.sdk import Client, Identity, Message, connect
from overlay.sdk.driver import ClientFact
from simulations.chaos.gates import Gates
from simulations.chaos.outcome import Options
from simulations.chaos.plan import KINDS, Means
from simulations.chaos.playing import play
from simulations.report import UNSAFE
from tests.end_to_end.overlays import short_directory
from tests.end_to_end.waiting import failsafe, wait_until

INTERRUPTED = 130
QUIET = Means(**dict.fromkeys(KINDS, 0))
"""A storm in which nothing happens."""

CHAOS = (sys.executable, "-m", "simulations", "chaos")
SMALL = ("--nodes", "4", "--people", "8", "--seed", "4", "--json")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where processes keep what is theirs, which is to be gone with them."""
    with short_directory() as path:
        yield path


async def test_a_storm_over_real_processes_loses_nothing_and_shows_nothing_twice(
    folder: Path,
) -> None:
    arguments = [*CHAOS, *SMALL, "--minutes", "0.34"]
    ended = await trio.run_process(
        arguments, capture_stdout=True, capture_stderr=True, check=False, env=keeping_in(folder)
    )

    report = json.loads(ended.stdout)
    numbers = report["numbers"]
    assert broken_at_any_speed(report["violations"]) == []
    assert numbers["delivered"] >= numbers["accepted"] > 0
    assert numbers["lost"] == numbers["shown_twice"] == 0
    assert numbers["kills"] > 0
    assert numbers["cuts"] > 0
    assert ended.stderr.decode().splitlines()[-1] == report["command"]
    assert left_in(folder) == []


async def test_ctrl_c_ends_a_storm_at_once_and_leaves_no_process_and_no_folder(
    folder: Path,
) -> None:
    process = await trio.lowlevel.open_process(
        [*CHAOS, *SMALL], stderr=subprocess.PIPE, env=keeping_in(folder)
    )
    try:
        with failsafe("the storm begins"):
            await says(process, "the storm begins")
        assert left_in(folder) != []
        process.send_signal(signal.SIGINT)
        with failsafe("it ends"):
            code = await process.wait()
    finally:
        process.terminate()
        assert process.stderr is not None
        await process.stderr.aclose()

    assert code == INTERRUPTED

    async def is_nothing_left() -> bool:
        return left_in(folder) == []

    await wait_until("everything is gone", is_nothing_left)


async def test_a_node_that_ends_by_itself_is_a_defect(folder: Path) -> None:
    process = await trio.lowlevel.open_process(
        [*CHAOS, *SMALL, "--minutes", "0.05"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=keeping_in(folder),
    )
    assert process.stdout is not None
    try:
        with failsafe("the storm begins"):
            await says(process, "the storm begins")
        (victim,) = (pid for pid in processes_in(folder) if b"/n2\0" in command_of(pid))
        os.kill(victim, signal.SIGKILL)
        with failsafe("it is over"):
            report = json.loads(b"".join([data async for data in process.stdout]))
            code = await process.wait()
    finally:
        process.terminate()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                await pipe.aclose()

    assert code == UNSAFE
    assert any(each.startswith("defect") and "n2" in each for each in report["violations"])
    assert left_in(folder) == []


async def test_every_link_passes_a_gate_also_one_that_heals_what_a_death_tore_apart(
    folder: Path,
) -> None:
    with Gates() as gates:
        async with local_overlay(3, "line", folder, gates.in_front_of) as overlay, gates.serving():
            first, middle, last = overlay.nodes
            for node in overlay.nodes:
                await gates[node.name].open()
            with failsafe("three nodes see each other"):
                await overlay.wait_converged()
            assert linked(gates) == {frozenset(("n1", "n2")), frozenset(("n2", "n3"))}

            await gates[middle.name].close()
            await overlay.kill(middle)
            with failsafe("the other two see each other"):
                await overlay.wait_converged([first, last])

            assert linked(gates) == {frozenset(("n1", "n3"))}


def broken_at_any_speed(violations: list[str]) -> list[str]:
    """What did not hold, but for what only took long: this machine may have much else to do."""
    return [each for each in violations if not each.startswith("L2 ")]


def linked(gates: Gates) -> set[frozenset[str]]:
    """Which two are linked through a gate, whoever dialled."""
    return {frozenset((end.host, end.other.host)) for end in gates.open_links()}


class ShowsTwice:
    """A client that was broken on purpose: everything is shown twice, first from its memory."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._again: list[Message] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def __aiter__(self) -> "ShowsTwice":
        return self

    async def __anext__(self) -> Message:
        if self._again:
            return self._again.pop()
        message = await anext(self._client)
        self._again.append(message)
        return message


@asynccontextmanager
async def connect_broken(
    address: Sequence[str],
    identity: Identity,
    *,
    report: Callable[[ClientFact], None],
) -> AsyncIterator[Client]:
    async with connect(address, identity, report=report) as client:
        yield ShowsTwice(client)  # type: ignore[misc]  # it does as a client does, but for one thing


async def test_a_client_that_shows_everything_twice_is_caught() -> None:
    options = Options(nodes=2, people=2, length_ms=1_000)
    told: list[str] = []

    with failsafe("it is over"):
        outcome = await play(options, told.append, means=QUIET, connect_to=connect_broken)

    assert outcome.exit_code == UNSAFE
    assert outcome.numbers["shown_twice"] > 0
    assert all(each.startswith(("S2", "replays")) for each in outcome.violations)


def keeping_in(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def left_in(folder: Path) -> list[str]:
    """What is kept there, and the processes that were started there."""
    return [*map(str, folder.iterdir()), *map(str, processes_in(folder))]


def processes_in(folder: Path) -> list[int]:
    """The processes whose command names it."""
    pids = [int(process.name) for process in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if str(folder).encode() in command_of(pid)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        # It has ended since it was listed.
        return b""


async def says(process: trio.Process, words: str) -> None:
    """Return once these words stand on its standard error."""
    assert process.stderr is not None
    said = ""
    async for data in process.stderr:
        said += data.decode()
        if words in said:
            return
    raise AssertionError(said)
