"""What comes to the home of its recipients: onto their links. docs/protocol.md, section 7.4."""

from overlay.core.effects import Effect, Report
from overlay.core.facts import EnvelopeDelivered
from overlay.core.state.directory import Directory
from overlay.core.state.links import Links
from overlay.core.state.ourselves import Ourselves
from overlay.messages.clients import Deliver
from overlay.messages.envelopes import (
    ChainStart,
    ChainWanted,
    ChatMessage,
    Envelope,
    Receipt,
    UnknownKey,
)
from overlay.messages.ids import ClientId, NodeId
from overlay.messages.routing import ReturnReason
from overlay.peering.statements import Verified

Note = Receipt | ChainWanted | UnknownKey
"""Envelopes to one client that nobody keeps."""


class Receiving:
    """Hands out what came for the clients that are attached here."""

    def __init__(self, ourselves: Ourselves, links: Links, directory: Directory) -> None:
        self._ourselves = ourselves
        self._links = links
        self._directory = directory

    def hand_out(
        self, envelope: Verified[Envelope], keeper: NodeId | None, now_ms: int
    ) -> tuple[ReturnReason | None, list[Effect]]:
        """Put an envelope on the links of the recipient clients that are attached here.

        The reason says why not: `not_here` if none is, `busy` if one has no credit.
        """
        effects: list[Effect] = []
        is_busy = False
        size_bytes = envelope.signed.size_bytes
        for client in self._clients_here(envelope.value):
            link = self._links.to_client(client)
            if link is None:
                continue
            if not link.has_room(size_bytes):
                is_busy = True
                continue
            number = link.unanswered.take_number(envelope.leaf, size_bytes, now_ms)
            self._links.say(link, Deliver(number=number, envelope=envelope.signed, keeper=keeper))
            effects.append(Report(EnvelopeDelivered(leaf=envelope.leaf, client=client)))
        if is_busy:
            return "busy", effects
        return None if effects else "not_here", effects

    def note_targets(self, note: Note, keeper: NodeId | None) -> list[NodeId]:
        """Where a receipt or a question goes: to the keeper, and to its recipient's home."""
        presence = self._directory.presence(note.recipients[0])
        targets = [keeper] if keeper is not None and isinstance(note, Receipt) else []
        if presence is not None and presence.value.home not in targets:
            targets.append(presence.value.home)
        return targets

    def _clients_here(self, value: Envelope) -> list[ClientId]:
        match value:
            case ChatMessage(recipients=accounts):
                clients = [
                    held.value.signer
                    for account in dict.fromkeys(accounts)
                    for held in self._directory.presences_of(account)
                    if held.value.signer != value.signer
                ]
            case ChainStart() | Receipt() | ChainWanted() | UnknownKey():
                clients = [value.recipients[0]]
            case _:
                clients = []
        return [client for client in clients if self._is_attached(client)]

    def _is_attached(self, client: ClientId) -> bool:
        presence = self._directory.presence(client)
        return presence is not None and presence.value.home == self._ourselves.id
