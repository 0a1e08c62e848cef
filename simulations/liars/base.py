"""What all liars share: an honest machine inside, and a say in whatever it hears and says."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from overlay.core.requests import NodeStatus
from overlay.crypto.keys import SigningKey
from overlay.errors import RemoteError
from overlay.messages.gossip import Delta, Push
from overlay.messages.links import Ack, Heartbeat, Hello, Introduction, Refusal, Welcome
from overlay.messages.routing import Returned
from overlay.messages.union import Message
from overlay.peering.effects import CloseLink, Send
from overlay.peering.events import FrameReceived, LinkClosed, LinkId
from overlay.peering.outgoing import Outgoing
from overlay.wire.codec import decode_frame, encode_frame
from overlay.wire.signed import read_introduction
from simulations.liars.numbers import NUMBERED, Line
from simulations.machines import ClientHost, Effect, Event, Machine, NodeHost, NodeMachine

OVERHEARD_MAX = 4_096
"""So many messages a liar remembers: older ones it has forgotten."""

LiarT = TypeVar("LiarT", bound="Liar")
LyingNodeT = TypeVar("LyingNodeT", bound="LyingNode")


class Liar:
    """Wraps a machine, of a node or a client, and behaves as that does until a hook says otherwise.

    Hooks see every message in order, while `is_lying`. What they say with
    `speak` goes out after what the machine inside says for the same event.
    `turn_every_ms` has `turn` called as often from the first event on.
    """

    turn_every_ms: int | None = None
    is_lying = True

    def __init__(self, inside: Machine, key: SigningKey) -> None:
        """`key` is the one that it proves itself with: it signs lies as well."""
        self.inside = inside
        self.key = key
        self.now_ms = 0
        """When the present event came, by the clock of its host."""
        self.peers: dict[LinkId, Introduction] = {}
        """Who said hello on each link that is open."""
        self.served: dict[LinkId, Introduction] = {}
        """The same of those that have welcomed us: on these links anything may be said."""
        self.overheard: deque[tuple[LinkId, Message]] = deque(maxlen=OVERHEARD_MAX)
        """What others said, the oldest first."""
        self.refused: list[Refusal | Returned] = []
        """What was answered to lies that were numbered."""
        self._lines: dict[LinkId, Line] = {}
        self._unspoken: list[tuple[LinkId, Message]] = []
        self._turns_at_ms: int | None = None

    # Hooks.

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        """What the machine inside is told in place of a message."""
        return (message,)

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        """What is told to the others in place of a message of the machine inside."""
        return (message,)

    def on_overheard(self, link: LinkId, message: Message) -> None:
        """Somebody says something, whether we lie now or not."""

    def on_meant(self, link: LinkId, message: Message) -> None:
        """The machine inside says something, whether we lie now or not."""

    def turn(self) -> None:
        """Time for a lie that nothing has provoked."""

    def at_end(self) -> None:
        """The machine inside has had its say on an event."""

    # Verbs.

    def speak(self, link: LinkId, *messages: Message) -> None:
        """Say something besides, once the event is over. On a link that is gone it is lost.

        What has a number gets the next of its link, whatever it says.
        """
        self._unspoken += [(link, message) for message in messages]

    def links_to(self, peer_id: str) -> list[LinkId]:
        """The links on which a node or client has welcomed us."""
        return [link for link, peer in self.served.items() if peer.key == peer_id]

    # The machine.

    def next_deadline_ms(self) -> int | None:
        deadlines_ms = (self.inside.next_deadline_ms(), self._turns_at_ms)
        return min((each for each in deadlines_ms if each is not None), default=None)

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        self.now_ms = now_ms
        heard = self._heard(event)
        effects = self.inside.handle(heard, now_ms) if heard is not None else ()
        said = [each for effect in effects for each in self._said(effect)]
        self._take_turn()
        if self.is_lying:
            self.at_end()
        return [*said, *self._spoken()]

    def _heard(self, event: Event) -> Event | None:
        if isinstance(event, LinkClosed):
            self._gone(event.link)
        if not isinstance(event, FrameReceived):
            return event
        messages = messages_of(event.data)
        for message in messages:
            self._note(event.link, message)
        heard = self._understood(event.link, messages)
        if self.is_lying:
            heard = [each for message in heard for each in self.on_received(event.link, message)]
        if heard == messages:  # so, too, for what nobody can read
            return event
        return FrameReceived(event.link, encode_frame(*heard)) if heard else None

    def _note(self, link: LinkId, message: Message) -> None:
        self.on_overheard(link, message)
        if not isinstance(message, Heartbeat | Ack):
            self.overheard.append((link, message))
        match message:
            case Hello(text):
                with suppress(RemoteError):
                    self.peers[link] = read_introduction(text)
            case Welcome() if link in self.peers:
                self.served[link] = self.peers[link]
            case _:
                pass

    def _understood(self, link: LinkId, messages: Sequence[Message]) -> list[Message]:
        """Without what answers to lies alone."""
        line = self._lines.setdefault(link, Line())
        heard: list[Message] = []
        for message in messages:
            answer = line.understood(message)
            if answer is not None:
                heard.append(answer)
            elif isinstance(message, Refusal | Returned):
                self.refused.append(message)
        return heard

    def _said(self, effect: Effect) -> Sequence[Effect]:
        if isinstance(effect, CloseLink):
            self._gone(effect.link)
        if not isinstance(effect, Send):
            return (effect,)
        messages = decode_frame(effect.data)
        self._note_welcome(effect.link, messages)
        for message in messages:
            self.on_meant(effect.link, message)
        said = messages
        if self.is_lying:
            said = [each for message in messages for each in self.on_said(effect.link, message)]
        line = self._lines.setdefault(effect.link, Line())
        said = [line.mean(each) if isinstance(each, NUMBERED) else each for each in said]
        if said == messages:
            return (effect,)
        return (Send(effect.link, encode_frame(*said)),) if said else ()

    def _note_welcome(self, link: LinkId, messages: Sequence[Message]) -> None:
        """Clients say no welcome: who has been welcomed by us is served as well."""
        peer = self.peers.get(link)
        if peer is not None and any(isinstance(message, Welcome) for message in messages):
            self.served[link] = peer

    def _take_turn(self) -> None:
        if self.turn_every_ms is None:
            return
        if self._turns_at_ms is None:
            self._turns_at_ms = self.now_ms + self.turn_every_ms
        elif self._turns_at_ms <= self.now_ms:
            self._turns_at_ms = self.now_ms + self.turn_every_ms
            if self.is_lying:
                self.turn()

    def _spoken(self) -> list[Effect]:
        """What was to be said besides, in frames that are within the bounds."""
        unspoken, self._unspoken = self._unspoken, []
        frames: dict[LinkId, Outgoing] = {}
        for link, message in unspoken:
            line = self._lines.setdefault(link, Line())
            lie = line.lie(message) if isinstance(message, NUMBERED) else message
            frames.setdefault(link, Outgoing()).put(lie)
        return [Send(link, data) for link, out in frames.items() for data in out.flush()]

    def _gone(self, link: LinkId) -> None:
        self.peers.pop(link, None)
        self.served.pop(link, None)


class LyingNode(Liar):
    """The same in the place of a node."""

    def __init__(self, inside: NodeMachine, key: SigningKey) -> None:
        super().__init__(inside, key)
        self.node = inside

    def snapshot(self) -> NodeStatus:
        return self.node.snapshot()

    def _understood(self, link: LinkId, messages: Sequence[Message]) -> list[Message]:
        """Nor records of our own: the machine inside has not signed them, and would begin anew."""
        understood: list[Message] = []
        for message in super()._understood(link, messages):
            if not isinstance(message, Push | Delta):
                understood.append(message)
                continue
            of_others = tuple(each for each in message.records if each.signer != self.key.id)
            if of_others == message.records:
                understood.append(message)
            elif of_others or isinstance(message, Delta):
                understood.append(replace(message, records=of_others))
        return understood


def enlist(
    host: NodeHost,
    make: Callable[[NodeMachine, SigningKey], LyingNodeT],
    lies: Callable[[], bool] = bool,
) -> list[LyingNodeT]:
    """Have every run of a node from now on be a liar's; they come up in the list as they start.

    `lies` says whether one lies from its start; otherwise it is told to, by its `is_lying`.
    """
    liars: list[LyingNodeT] = []

    def disguise(node: NodeMachine) -> NodeMachine:
        liar = make(node, host.key)
        liar.is_lying = lies()
        liars.append(liar)
        return liar

    host.disguise, host.is_honest = disguise, False
    return liars


def enlist_client(
    host: ClientHost,
    make: Callable[[Machine, SigningKey], LiarT],
    lies: Callable[[], bool] = bool,
) -> list[LiarT]:
    """The same for a client."""
    liars: list[LiarT] = []

    def disguise(client: Machine) -> Machine:
        liar = make(client, host.identity.key)
        liar.is_lying = lies()
        liars.append(liar)
        return liar

    host.disguise, host.is_honest = disguise, False
    return liars


def corrupt(host: NodeHost, make: Callable[[NodeMachine, SigningKey], LyingNodeT]) -> LyingNodeT:
    """Turn a node that runs: its liar lies at once, and knows only links that open later."""
    assert host.process is not None
    assert host.node is not None
    liar = make(host.node, host.key)
    host.process.machine, host.is_honest = liar, False
    return liar


def messages_of(data: bytes) -> list[Message]:
    """The messages of a frame; none where it is not one."""
    try:
        return decode_frame(data)
    except RemoteError:
        return []
