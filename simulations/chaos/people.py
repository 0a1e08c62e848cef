"""People at clients of the Python SDK: they stay, leave and come back, and write to each other."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Final, Protocol

import trio

from overlay.errors import OverlayError
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.persistence import RowDamaged
from overlay.sdk import Client, Identity, connect
from overlay.sdk.driver import ClientFact
from simulations.chaos.clock import Clock
from simulations.chaos.court import Court
from simulations.chaos.hosts import RealClient
from simulations.sayings import Saying
from simulations.workload import FILLING_CHARACTERS_MAX, PUBLIC_ONE_IN

CHANNEL: Final = "square"

AGAIN_SECONDS: Final = 0.3
"""Whoever found no node at the start tries again after this."""


class Connect(Protocol):
    """How a client comes to a node: `overlay.sdk.connect`, or one that is broken on purpose."""

    def __call__(
        self,
        address: Sequence[str],
        identity: Identity,
        *,
        report: Callable[[ClientFact], None],
    ) -> AbstractAsyncContextManager[Client]: ...


class Person:
    """Somebody with one client. What it tells is told to the court."""

    def __init__(
        self,
        host: RealClient,
        identity: Identity,
        addresses: Sequence[str],
        court: Court,
        clock: Clock,
        connect_to: Connect = connect,
    ) -> None:
        """`addresses` are the nodes that this person knows of, the usual one first."""
        self.host = host
        self.troubles: list[str] = []
        """Why no node took this client in at the start, each time that none did."""
        self._identity = identity
        self._addresses = addresses
        self._court = court
        self._clock = clock
        self._connect = connect_to
        self._client: Client | None = None
        self._stay = trio.CancelScope()
        self._wanted = trio.Event()
        self._gone = trio.Event()

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def is_up(self) -> bool:
        """Whether this person's client runs, attached or not."""
        return self._client is not None

    @property
    def is_there(self) -> bool:
        """Whether a home serves this client now, by its own word."""
        return self._client is not None and self._client.status.is_attached

    async def run(self) -> None:
        """Stay attached until cancelled, but for the times away."""
        self._wanted.set()
        while True:
            await self._wanted.wait()
            self._court.tally.on_begin(self.name, self._clock.now_ms)
            with trio.CancelScope() as self._stay:
                await self._be_there()
            self._court.tally.on_end(self.name)
            self._gone.set()
            self._gone = trio.Event()

    async def leave(self) -> None:
        """Detach in order; returns when that is over. `come_back` ends it."""
        self._wanted = trio.Event()
        gone = self._gone
        self._stay.cancel()
        await gone.wait()

    def come_back(self) -> None:
        """Attach again, as the same client."""
        self._wanted.set()

    async def say(self, saying: Saying) -> None:
        """Send what was decided, and note whether the client has taken it."""
        client = self._client
        if client is None:
            saying.declined = "away"
            return
        try:
            if saying.channel is not None:
                handle = await client.say(saying.channel, saying.text)
            else:
                handle = await client.send(self._court.account.account_of(saying), saying.text)
        except OverlayError as error:
            saying.declined = str(error)
            return
        self._court.account.queued(saying, handle.message, self._clock.now().wall_ms)

    async def _be_there(self) -> None:
        while True:
            self._court.on_start(self.host, self._clock.now_ms)
            try:
                async with self._connect(
                    self._addresses, self._identity, report=self._on_fact
                ) as client:
                    await client.join(CHANNEL)
                    self._client = client
                    await self._read(client)
            except OverlayError as error:
                self.troubles.append(str(error))
            finally:
                self._client = None
                self._court.on_end(self.host, self._clock.now_ms)
            await trio.sleep(AGAIN_SECONDS)

    async def _read(self, client: Client) -> None:
        async for message in client:
            self._court.on_message(self.host, message, self._clock.now_ms)

    def _on_fact(self, fact: ClientFact) -> None:
        if isinstance(fact, RowDamaged | ConnectionFailed):
            self.troubles.append(str(fact))
        else:
            self._court.on_fact(self.host, fact, self._clock.now_ms)


class Talk:
    """Who says what to whom, drawn as in the simulated world."""

    def __init__(
        self, people: Sequence[Person], court: Court, clock: Clock, random: Random
    ) -> None:
        self._people = people
        self._court = court
        self._clock = clock
        self._random = random

    async def go_on(self, every_ms: int, for_ms: int) -> None:
        """Have somebody say something every so often; returns when it is said, or declined."""
        ends_ms = self._clock.now_ms + for_ms
        async with trio.open_nursery() as nursery:
            while self._clock.now_ms < ends_ms:
                there = [person for person in self._people if person.is_up]
                if there:
                    nursery.start_soon(self._say_something, self._random.choice(there))
                await trio.sleep((1 + self._random.randrange(2 * every_ms)) / 1_000)

    async def _say_something(self, speaker: Person) -> None:
        listener = self._random.choice([one for one in self._people if one is not speaker])
        is_public = self._random.randrange(PUBLIC_ONE_IN) == 0
        filling = FILLING_CHARACTERS_MAX * self._random.randrange(10) ** 3 // 9**3
        saying = self._court.account.says(
            speaker.name,
            None if is_public else listener.name,
            CHANNEL if is_public else None,
            self._clock.now(),
            "so it goes, " * (filling // 12),
        )
        await speaker.say(saying)
