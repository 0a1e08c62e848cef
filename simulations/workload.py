"""What the people of a world do: they join channels, talk to each other, and are overheard."""

from collections.abc import Sequence
from functools import partial

from overlay.client import requests
from overlay.client.facts import (
    Attached,
    ChannelMessageArrived,
    Detached,
    LadderStepped,
    MessageArrived,
)
from overlay.client.requests import (
    Declined,
    JoinChannel,
    MessageId,
    Queued,
    Reply,
    Request,
    Taken,
    WatchPeople,
)
from simulations.checkers.base import Fact
from simulations.decisions import Say
from simulations.director import Director
from simulations.machines import ClientHost, Host, NodeHost
from simulations.sayings import PUBLIC_MARK, SEALED_MARK, Saying, Sayings
from simulations.world import World

WALL_CLOCK_MS = 1_700_000_000_000
"""What a person's clock shows when a world begins; only `sent_at` has it."""

FILLING_CHARACTERS_MAX = 1_500
"""The longest of the texts; most are short."""

PUBLIC_ONE_IN = 8
"""Of the sayings one is on a channel."""


class Workload:
    """Has people talk, and keeps account of what became of everything they said."""

    def __init__(
        self, world: World, people: Sequence[ClientHost], sayings: Sayings, director: Director
    ) -> None:
        self._world = world
        self._director = director
        self._people = people
        self._nodes = {
            host.key.id: host for host in world.hosts.values() if isinstance(host, NodeHost)
        }
        self._accounts = {host.name: host.identity.account for host in people}
        self._names = {host.identity.client: host.name for host in people}
        self._random = world.generator("workload")
        self._homes: dict[tuple[str, int], tuple[str, int]] = {}
        self._queued: dict[tuple[str, MessageId], Saying] = {}
        self._from_record: list[tuple[int, Say, Saying]] = []
        """What the record has had said, when, until whoever drew it in this run comes for it."""
        self.sayings = sayings
        world.listeners.append(self._on_fact)

    # What people do.

    def join(self, channel: str) -> None:
        """Have everybody listen to a channel."""
        for host in self._people:
            self._world.ask(host, JoinChannel(channel), lambda _: None)

    def watch(self) -> None:
        """Have every other client be told of everybody's coming and going."""
        for host in self._people[::2]:
            self._world.ask(host, WatchPeople(None), lambda _: None)

    def talk(self, *, every_ms: int, for_ms: int, channel: str | None = None) -> None:
        """Have somebody say something every so often, now and then on the channel."""
        end_ms = self._world.now_ms + for_ms

        def next_one() -> None:
            if self._world.now_ms < end_ms:
                self._say_something(channel)
                at_ms = self._world.now_ms + 1 + self._random.randrange(2 * every_ms)
                self._world.calendar.plan_first(at_ms, next_one)

        next_one()

    def say(self, speaker: ClientHost, listener: ClientHost) -> Saying:
        """Have one person say something to another, sealed."""
        return self._decide(speaker, listener.name, None, self._filling())

    def say_in(self, speaker: ClientHost, channel: str, *, filling: int | None = None) -> Saying:
        """Have a person say something on a channel, of a drawn length or so many characters."""
        return self._decide(speaker, None, channel, self._filling() if filling is None else filling)

    def perform(self, decision: Say) -> None:
        """Have said what is decided, if both are of this world and the speaker's client runs."""
        speaker = self._world.hosts.get(decision.speaker)
        if isinstance(speaker, ClientHost) and speaker.is_up:
            saying = self._saying(speaker, decision)
            if saying.wanted or saying.channel is not None:
                self._from_record.append((self._world.now_ms, decision, saying))
                self._say(speaker, saying)

    # What became of it.

    @property
    def is_everybody_attached(self) -> bool:
        """Whether every client that runs is served by some home."""
        return all(self.has_home(host) for host in self._people if host.is_up)

    def has_home(self, host: ClientHost) -> bool:
        """Whether this client is served, by its own account."""
        return self.home_of(host) is not None

    def home_of(self, host: ClientHost) -> str | None:
        """The host of the home that serves this client, by its own account."""
        home = self._homes.get((host.name, host.starts))
        return home[0] if home is not None else None

    def undelivered(self) -> list[Saying]:
        """What somebody has promised to keep until it is delivered, and is not.

        A client keeps what it has queued, a home what it has accepted, for as
        long as they live; a client whose disk survives lives on in its next run.
        One that lost rows of it may have lost the message, or the keys to it:
        such a message is sealed anew, if its origin still has it.
        What is refused before it is accepted was promised by nobody.
        """
        return [
            saying
            for saying in self.sayings
            if saying.is_queued
            and saying.delivered_ms is None
            and (saying.failed is None or saying.is_accepted)
            and self._is_owed(saying)
        ]

    def _is_owed(self, saying: Saying) -> bool:
        listeners = [
            host
            for host in saying.wanted
            if self._lives(saying, host) and not self._is_at_a_liar(host)
        ]
        if self._lives(saying, saying.speaker):
            return bool(listeners) and not self._is_gone_with_readers(saying)
        return self._is_kept(saying) and any(not self._losses(host) for host in listeners)

    def _is_gone_with_readers(self, saying: Saying) -> bool:
        """Whoever has receipted it is gone for good: its speaker need not keep it any more."""
        readers = [self._names[client] for client in saying.receipted_by]
        return bool(readers) and not any(self._lives(saying, reader) for reader in readers)

    def _lives(self, saying: Saying, host: str) -> bool:
        return self._world.hosts[host].is_up and self._losses(host) == saying.losses[host]

    def _is_at_a_liar(self, host: str) -> bool:
        """Nobody can promise anything to the clients of a home that has lied."""
        home = self._homes.get((host, self._world.hosts[host].starts))
        return home is not None and not self._world.hosts[home[0]].is_honest

    def _losses(self, host: str) -> int:
        return self._world.hosts[host].disk.losses

    def _is_kept(self, saying: Saying) -> bool:
        if saying.kept_at is None:
            return False
        name, starts = saying.kept_at
        home = self._world.hosts[name]
        return home.is_up and home.starts == starts

    def _say_something(self, channel: str | None) -> None:
        up = [host for host in self._people if host.is_up]
        if not up:
            return
        speaker = up[self._random.randrange(len(up))]
        account = speaker.identity.account
        others = [host for host in self._people if host.identity.account != account]
        if channel is not None and self._random.randrange(PUBLIC_ONE_IN) == 0:
            self.say_in(speaker, channel)
        elif others:
            self.say(speaker, others[self._random.randrange(len(others))])

    def _filling(self) -> int:
        return FILLING_CHARACTERS_MAX * self._random.randrange(10) ** 3 // 9**3

    def _decide(
        self, speaker: ClientHost, listener: str | None, channel: str | None, filling: int
    ) -> Saying:
        decision = Say(speaker=speaker.name, listener=listener, channel=channel, filling=filling)
        taken = self._director.take(decision)
        if taken is None:
            return self._left_to_the_record(speaker, decision)
        saying = self._saying(speaker, taken)
        self._say(speaker, saying)
        return saying

    def _left_to_the_record(self, speaker: ClientHost, decision: Say) -> Saying:
        """What the record has had said just before, in place of what was drawn, if it did."""
        now_ms = self._world.now_ms
        self._from_record = [each for each in self._from_record if each[0] == now_ms]
        for number, (_, other, saying) in enumerate(self._from_record):
            if other == decision:
                del self._from_record[number]
                return saying
        unsaid = self._saying(speaker, decision)
        unsaid.declined = "left to the record"
        return unsaid

    def _saying(self, speaker: ClientHost, decision: Say) -> Saying:
        wanted = self._hosts_of(decision.listener)
        own = [] if decision.listener is None else self._hosts_of(speaker.name)
        mark = SEALED_MARK if decision.channel is None else PUBLIC_MARK
        filling = "so it goes, " * (decision.filling // 12)
        return Saying(
            text=f"{mark}number {len(self.sayings) + 1} of {speaker.name}. {filling}",
            speaker=speaker.name,
            origin=speaker.identity.client,
            sent_at=WALL_CLOCK_MS + self._world.now_ms + speaker.wall_offset_ms,
            channel=decision.channel,
            readers=tuple(name for name in (*wanted, *own) if name != speaker.name),
            wanted=tuple(wanted),
            said_ms=self._world.now_ms,
            losses={name: self._losses(name) for name in (speaker.name, *wanted)},
        )

    def _hosts_of(self, name: str | None) -> list[str]:
        """Every client of the person whose host this is."""
        host = self._world.hosts.get(name or "")
        if not isinstance(host, ClientHost):
            return []
        account = host.identity.account
        return [other.name for other in self._people if other.identity.account == account]

    def _say(self, speaker: ClientHost, saying: Saying) -> None:
        self.sayings.add(saying)
        request: Request
        if saying.channel is not None:
            request = requests.SayInChannel(
                channel=saying.channel, text=saying.text, sent_at=saying.sent_at
            )
        else:
            account = self._accounts[saying.wanted[0]]
            request = requests.Say(to=account, text=saying.text, sent_at=saying.sent_at)
        self._world.ask(speaker, request, partial(self._on_reply, saying))

    def _on_reply(self, saying: Saying, reply: Reply) -> None:
        match reply:
            case Queued(message):
                saying.is_queued, saying.message = True, message
                self._queued[saying.speaker, message] = saying
            case Declined(code=code):
                saying.declined = code
            case _:
                pass

    def _on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case Attached(home=node):
                home = self._nodes[node]
                self._homes[host.name, host.starts] = (home.name, home.starts)
            case Detached():
                self._homes.pop((host.name, host.starts), None)
            case LadderStepped():
                self._on_step(host, fact, now_ms)
            case MessageArrived():
                self._on_shown(host, fact.text, now_ms, follows_gap=fact.follows_gap)
                if isinstance(host, ClientHost):
                    self._world.ask(host, Taken(((fact.chain, fact.index),)), lambda _: None)
            case ChannelMessageArrived():
                self._on_shown(host, fact.text, now_ms)
            case _:
                pass

    def _on_shown(self, host: Host, text: str, now_ms: int, *, follows_gap: bool = False) -> None:
        saying = self.sayings.with_text(text)
        if saying is not None:
            saying.shown.setdefault(host.name, now_ms)
            saying.follows_gap |= follows_gap

    def _on_step(self, host: Host, fact: LadderStepped, now_ms: int) -> None:
        saying = self._queued.get((host.name, fact.message))
        if saying is None:
            return
        match fact.step:
            case "accepted" if saying.accepted_ms is None:
                saying.accepted_ms = now_ms
                saying.kept_at = self._homes.get((host.name, host.starts))
            case "delivered" if fact.client is not None:
                saying.receipted_by[fact.client] = None
                if saying.told_delivered_ms is None:
                    saying.told_delivered_ms = now_ms
            case "failed":
                saying.failed = fact.reason or "failed"
            case _:
                pass
