"""Whatever arrives at a real node's port is answered as the protocol says, and hurts nobody else.

docs/protocol.md, sections 1.2, 1.5 and 11.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import trio

from tests.end_to_end.overlays import short_directory
from tests.end_to_end.raw.cases import Case, Door
from tests.end_to_end.raw.nodes import RealNode, real_node
from tests.end_to_end.raw.playing import play
from tests.end_to_end.raw.table import CHAPTERS, ROWS, played
from tests.end_to_end.raw.tls import HALF
from tests.end_to_end.waiting import wait_until

AT_ONCE = played(slow=False)
IN_TIME = played(slow=True)
HALF_HANDSHAKES = 200


class Nodes:
    """One for each kind of port, and what each held before anything was tried."""

    def __init__(self, plain: RealNode, secured: RealNode) -> None:
        self.all = (plain, secured)
        self._before = [node.held() for node in self.all]

    def at(self, door: Door) -> RealNode:
        return self.all[0 if door is Door.PLAIN else 1]

    async def are_as_before(self) -> None:
        """The honest links are served, nothing is left open or running, and nobody complained."""
        for node in self.all:
            node.link.asks()
        await wait_until(f"they hold {self._before}", self._hold_no_more)
        assert [node.complaints() for node in self.all] == [[], []]

    async def _hold_no_more(self) -> bool:
        held = [node.held() for node in self.all]
        # A thread that had done its work before may be gone by now.
        return all(
            now.files == before.files and now.threads <= before.threads
            for now, before in zip(held, self._before, strict=True)
        )


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with ExitStack() as stack:
        directory = stack.enter_context(short_directory())
        plain, secured = (
            stack.enter_context(real_node(directory, speaks_tls=speaks_tls))
            for speaks_tls in (False, True)
        )
        yield Nodes(plain, secured)


@pytest.mark.parametrize(
    ("case", "door"),
    [(case, door) for _, case, door in AT_ONCE],
    ids=[name for name, _, _ in AT_ONCE],
)
async def test_it_is_answered_as_it_must_be_and_leaves_nothing(
    nodes: Nodes, case: Case, door: Door
) -> None:
    await play(case, door, nodes.at(door).port)

    await nodes.are_as_before()


async def test_what_is_never_finished_is_let_go_and_leaves_nothing(nodes: Nodes) -> None:
    """docs/protocol.md, section 2.4. All at once, since each takes the time for a handshake: the
    rows, and two hundred handshakes of TLS that stop half-way."""
    half = next(case for case in CHAPTERS["tls"] if case.is_slow and case.steps == (HALF,))
    secured = nodes.at(Door.BARE)
    async with trio.open_nursery() as nursery:
        for _ in range(HALF_HANDSHAKES):
            nursery.start_soon(play, half, Door.BARE, secured.port)
        for _, case, door in IN_TIME:
            nursery.start_soon(play, case, door, nodes.at(door).port)
        await wait_until("all have come", lambda: holds(secured, HALF_HANDSHAKES))
        for node in nodes.all:
            node.link.asks()

    await nodes.are_as_before()


async def holds(node: RealNode, files: int) -> bool:
    return node.held().files >= files


def test_every_row_has_a_name_of_its_own() -> None:
    assert len(ROWS) == sum(len(cases) for cases in CHAPTERS.values()) >= 120
