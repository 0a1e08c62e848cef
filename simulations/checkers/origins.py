"""S3: nothing is shown or applied that its origin did not sign."""

from collections.abc import Collection, Sequence

from overlay.client.facts import ChannelMessageArrived, MessageArrived
from overlay.core.facts import RecordApplied
from overlay.messages.clients import Attach
from overlay.messages.ids import LeafHash
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Reader
from simulations.checkers.base import Checker, Fact
from simulations.machines import ClientHost, Host, NodeHost
from simulations.sayings import Sayings


class OriginsChecker(Checker):
    """Compares what clients show with what was said, and records with those who wrote them."""

    id = "S3"
    facts = (MessageArrived, ChannelMessageArrived, RecordApplied)

    def __init__(self, sayings: Sayings, hosts: Collection[Host], network: str) -> None:
        """`hosts` may be a view of those that there are: guests come later."""
        super().__init__()
        self._sayings = sayings
        self._reader = Reader(network)
        self._nodes = {host.key.id: host for host in hosts if isinstance(host, NodeHost)}
        self._hosts = hosts
        self._written: dict[LeafHash, None] = {}

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case MessageArrived() | ChannelMessageArrived():
                self._check_shown(host, fact, now_ms)
            case RecordApplied():
                self._check_applied(host, fact, now_ms)
            case _:
                pass

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        """What a client signs of records it brings along when it attaches."""
        if isinstance(host, ClientHost):
            for message in messages:
                if isinstance(message, Attach):
                    for signed in (message.presence, message.account):
                        self._written[self._reader.leaf_of(signed)] = None

    def _check_shown(
        self, host: Host, fact: MessageArrived | ChannelMessageArrived, now_ms: int
    ) -> None:
        saying = self._sayings.with_text(fact.text)
        channel = fact.channel if isinstance(fact, ChannelMessageArrived) else None
        if saying is None or saying.origin != fact.origin:
            self.broken(now_ms, f"{host.name} was shown what {fact.origin} never said: {fact!r}")
        elif saying.channel != channel or fact.sent_at != saying.sent_at:
            self.broken(now_ms, f"{host.name} was shown otherwise than it was said: {fact!r}")
        elif channel is None and host.name not in saying.readers:
            self.broken(now_ms, f"{host.name} was shown what was not for it: {fact!r}")

    def _check_applied(self, host: Host, fact: RecordApplied, now_ms: int) -> None:
        """A node applies its own record before anyone else can. A liar's may be anything."""
        signer = self._nodes.get(fact.signer)
        if signer is host:
            self._written[fact.leaf] = None
        elif signer is not None and not signer.is_honest:
            return
        elif fact.leaf not in self._written and not self._is_liar(fact.signer):
            self.broken(now_ms, f"{host.name} applied what {fact.signer} never wrote: {fact!r}")

    def _is_liar(self, signer: str) -> bool:
        """Whether this is a client that is not honest, or its person's account."""
        return any(
            signer in (host.identity.client, host.identity.account)
            for host in self._hosts
            if isinstance(host, ClientHost) and not host.is_honest
        )
