"""`overlay demo --check`: goes the round by itself and says with times what it saw."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import trio

from overlay.cli.losing import Losses
from overlay.cli.observing import WAIT_SECONDS, Inbox, Observation, Observations, attached
from overlay.nodes.local import LocalOverlay, local_overlay
from overlay.nodes.splitting import Split, worst_split
from overlay.sdk.identity import Identity

_CHANNEL = "town"


async def go_round(
    count: int, shape: str, directory: Path, tell: Callable[[Observation], None]
) -> list[Observation]:
    """Run an overlay and lose in it the node that matters most; then another, and freeze it.

    Another, because the links that healed the first would hold it together. It takes half a
    minute, and `tell` is called with each observation as it is made.
    """
    seen = Observations(tell)
    async with local_overlay(count, shape, directory) as local:
        await Round(local, seen).go_and_kill()
    # In a folder of its own: nodes remember whom they have met, and these are other people.
    async with local_overlay(count, shape, directory / "frozen") as local:
        await Round(local, seen).go_and_freeze()
    return seen.all


class Round:
    """One step after the other in one overlay."""

    def __init__(self, local: LocalOverlay, seen: Observations) -> None:
        self._local = local
        self._seen = seen
        self._texts = 0

    async def go_and_kill(self) -> None:
        """Attach, talk both ways, kill the node that matters most, talk on."""
        await self._wait_whole()
        split = worst_split(self._local.nodes)
        async with AsyncExitStack() as stack:
            inboxes = await self._attach(split, stack)
            alice, bob, _, visitor = inboxes
            await self._meet(inboxes)
            await self._talk([alice, bob, visitor])
            await self._talk_in_channel([alice, bob, visitor])
            losses = Losses(self._local, split, self._seen, inboxes)
            await losses.kill()
            await losses.restart()
            await self._send(bob, visitor)

    async def go_and_freeze(self) -> None:
        """Attach, let the node that matters most stand still for a while, talk on."""
        await self._wait_whole()
        split = worst_split(self._local.nodes)
        async with AsyncExitStack() as stack:
            inboxes = await self._attach(split, stack)
            alice, bob, _, visitor = inboxes
            await self._meet(inboxes)
            await self._send(alice, visitor)
            losses = Losses(self._local, split, self._seen, inboxes)
            await losses.freeze()
            await losses.thaw()
            await self._send(visitor, alice)
            await self._send(bob, visitor)

    async def _wait_whole(self) -> None:
        start = trio.current_time()
        with trio.move_on_after(WAIT_SECONDS) as patience:
            await self._local.wait_converged()
        count = len(self._local.nodes)
        self._seen.add_now(f"{count} nodes see each other alive", start, 10.0, patience)

    async def _attach(self, split: Split, stack: AsyncExitStack) -> list[Inbox]:
        start = trio.current_time()
        places = {
            "alice": split.near,
            "bob": split.far,
            "carol": split.beside,
            "visitor": split.lost,
        }
        inboxes = [
            await stack.enter_async_context(attached(Identity.temporary(name), node))
            for name, node in places.items()
        ]
        where = ", ".join(node.name for node in places.values())
        self._seen.add(f"four clients attach, at {where}", start, trio.current_time(), 5.0)
        return inboxes

    async def _meet(self, inboxes: list[Inbox]) -> None:
        start = trio.current_time()
        names = {inbox.name for inbox in inboxes}
        with trio.move_on_after(WAIT_SECONDS) as patience:
            for inbox in inboxes:
                await inbox.wait_online(names)
        self._seen.add_now("everybody sees everybody online", start, 2.0, patience)

    async def _talk(self, inboxes: list[Inbox]) -> None:
        for sender in inboxes:
            for receiver in inboxes:
                if sender is not receiver:
                    await self._send(sender, receiver)

    async def _send(self, sender: Inbox, receiver: Inbox) -> None:
        names = (sender.name, receiver.name)
        self._texts += 1
        text = f"{names[0]} to {names[1]}, number {self._texts}"
        start = trio.current_time()
        handle = await sender.client.send(names[1], text)
        at = await receiver.when_text(text)
        with trio.move_on_after(WAIT_SECONDS) as patience:
            await handle.delivered()
        seen_at = None if patience.cancelled_caught else at
        what = f"{names[0]} to {names[1]}: shown, and told delivered"
        self._seen.add(what, start, seen_at, 2.0)

    async def _talk_in_channel(self, inboxes: list[Inbox]) -> None:
        for inbox in inboxes:
            await inbox.client.join(_CHANNEL)
        for sender in inboxes:
            text = f"hello from {sender.name}"
            start = trio.current_time()
            await sender.client.say(_CHANNEL, text)
            times = [await inbox.when_text(text) for inbox in inboxes if inbox is not sender]
            heard = [at for at in times if at is not None]
            latest = max(heard) if len(heard) == len(times) else None
            self._seen.add(f"#{_CHANNEL}: {text}, heard by both others", start, latest, 2.0)
