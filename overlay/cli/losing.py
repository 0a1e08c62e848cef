"""The second half of `overlay demo --check`: the node that matters most is killed, then frozen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from overlay.cli.observing import TALK_EVERY_SECONDS, WAIT_SECONDS, Inbox, Observations, Pair
from overlay.errors import OverlayError
from overlay.nodes.local import LocalNode, LocalOverlay
from overlay.nodes.splitting import Split

RESET_SECONDS = 1.0
"""A killed node's clients are shown away within this."""

SILENT_SECONDS = 6.0
"""And a frozen one's: 3 s since its last byte, 2.5 s under suspicion, 0.5 s for the news."""

HEAL_SECONDS = 10.0
"""From a death that is noticed to one component again."""

DELIVER_SECONDS = 5.0
"""What is under way arrives this long after there is a way."""

_ROUNDS = 5
_ROUTE_SECONDS = 2.0
_GONE = "are you still there?"
_COLD = "is anybody there?"


class Losses:
    """Loses one node in two ways, with clients on it and on both sides of it."""

    def __init__(
        self, local: LocalOverlay, split: Split, seen: Observations, inboxes: list[Inbox]
    ) -> None:
        self._local = local
        self._split = split
        self._seen = seen
        self._inboxes = inboxes
        self._alice, self._bob, self._carol, self._visitor = inboxes
        self._others = [node for node in local.nodes if node is not split.lost]
        self._names = {node.name for node in self._others}

    async def kill(self) -> None:
        """SIGKILL: its sockets are reset."""
        lost, alice, visitor = self._split.lost, self._alice, self._visitor
        parts = f"cuts off {self._split.cut_off}" if self._split.cut_off else "splits nothing"
        async with self._talking(near_seconds=_ROUTE_SECONDS, is_sudden=True):
            start = trio.current_time()
            await self._local.kill(lost)
            what = f"{lost.name} killed ({parts}): its client shown gone from there"
            handle = await alice.client.send("visitor", _GONE)
            self._seen.add(
                what, start, await alice.when_left("visitor", start, self._names), RESET_SECONDS
            )
            await self._see_whole(self._others, start, HEAL_SECONDS)
            moved = await visitor.when_attached_elsewhere(lost)
            self._seen.add("its client is attached at another node", start, moved, HEAL_SECONDS)
            back = await alice.when_change("visitor", start, nodes=self._names)
            self._seen.add("and is shown there to alice", start, back, HEAL_SECONDS)
            arrived = await visitor.when_text(_GONE)
            with trio.move_on_after(WAIT_SECONDS):
                await handle.delivered()
            times = visitor.times_shown(_GONE)
            is_told = times == 1 and handle.state == "delivered"
            self._seen.add(
                "what was sent to it meanwhile is shown there once, and told delivered",
                start,
                arrived if is_told else None,
                HEAL_SECONDS + DELIVER_SECONDS,
                f"shown {times} times, {handle.state}",
            )

    async def restart(self) -> None:
        """The killed node is there again."""
        await self._local.start(self._split.lost)
        start = trio.current_time()
        await self._see_whole(self._local.nodes, start, HEAL_SECONDS, f"{self._lost} runs again: ")

    async def freeze(self) -> None:
        """SIGSTOP: its sockets stay open, and nobody reads them."""
        lost, alice = self._split.lost, self._alice
        async with self._talking(near_seconds=SILENT_SECONDS + DELIVER_SECONDS, is_sudden=False):
            start = trio.current_time()
            self._local.freeze(lost)
            away = await alice.when_left("visitor", start, self._names)
            what = f"{lost.name} frozen: its client shown gone from there"
            self._seen.add(what, start, away, SILENT_SECONDS)
            await self._see_whole(self._others, start, SILENT_SECONDS + HEAL_SECONDS)
            await self._move_on()

    async def _move_on(self) -> None:
        """A client notices that its home is frozen when it wants something of it."""
        start = trio.current_time()
        try:
            handle = await self._visitor.client.send(self._alice.client.identity.account, _COLD)
            with trio.move_on_after(WAIT_SECONDS) as patience:
                await handle.delivered()
        except OverlayError as error:
            self._seen.add("its client carries on elsewhere", start, None, HEAL_SECONDS, str(error))
            return
        self._seen.add_now(
            "its client says something, and that arrives by another node",
            start,
            HEAL_SECONDS,
            patience,
        )

    async def thaw(self) -> None:
        """SIGCONT: it runs on, and has to see that it was gone."""
        start = trio.current_time()
        self._local.thaw(self._split.lost)
        await self._see_whole(self._local.nodes, start, HEAL_SECONDS, f"{self._lost} goes on: ")
        with trio.move_on_after(WAIT_SECONDS) as patience:
            for inbox in self._inboxes:
                await inbox.wait_online({"alice", "bob", "carol", "visitor"})
        what = "everybody sees everybody online again"
        self._seen.add_now(what, start, HEAL_SECONDS + DELIVER_SECONDS, patience)

    @property
    def _lost(self) -> str:
        return self._split.lost.name

    async def _see_whole(
        self, nodes: list[LocalNode], start: float, bar_seconds: float, first: str = ""
    ) -> None:
        with trio.move_on_after(WAIT_SECONDS) as patience:
            await self._local.wait_converged(nodes)
        what = f"{first}{len(nodes)} nodes see exactly each other alive"
        self._seen.add_now(what, start, bar_seconds, patience)

    @asynccontextmanager
    async def _talking(self, *, near_seconds: float, is_sudden: bool) -> AsyncIterator[None]:
        """Two pairs talk while the block lasts, on one side and across; then what they saw."""
        near, across = Pair(self._alice, self._carol), Pair(self._alice, self._bob)
        noticed = RESET_SECONDS if is_sudden else SILENT_SECONDS
        across_seconds = noticed + HEAL_SECONDS + DELIVER_SECONDS
        async with trio.open_nursery() as nursery:
            nursery.start_soon(near.talk)
            nursery.start_soon(across.talk)
            await trio.sleep(TALK_EVERY_SECONDS * _ROUNDS)
            yield
            for pair in (near, across):
                await pair.finish()
            nursery.cancel_scope.cancel()
        where = "on both sides" if self._split.cut_off else "far apart"
        self._seen.note(near.observation("side by side", near_seconds))
        self._seen.note(across.observation(where, across_seconds))
