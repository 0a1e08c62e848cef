"""What `overlay demo --check` looks at, with what: clients that note the time of everything."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from overlay.errors import OverlayError
from overlay.nodes.local import LocalNode
from overlay.sdk.client import Client
from overlay.sdk.connecting import connect
from overlay.sdk.identity import Identity
from overlay.sdk.values import Message, PersonChange

WAIT_SECONDS = 30.0
"""After this a step has failed, whatever its bar."""

TALK_EVERY_SECONDS = 0.05


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


class Observations:
    """What was seen so far, in order; each is told at once."""

    def __init__(self, tell: Callable[[Observation], None]) -> None:
        self.all: list[Observation] = []
        self._tell = tell

    def note(self, observation: Observation) -> None:
        self.all.append(observation)
        self._tell(observation)

    def add(
        self, what: str, start: float, at: float | None, bar_seconds: float, note: str = ""
    ) -> None:
        """Something that began at `start` was seen at `at`; None if it was not."""
        self.note(
            Observation(
                what=what,
                seconds=at - start if at is not None else None,
                bar_seconds=bar_seconds,
                note=note,
                is_seen=at is not None,
            )
        )

    def add_now(self, what: str, start: float, bar_seconds: float, wait: trio.CancelScope) -> None:
        """Something that was waited for is there, or its time is over."""
        at = None if wait.cancelled_caught else trio.current_time()
        self.add(what, start, at, bar_seconds)


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

    async def when_left(self, name: str, since: float, others: set[str]) -> float | None:
        """When somebody was shown gone, or already at another node, whichever was first."""
        results: list[float] = []

        async def look(scope: trio.CancelScope, nodes: set[str] | None) -> None:
            at = await self.when_change(name, since, nodes=nodes)
            if at is not None:
                results.append(at)
                scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look, nursery.cancel_scope, None)
            nursery.start_soon(look, nursery.cancel_scope, others)
        return min(results, default=None)

    async def when_attached_elsewhere(self, node: LocalNode) -> float | None:
        """When this client itself is attached at another node than this."""
        with trio.move_on_after(WAIT_SECONDS):
            while not self._is_elsewhere(node):
                await self._arrived.wait()
            return trio.current_time()
        return None

    def _is_elsewhere(self, node: LocalNode) -> bool:
        status = self.client.status
        return status.is_attached and status.address != node.address

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


class Pair:
    """Two clients elsewhere that talk while a node is lost."""

    def __init__(self, first: Inbox, second: Inbox) -> None:
        self._first = first
        self._second = second
        self._delivered = 0
        self._worst = 0.0
        self._errors: list[str] = []
        self._is_over = False
        self._ended = trio.Event()

    async def talk(self) -> None:
        """Until told to finish: a text each way, delivered, then a moment's rest."""
        while not self._is_over:
            await self._say(self._first, self._second)
            await self._say(self._second, self._first)
            await trio.sleep(TALK_EVERY_SECONDS)
        self._ended.set()

    async def finish(self) -> None:
        """Say nothing new; wait for what is under way."""
        self._is_over = True
        with trio.move_on_after(WAIT_SECONDS) as patience:
            await self._ended.wait()
        if patience.cancelled_caught:
            self._errors.append("the last message was not delivered")

    async def _say(self, sender: Inbox, receiver: Inbox) -> None:
        start = trio.current_time()
        try:
            to = receiver.client.identity.account
            handle = await sender.client.send(to, f"pair {self._delivered}")
            await handle.delivered()
        except OverlayError as error:
            self._errors.append(str(error))
            return
        self._worst = max(self._worst, trio.current_time() - start)
        self._delivered += 1

    def observation(self, where: str, bar_seconds: float) -> Observation:
        """What became of it all."""
        trouble = f"; {len(self._errors)} errors, first {self._errors[0]}" if self._errors else ""
        return Observation(
            what=f"meanwhile {self._first.name} and {self._second.name}, {where}: slowest message",
            seconds=self._worst,
            bar_seconds=bar_seconds,
            note=f"{self._delivered} delivered{trouble or ', no error'}",
            is_seen=self._delivered > 0 and not self._errors,
        )


@asynccontextmanager
async def attached(identity: Identity, node: LocalNode) -> AsyncIterator[Inbox]:
    """A client of this identity, which is closed afterwards."""
    with identity:
        async with connect(node.address, identity) as client, trio.open_nursery() as nursery:
            inbox = Inbox(identity.name, client)
            nursery.start_soon(inbox.read_messages)
            nursery.start_soon(inbox.read_changes)
            yield inbox
            nursery.cancel_scope.cancel()
