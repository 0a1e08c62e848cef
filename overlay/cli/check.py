"""`overlay demo --check`: goes the round by itself and says with times what it saw."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import trio

from overlay.nodes.local import LocalNode, LocalOverlay
from overlay.sdk.client import Client
from overlay.sdk.connecting import connect
from overlay.sdk.identity import Identity
from overlay.sdk.values import Message, PersonChange
from overlay.structures.graph import distances

WAIT_SECONDS = 30.0
"""After this a step has failed, whatever its bar."""

_CHANNEL = "town"
_TALK_EVERY_SECONDS = 0.05
_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing that was looked at. `seconds` is None where nothing was timed or seen."""

    what: str
    seconds: float | None
    bar_seconds: float | None
    note: str = ""
    is_seen: bool = True

    @property
    def holds(self) -> bool:
        if not self.is_seen:
            return False
        if self.seconds is None or self.bar_seconds is None:
            return True
        return self.seconds <= self.bar_seconds


class Inbox:
    """What has arrived at one client, and when."""

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self.client = client
        self.messages: list[tuple[float, Message]] = []
        self.changes: list[tuple[float, PersonChange]] = []
        self._arrived = trio.Event()

    async def read_messages(self) -> None:
        async for message in self.client:
            self.messages.append((trio.current_time(), message))
            self._ring()

    async def read_changes(self) -> None:
        async for change in self.client.changes():
            if isinstance(change, PersonChange):
                self.changes.append((trio.current_time(), change))
            self._ring()

    async def when_text(self, text: str) -> float | None:
        """When a text first arrived; None if it does not."""
        with trio.move_on_after(WAIT_SECONDS):
            while True:
                for at, message in self.messages:
                    if message.text == text:
                        return at
                await self._arrived.wait()
        return None

    async def when_change(self, name: str, since: float, *, nodes: set[str] | None) -> float | None:
        """When somebody was first shown at one of `nodes`, or gone (None), after `since`."""
        with trio.move_on_after(WAIT_SECONDS):
            while True:
                for at, change in self.changes:
                    is_later = at >= since and change.person.name == name
                    places = set(change.person.nodes)
                    if is_later and (places & nodes if nodes is not None else not places):
                        return at
                await self._arrived.wait()
        return None

    async def wait_any(self) -> None:
        """Return when anything has arrived or changed."""
        await self._arrived.wait()

    async def wait_online(self, names: set[str]) -> None:
        """Return once all of these, ourselves aside, are shown online."""
        while not names - {self.name} <= {
            person.name for person in self.client.people() if person.is_online
        }:
            await self._arrived.wait()

    def times_shown(self, text: str) -> int:
        return sum(message.text == text for _, message in self.messages)

    def _ring(self) -> None:
        self._arrived.set()
        self._arrived = trio.Event()


class Round:
    """The round itself, one step after the other; what was seen is in `observations`."""

    def __init__(self, local: LocalOverlay) -> None:
        self._local = local
        self.observations: list[Observation] = []
        self._texts = 0

    async def go(self) -> None:
        """Attach, talk both ways, kill a node, talk on."""
        start = trio.current_time()
        with trio.move_on_after(WAIT_SECONDS) as patience:
            await self._local.wait_converged()
        self._note(f"{len(self._local.nodes)} nodes see each other alive", start, 10.0, patience)
        alice_at, bob_at, visitor_at = self._places()
        async with AsyncExitStack() as stack:
            start = trio.current_time()
            inboxes = [
                await stack.enter_async_context(attached(name, node))
                for name, node in (("alice", alice_at), ("bob", bob_at), ("visitor", visitor_at))
            ]
            where = ", ".join(node.name for node in (alice_at, bob_at, visitor_at))
            self._note(f"three clients attach, at {where}", start, 5.0)
            await self._meet(inboxes)
            await self._talk(inboxes)
            await self._talk_in_channel(inboxes)
            await self._lose_node(inboxes, visitor_at)

    def _places(self) -> tuple[LocalNode, LocalNode, LocalNode]:
        """Two nodes as far apart as can be, and one that is no bridge and may die."""
        names = [node.name for node in self._local.nodes]
        dying = next(name for name in reversed(names[1:-1] + names) if not self._is_bridge(name))
        others = [name for name in names if name != dying]
        near, far = max(
            ((a, b) for a in others for b in others if a < b),
            key=lambda pair: self._distances(pair[0], without=dying)[pair[1]],
        )
        return self._local.node(near), self._local.node(far), self._local.node(dying)

    def _is_bridge(self, name: str) -> bool:
        others = [node.name for node in self._local.nodes if node.name != name]
        return len(self._distances(others[0], without=name)) < len(others)

    def _distances(self, start: str, *, without: str) -> dict[str, int]:
        return distances(
            start,
            lambda name: [other for other in self._local.node(name).neighbours if other != without],
        )

    async def _meet(self, inboxes: list[Inbox]) -> None:
        start = trio.current_time()
        names = {"alice", "bob", "visitor"}
        with trio.move_on_after(WAIT_SECONDS) as patience:
            for inbox in inboxes:
                await inbox.wait_online(names)
        self._note("everybody sees everybody online", start, 2.0, patience)

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
        self.observations.append(
            Observation(
                what=f"{names[0]} to {names[1]}: shown, and told delivered",
                seconds=at - start if at is not None else None,
                bar_seconds=2.0,
                is_seen=at is not None and not patience.cancelled_caught,
            )
        )

    async def _talk_in_channel(self, inboxes: list[Inbox]) -> None:
        for inbox in inboxes:
            await inbox.client.join(_CHANNEL)
        for sender in inboxes:
            text = f"hello from {sender.name}"
            start = trio.current_time()
            await sender.client.say(_CHANNEL, text)
            times = [await inbox.when_text(text) for inbox in inboxes if inbox is not sender]
            latest = max((at for at in times if at is not None), default=None)
            self.observations.append(
                Observation(
                    what=f"#{_CHANNEL}: {text}, heard by both others",
                    seconds=latest - start if latest is not None else None,
                    bar_seconds=2.0,
                    is_seen=None not in times,
                )
            )

    async def _lose_node(self, inboxes: list[Inbox], node: LocalNode) -> None:
        alice, bob, visitor = inboxes
        others = {other.name for other in self._local.nodes if other is not node}
        async with trio.open_nursery() as nursery:
            pair = Pair(alice, bob)
            nursery.start_soon(pair.talk)
            await trio.sleep(_TALK_EVERY_SECONDS * _ROUNDS)
            start = trio.current_time()
            await self._local.kill(node)
            handle = await alice.client.send("visitor", "are you still there?")
            away = await self._shown_away(alice, start, others)
            back = await alice.when_change("visitor", start, nodes=others)
            self._add(f"{node.name} killed: its client shown gone from there", start, away, 1.0)
            self._add("its client shown at another node", start, back, 5.0)
            arrived = await visitor.when_text("are you still there?")
            with trio.move_on_after(WAIT_SECONDS):
                await handle.delivered()
            self._add("what was sent to it meanwhile arrives there", start, arrived, 10.0)
            times = visitor.times_shown("are you still there?")
            self.observations.append(
                Observation(
                    what="and is shown once, and told delivered",
                    seconds=None,
                    bar_seconds=None,
                    note=f"shown {times} times, {handle.state}",
                    is_seen=times == 1 and handle.state == "delivered",
                )
            )
            await self._send(visitor, bob)
            await trio.sleep(_TALK_EVERY_SECONDS * _ROUNDS)
            nursery.cancel_scope.cancel()
        self.observations.append(pair.observation())

    async def _shown_away(self, inbox: Inbox, start: float, others: set[str]) -> float | None:
        """Gone, or already elsewhere, whichever was shown first."""
        results: list[float] = []

        async def look(scope: trio.CancelScope, nodes: set[str] | None) -> None:
            at = await inbox.when_change("visitor", start, nodes=nodes)
            if at is not None:
                results.append(at)
                scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look, nursery.cancel_scope, None)
            nursery.start_soon(look, nursery.cancel_scope, others)
        return min(results, default=None)

    def _add(self, what: str, start: float, at: float | None, bar_seconds: float) -> None:
        seconds = at - start if at is not None else None
        self.observations.append(
            Observation(what=what, seconds=seconds, bar_seconds=bar_seconds, is_seen=at is not None)
        )

    def _note(
        self, what: str, start: float, bar_seconds: float, patience: trio.CancelScope | None = None
    ) -> None:
        is_seen = patience is None or not patience.cancelled_caught
        self.observations.append(
            Observation(
                what=what,
                seconds=trio.current_time() - start,
                bar_seconds=bar_seconds,
                is_seen=is_seen,
            )
        )


class Pair:
    """Two clients elsewhere that talk while a node dies."""

    def __init__(self, first: Inbox, second: Inbox) -> None:
        self._first = first
        self._second = second
        self._sent = 0
        self._worst = 0.0

    async def talk(self) -> None:
        """Until cancelled: a text each way, delivered, then a moment's rest."""
        while True:
            for sender, receiver in ((self._first, self._second), (self._second, self._first)):
                start = trio.current_time()
                handle = await sender.client.send(receiver.name, f"pair {self._sent}")
                await handle.delivered()
                self._worst = max(self._worst, trio.current_time() - start)
                self._sent += 1
            await trio.sleep(_TALK_EVERY_SECONDS)

    def observation(self) -> Observation:
        return Observation(
            what="meanwhile alice and bob talked on, slowest message",
            seconds=self._worst,
            bar_seconds=2.0,
            note=f"{self._sent} delivered, no error",
            is_seen=self._sent > 0,
        )


@asynccontextmanager
async def attached(name: str, node: LocalNode) -> AsyncIterator[Inbox]:
    """A client with an identity of its own that is gone afterwards."""
    with Identity.temporary(name) as identity:
        async with connect(node.address, identity) as client, trio.open_nursery() as nursery:
            inbox = Inbox(name, client)
            nursery.start_soon(inbox.read_messages)
            nursery.start_soon(inbox.read_changes)
            yield inbox
            nursery.cancel_scope.cancel()
