"""All rows at once, at nodes in the test's own process, whose tasks can be counted.

docs/protocol.md, section 1.5.
"""

from contextlib import AsyncExitStack
from pathlib import Path

import trio
from trio.testing import wait_all_tasks_blocked

from overlay.nodes.directory import NodeDirectory
from overlay.nodes.running import NodeFact, running_node
from tests.end_to_end.overlays import free_port, short_directory
from tests.end_to_end.raw.cases import Case, Door
from tests.end_to_end.raw.nodes import a_file
from tests.end_to_end.raw.playing import play
from tests.end_to_end.raw.table import played
from tests.end_to_end.waiting import wait_until

AT_ONCE_MAX = 4
"""Cases under way together: on a slow machine, too, none of them waits for its turn too long."""


async def test_no_task_is_left_of_all_cases_together() -> None:
    facts: list[NodeFact] = []
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(short_directory())
        ports = {}
        for door in (Door.PLAIN, Door.SECURED):
            path, ports[door] = made(directory, speaks_tls=door is Door.SECURED)
            await stack.enter_async_context(running_node(path, facts.append))
        ports[Door.BARE] = ports[Door.SECURED]
        await answered_once(ports)
        before = tasks()

        await all_played(ports)

        await wait_until(f"{before} tasks are left", lambda: are_left(before))
    assert [fact for fact in facts if getattr(fact, "level", "info") == "error"] == []


async def answered_once(ports: dict[Door, int]) -> None:
    """Whatever a node begins to do once it serves has begun then."""
    for door, port in ports.items():
        await play(next(case for _, case, at in played(slow=False) if at is door), door, port)
    await wait_all_tasks_blocked()


async def all_played(ports: dict[Door, int]) -> None:
    """Some at once; then those that take their time, which nobody else may take from them."""
    places = trio.CapacityLimiter(AT_ONCE_MAX)

    async def in_turn(case: Case, door: Door) -> None:
        async with places:
            await play(case, door, ports[door])

    async with trio.open_nursery() as nursery:
        for _, case, door in played(slow=False):
            nursery.start_soon(in_turn, case, door)
    async with trio.open_nursery() as nursery:
        for _, case, door in played(slow=True):
            nursery.start_soon(play, case, door, ports[door])


def tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


async def are_left(count: int) -> bool:
    return tasks() <= count


def made(directory: Path, *, speaks_tls: bool) -> tuple[Path, int]:
    """A node that knows nobody, and its port."""
    port = free_port()
    home = NodeDirectory(directory / str(port))
    home.create(a_file(port, speaks_tls=speaks_tls))
    return home.path, port
