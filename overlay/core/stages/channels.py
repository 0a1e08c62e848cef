"""Who listens to which channel, and handing out what is said there. Sections 6.5 and 8.4."""

from collections.abc import Iterator

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import EnvelopeDelivered, ListenerSkipped
from overlay.core.state.directory import Directory
from overlay.core.state.links import Link, Links
from overlay.errors import Busy, NotYours
from overlay.messages.clients import Deliver, Done, Join, Leave
from overlay.messages.envelopes import ChannelMessage
from overlay.messages.ids import ClientId
from overlay.peering.statements import Verified
from overlay.structures.sizes import Size, fullest


class Channels:
    """The listeners attached here; nobody else knows of them."""

    def __init__(self, links: Links, directory: Directory) -> None:
        self._links = links
        self._directory = directory
        self._listeners: dict[str, dict[ClientId, None]] = {}
        self._channels: dict[ClientId, dict[str, None]] = {}

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        channels = fullest(self._channels.values())
        yield Size("channels of one client", channels, limits.CHANNELS_PER_CLIENT_MAX)

    def join(self, link: Link, join: Join) -> None:
        """The client listens from now on. Raises `Busy` above the bound."""
        channels = self._channels.setdefault(link.client, {})
        if join.channel not in channels and len(channels) >= limits.CHANNELS_PER_CLIENT_MAX:
            raise Busy(f"at most {limits.CHANNELS_PER_CLIENT_MAX} channels")
        channels[join.channel] = None
        self._listeners.setdefault(join.channel, {})[link.client] = None
        self._links.say(link, Done(join.request))

    def leave(self, link: Link, leave: Leave) -> None:
        """The client listens no longer."""
        self._remove(link.client, leave.channel)
        self._links.say(link, Done(leave.request))

    def on_client_gone(self, client: ClientId) -> None:
        for channel in list(self._channels.get(client, ())):
            self._remove(client, channel)

    def check_origin(self, message: ChannelMessage) -> None:
        """A channel envelope counts only in the incarnation of its origin's presence.

        Raises `OldIncarnation` or `NotYours`.
        """
        presence = self._directory.presence_in(message.signer, message.incarnation)
        if presence.value.account != message.account:
            raise NotYours("the origin speaks for another account")

    def hand_out(self, envelope: Verified[ChannelMessage], now_ms: int) -> list[Effect]:
        """Deliver to everyone here who listens, the origin left out."""
        effects: list[Effect] = []
        size_bytes = envelope.signed.size_bytes
        for client in self._listeners.get(envelope.value.channel, ()):
            link = self._links.to_client(client)
            if client == envelope.value.signer or link is None:
                continue
            if not link.has_room(size_bytes):
                effects.append(Report(ListenerSkipped(leaf=envelope.leaf, client=client)))
                continue
            number = link.unanswered.take_number(envelope.leaf, size_bytes, now_ms)
            self._links.say(link, Deliver(number=number, envelope=envelope.signed))
            effects.append(Report(EnvelopeDelivered(leaf=envelope.leaf, client=client)))
        return effects

    def _remove(self, client: ClientId, channel: str) -> None:
        listeners = self._listeners.get(channel, {})
        listeners.pop(client, None)
        if not listeners:
            self._listeners.pop(channel, None)
        channels = self._channels.get(client, {})
        channels.pop(channel, None)
        if not channels:
            self._channels.pop(client, None)
