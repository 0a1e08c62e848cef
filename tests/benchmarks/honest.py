"""One node, and honest clients that come to it, whatever others do there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import trio

from overlay import limits
from overlay.errors import LinkError
from overlay.messages.ids import NodeId
from overlay.transport.websocket import dial
from overlay.wire.codec import encode_frame
from tests.benchmarks.crowds import served
from tests.benchmarks.processes import Family, Process
from tests.support.people import a_client

LAGS = "lags.json"
_LIFE_S = 150.0
"""Of each process: a hundred who wait a second each do not come to their end in a minute."""

_GIVE_UP_S = 20.0
_ATTACH_PAUSE_S = 0.15
"""So that attaches are spread over some of the rounds in which those who dawdle come again."""


@contextmanager
def one_node(*, speaks_tls: bool = False) -> Iterator[tuple[Family, Process, NodeId]]:
    """A node that notes how late it is, and whoever is there besides, for a block."""
    with TemporaryDirectory() as directory:
        family = Family(Path(directory), life_seconds=_LIFE_S)
        home = family.make_node("north", speaks_tls=speaks_tls)
        try:
            yield family, family.node("north", lags=family.directory / LAGS), home
        finally:
            family.close()


def count_of(attackers: Process, what: str) -> int:
    """How often they have done something."""
    return int(str(attackers.ask().get(what, 0)))


async def attach_times_ms(address: str, home: NodeId, when: str, count: int) -> list[float]:
    """How long so many take to be served, one after the other; who is refused comes again."""
    times_ms: list[float] = []
    for number in range(count):
        start = perf_counter()
        with trio.move_on_after(_GIVE_UP_S):
            # Nobody tells us when there is room again.
            while not await _attaches(address, home, f"{when} {number}"):  # noqa: ASYNC110
                await trio.sleep(limits.REDIAL_FIRST_MS / 1_000)
        times_ms.append((perf_counter() - start) * 1_000)
        await trio.sleep(_ATTACH_PAUSE_S)
    return times_ms


async def _attaches(address: str, home: NodeId, name: str) -> bool:
    """Whether the node serves somebody new."""
    who = a_client(name)
    try:
        async with dial(address) as link:
            return not await served(link, who, encode_frame(who.attach_at(home)))
    except LinkError:
        return False
