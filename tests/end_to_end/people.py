"""People with real clients, and all that was shown to them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import trio

from overlay.client.facts import (
    AttachRefused,
    ClientStoreFailed,
    Detached,
    HomeMisbehaved,
    HomeUnreachable,
    LadderStepped,
    MessageUnreadable,
)
from overlay.messages.ids import AccountId
from overlay.nodes.local import LocalNode
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.persistence import RowDamaged
from overlay.sdk import Client, Handle, Identity, Message, Status, connect
from overlay.sdk.driver import ClientFact
from tests.end_to_end.waiting import failsafe

_TROUBLES = (
    AttachRefused,
    ClientStoreFailed,
    Detached,
    HomeMisbehaved,
    HomeUnreachable,
    MessageUnreadable,
    ConnectionFailed,
    RowDamaged,
)


class Person:
    """Somebody at a client. `shown` are all messages; `troubles` whatever went wrong, not what
    merely takes longer; `statuses` their moves."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shown: list[Message] = []
        self.statuses: list[Status] = []
        self.troubles: list[object] = []
        self.client: Client
        self._happened = trio.Event()

    @property
    def texts(self) -> list[str]:
        """What was shown, in its order."""
        return [message.text for message in self.shown]

    @property
    def account(self) -> AccountId:
        return self.client.identity.account

    def sees_at(self, other: "Person") -> tuple[str, ...]:
        """The names of the nodes where another is shown to be; none for somebody away."""
        person = self.client.person(other.account)
        return person.nodes if person is not None else ()

    async def sends(self, other: "Person", text: str) -> Handle:
        return await self.client.send(other.account, text)

    async def tells(self, other: "Person", text: str) -> None:
        """Send a message and see it delivered and shown."""
        handle = await self.sends(other, text)
        with failsafe(f"{self.name}'s message to {other.name} is delivered"):
            await handle.delivered()
        await other.hears(text)

    async def wait(self, what: str, holds: Callable[[], bool]) -> None:
        """Return once something holds that messages, people and moves can change."""
        with failsafe(f"{self.name}: {what}"):
            while not holds():
                await self._happened.wait()

    async def hears(self, *texts: str) -> None:
        """Return once all of these were shown."""
        await self.wait(f"hears {texts}", lambda: set(texts) <= set(self.texts))

    async def sees(self, other: "Person", *places: str) -> None:
        """Return once another is shown at exactly these nodes; at none, when they are away."""
        await self.wait(f"sees {other.name} at {places}", lambda: self.sees_at(other) == places)

    def on_fact(self, fact: ClientFact) -> None:
        is_trouble = isinstance(fact, _TROUBLES)
        if isinstance(fact, LadderStepped):
            is_trouble = fact.step == "failed"
        if is_trouble:
            self.troubles.append(fact)

    async def read_messages(self) -> None:
        async for message in self.client:
            self.shown.append(message)
            self._ring()

    async def read_changes(self) -> None:
        async for change in self.client.changes():
            if isinstance(change, Status):
                self.statuses.append(change)
            self._ring()

    def _ring(self) -> None:
        self._happened.set()
        self._happened = trio.Event()


@asynccontextmanager
async def attached(
    name: str, *nodes: LocalNode, identity: Identity | None = None
) -> AsyncIterator[Person]:
    """Somebody who is attached while the block lasts; a new person unless `identity` says who."""
    person = Person(name)
    addresses = [node.address for node in nodes]
    with identity or Identity.temporary(name) as who:
        async with (
            connect(addresses, who, report=person.on_fact) as client,
            trio.open_nursery() as nursery,
        ):
            person.client = client
            nursery.start_soon(person.read_messages)
            nursery.start_soon(person.read_changes)
            yield person
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def everybody_attached(*places: tuple[str, LocalNode]) -> AsyncIterator[list[Person]]:
    """New people, each at a node, all of whom see each other there."""
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(attached(name, node)) for name, node in places]
        for person in people:
            for other, (_, node) in zip(people, places, strict=True):
                if other is not person:
                    await person.sees(other, node.name)
        yield people


async def assert_undisturbed(pair: list[Person]) -> None:
    """Two people talk both ways, and nothing has gone wrong for either of them so far."""
    bob, carol = pair
    await bob.tells(carol, "did you notice anything?")
    await carol.tells(bob, "nothing at all")
    troubles = bob.troubles + carol.troubles
    assert not troubles, troubles


class Talk:
    """Two people who write to each other, one after the other, until cancelled."""

    def __init__(self, one: Person, other: Person) -> None:
        self._people = (one, other)
        self.rounds = 0
        self._round_over = trio.Event()

    async def go_on(self) -> None:
        one, other = self._people
        while True:
            await one.tells(other, f"{one.name}, {self.rounds}")
            await other.tells(one, f"{other.name}, {self.rounds}")
            self.rounds += 1
            self._round_over.set()
            self._round_over = trio.Event()

    async def goes_on(self, rounds: int) -> None:
        """Return when so many more rounds are over."""
        last = self.rounds + rounds
        with failsafe("they talk on"):
            while self.rounds < last:
                await self._round_over.wait()
