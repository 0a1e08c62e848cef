"""A neighbour that, with others who agree, keeps a node and everybody else from each other."""

from collections.abc import Container, Sequence
from dataclasses import replace

from overlay.crypto.keys import SigningKey
from overlay.messages.gossip import Announce, Delta, Digest, DigestPart, Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Heartbeat
from overlay.messages.routing import Relay
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.liars.link_liar import LinkLiar
from simulations.machines import NodeMachine


class Eclipser(LinkLiar):
    """Shows its victim nobody but its fellows, and nobody its victim.

    To the victim it holds what the victim holds: nothing is missing. What goes
    to or comes from there it acks and drops.
    """

    def __init__(
        self, inside: NodeMachine, key: SigningKey, victim: NodeId, fellows: Container[str]
    ) -> None:
        super().__init__(inside, key)
        self._victim = victim
        self._fellows = fellows
        self._their_root: str | None = None
        self.hidden = 0
        """Records that it has kept from somebody."""

    def drops(self, relay: Relay) -> bool:
        return self._victim in (relay.home, relay.keeper)

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        if isinstance(message, Heartbeat) and self._is_victims(link):
            self._their_root = message.root or self._their_root
        return super().on_received(link, message)

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        is_victims = self._is_victims(link)
        match message:
            case Push(records):
                shown = self._shown(records, is_victims)
                return (Push(shown),) if shown else ()
            case Delta(records):
                return (replace(message, records=self._shown(records, is_victims)),)
            case Announce() if is_victims:
                return ()
            case Digest(parts) if is_victims:
                nothing = tuple(DigestPart(prefix=part.prefix, count=0) for part in parts)
                return (Digest(nothing),)
            case Heartbeat() if is_victims:
                return (replace(message, root=self._their_root),)
            case _:
                return super().on_said(link, message)

    def _is_victims(self, link: LinkId) -> bool:
        return link in self.peers and self.peers[link].key == self._victim

    def _shown(self, records: Sequence[Signed], is_victims: bool) -> tuple[Signed, ...]:
        if is_victims:
            shown = tuple(record for record in records if record.signer in self._fellows)
        else:
            shown = tuple(record for record in records if self._victim not in _about(record))
        self.hidden += len(records) - len(shown)
        return shown


def _about(record: Signed) -> Sequence[str]:
    """Whose it is; of a presence also whose client it is, which stands in its text."""
    if record.kind == "presence":
        return (record.signer, *record.signed.split('"'))
    return (record.signer,)
