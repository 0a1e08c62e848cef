"""Public channels: listening, saying, and each message once. docs/protocol.md, 6.5 and 8.4."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from overlay import limits
from overlay.client.durable.rows import channels_row, heard_key, heard_row
from overlay.client.durable.values import HeardRow
from overlay.client.facts import ChannelMessageArrived, LadderStepped
from overlay.client.requests import Carried, Declined, MessageId, Queued, SayInChannel
from overlay.client.state.deadlines import JoinDue
from overlay.client.state.everything import State
from overlay.client.state.post import Parcel
from overlay.errors import RemoteError
from overlay.messages.clients import Join, Leave
from overlay.messages.envelopes import ChannelMessage
from overlay.messages.ids import ClientId, Counter, Incarnation
from overlay.messages.links import Refusal
from overlay.messages.signed import Signed
from overlay.peering.events import Ticket
from overlay.peering.statements import Verified
from overlay.structures.bounded import LruCache
from overlay.structures.sizes import Size
from overlay.structures.window import CounterWindow
from overlay.wire.codec import decode_frame, encode_frame
from overlay.wire.signed import read_text, write_text


@dataclass(slots=True)
class Listening:
    """A channel, and who of our person's requests waits for the home's word on it."""

    tickets: list[Ticket] = field(default_factory=list)


class Channels:
    """What this client listens to, and what it says in public.

    A message waits in memory until a home has accepted it, not on the disk:
    after a crash nobody can tell whether it was said, and twice is worse than
    never in public.
    """

    def __init__(
        self, state: State, remembered: tuple[str, ...], heard: Iterable[HeardRow]
    ) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._connection = state.connection
        self._people = state.people
        self._lookups = state.lookups
        self._post = state.post
        self._joined: dict[str, Listening] = {channel: Listening() for channel in remembered}
        self._joins: dict[int, str] = {}
        self._leaves: dict[int, Ticket] = {}
        self._said_max = state.ourselves.settings.bounds.channel_messages
        self._said: dict[MessageId, Parcel] = {}
        self._heard: LruCache[ClientId, HeardRow] = LruCache(limits.CHANNEL_ORIGINS_MAX)
        for row in heard:
            self._heard.put(row.origin, row)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("channels", len(self._joined), limits.CHANNELS_PER_CLIENT_MAX)
        yield Size("said in channels", len(self._said), self._said_max)
        yield Size("origins in channels", len(self._heard), limits.CHANNEL_ORIGINS_MAX)

    # Listening.

    def join(self, ticket: Ticket, channel: str, now_ms: int) -> None:
        """Listen, here and wherever this client resumes."""
        declined = _why_not(channel)
        if declined is None and channel not in self._joined and self._is_full():
            detail = f"at most {limits.CHANNELS_PER_CLIENT_MAX} channels"
            declined = Declined("quota", detail)
        if declined is not None:
            self._desk.answer(ticket, declined)
            return
        self._joined.setdefault(channel, Listening()).tickets.append(ticket)
        self._ledger.put(channels_row(self._joined))
        self._ask_to_join(channel, now_ms)

    def leave(self, ticket: Ticket, channel: str, now_ms: int) -> None:
        """Stop listening."""
        listening = self._joined.pop(channel, None)
        if listening is None:
            self._desk.answer(ticket, Carried())
            return
        for waiting in listening.tickets:
            self._desk.answer(waiting, Declined("unexpected", "left meanwhile"))
        self._ledger.put(channels_row(self._joined))
        if not self._connection.is_attached:
            self._desk.answer(ticket, Carried())
            return
        request = self._connection.next_request()
        self._leaves[request] = ticket
        self._connection.ask(Leave(request=request, channel=channel), now_ms)

    def on_done(self, request: int) -> None:
        """The home has done it."""
        self._answer(request, Carried())

    def on_refused(self, refusal: Refusal, now_ms: int) -> None:
        """The home does not let us listen, or not now."""
        assert refusal.request is not None
        if refusal.code == "busy" and refusal.request in self._joins:
            wait_ms = refusal.retry_after_ms or limits.BUSY_RETRY_MS
            again = self._joins.pop(refusal.request)
            self._desk.timers.set(JoinDue(again), now_ms + wait_ms)
            return
        declined = Declined(refusal.code, refusal.detail, refusal.retry_after_ms)
        channel = self._answer(refusal.request, declined)
        if channel is not None:
            del self._joined[channel]
            self._ledger.put(channels_row(self._joined))

    def on_join_due(self, channel: str, now_ms: int) -> None:
        """The home was busy: ask once more."""
        if channel in self._joined:
            self._ask_to_join(channel, now_ms)

    def on_attached(self, now_ms: int) -> None:
        """Listen at the new home, and say there what the old one has not accepted."""
        for channel in self._joined:
            self._ask_to_join(channel, now_ms)
        for parcel in self._said.values():
            self._post.put(parcel)

    def on_detached(self) -> None:
        """What was asked is asked again at the next home; leaving is done by going."""
        self._joins.clear()
        for ticket in self._leaves.values():
            self._desk.answer(ticket, Carried())
        self._leaves.clear()

    def _is_full(self) -> bool:
        return len(self._joined) >= limits.CHANNELS_PER_CLIENT_MAX

    def _ask_to_join(self, channel: str, now_ms: int) -> None:
        if self._connection.is_attached:
            request = self._connection.next_request()
            self._joins[request] = channel
            self._connection.ask(Join(request=request, channel=channel), now_ms)

    def _answer(self, request: int, reply: Carried | Declined) -> str | None:
        """Answer whoever waits for a request; returns the channel if it was a join."""
        if request in self._leaves:
            self._desk.answer(self._leaves.pop(request), reply)
        channel = self._joins.pop(request, None)
        listening = self._joined.get(channel) if channel is not None else None
        if listening is None:
            return None
        for ticket in listening.tickets:
            self._desk.answer(ticket, reply)
        listening.tickets.clear()
        return channel

    # Saying.

    def say(self, ticket: Ticket, say: SayInChannel) -> None:
        """Say something in public, once a home accepts it."""
        envelope = ChannelMessage(
            signer=self._ourselves.client,
            salt=self._desk.fresh_id(),
            incarnation=Incarnation(limits.INTEGER_MAX),
            counter=Counter(limits.INTEGER_MAX),
            account=self._ourselves.account,
            channel=say.channel,
            text=say.text,
            sent_at=say.sent_at,
        )
        declined = _why_not_said(envelope)
        if declined is None and len(self._said) >= self._said_max:
            declined = Declined("busy", "no home accepts messages", limits.BUSY_RETRY_MS)
        if declined is not None:
            self._desk.answer(ticket, declined)
            return
        message = MessageId(self._desk.fresh_id())
        self._said[message] = Parcel(envelope, message=message)
        self._desk.answer(ticket, Queued(message))
        if self._connection.is_attached:
            self._post.put(self._said[message])

    def on_accepted(self, message: MessageId) -> None:
        """The home passes it on: that is all that is ever told of it."""
        if self._said.pop(message, None) is not None:
            self._desk.report(LadderStepped(message=message, step="accepted"))

    def on_message_refused(self, message: MessageId, code: str) -> None:
        """The home does not pass it on."""
        if self._said.pop(message, None) is not None:
            self._desk.report(LadderStepped(message=message, step="failed", reason=code))

    # Hearing.

    def on_message(self, message: Verified[ChannelMessage]) -> None:
        """A public message: shown once, when its account is known to list its origin."""
        value = message.value
        if value.channel not in self._joined or value.signer == self._ourselves.client:
            return
        if self._people.certifies(value.account, value.signer):
            self._show(message)
        else:
            self._lookups.ask(value.account, lambda _: self._settle(message))

    def _settle(self, message: Verified[ChannelMessage]) -> None:
        if self._people.certifies(message.value.account, message.value.signer):
            self._show(message)

    def _show(self, message: Verified[ChannelMessage]) -> None:
        """Once, crashes included: what is remembered is durable before anything is shown."""
        value = message.value
        heard = self._heard_of(value)
        if heard is None or not heard.window.is_fresh(value.counter):
            return
        heard.window.take(value.counter)
        fact = ChannelMessageArrived(
            channel=value.channel,
            origin=value.signer,
            incarnation=value.incarnation,
            counter=value.counter,
            person=value.account,
            name=self._people.name_of(value.account),
            text=value.text,
            sent_at=value.sent_at,
        )
        self._ledger.put(heard_row(heard), lambda _: self._desk.report(fact))

    def _heard_of(self, value: ChannelMessage) -> HeardRow | None:
        """What was heard from an origin; None of an incarnation that is over."""
        heard = self._heard.get(value.signer)
        if heard is not None and heard.incarnation >= value.incarnation:
            return heard if heard.incarnation == value.incarnation else None
        heard = HeardRow(
            origin=value.signer,
            incarnation=value.incarnation,
            window=CounterWindow(limits.CHANNEL_WINDOW),
        )
        forgotten = self._heard.put(value.signer, heard)
        if forgotten is not None:
            self._ledger.forget(heard_key(forgotten[0]))
        return heard


def _why_not(channel: str) -> Declined | None:
    # What our person gives has to pass the schema, or the home would close the link.
    try:
        decode_frame(encode_frame(Join(request=0, channel=channel)))
    except (RemoteError, ValueError):
        return Declined("malformed", "a channel's name has up to 64 characters, no space, no #")
    return None


def _why_not_said(envelope: ChannelMessage) -> Declined | None:
    # The text is written anew when it is signed: as long as this one, or shorter.
    try:
        text = write_text(envelope)
        is_too_large = len(envelope.text.encode()) > limits.TEXT_BYTES_MAX
        if is_too_large or len(text) > limits.SIGNED_CHARACTERS_MAX:
            return Declined("too_large", f"at most {limits.TEXT_BYTES_MAX} bytes")
        read_text(
            Signed(
                kind="channel",
                signer=envelope.signer,
                signed=text,
                signature="",
                index=0,
                path=(),
            )
        )
    except (RemoteError, ValueError) as error:
        return Declined("malformed", str(error))
    return None
