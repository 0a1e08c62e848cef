"""Kept by its origin's home until it has been receipted. docs/protocol.md, sections 6.4 and 7.3."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import EnvelopeDelivered, EnvelopeSettled, UnitDropped
from overlay.core.state.deadlines import AttemptDue, Deadline
from overlay.core.state.directory import Directory
from overlay.core.state.links import Links
from overlay.core.state.mailbox import Attempts, Kept, Mailbox
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.remembered import RememberedAccounts
from overlay.core.state.topology import Topology
from overlay.core.state.units import Ended
from overlay.core.state.waiting import ReceiptTimes, Stuck, busy_wait_ms
from overlay.errors import Quota, UnknownRecipient
from overlay.messages.clients import Deliver, Stalled, StallReason
from overlay.messages.envelopes import ChainStart, ChatMessage, Receipt, SealedEnvelope
from overlay.messages.ids import ClientId, LeafHash, NodeId
from overlay.messages.routing import UnitKey
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from overlay.structures.sizes import Size
from overlay.structures.timers import Timers


@dataclass(frozen=True, slots=True)
class Departure:
    """A copy that has to go to another home."""

    key: UnitKey
    envelope: Signed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt that left: a receipt, or none in time."""

    key: UnitKey
    has_arrived: bool


class Delivery:
    """Keeps what our clients sent until it is receipted, and makes the attempts."""

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        directory: Directory,
        topology: Topology,
        remembered: RememberedAccounts,
        timers: Timers[Deadline],
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._directory = directory
        self._topology = topology
        self._remembered = remembered
        self._timers = timers
        self._departures: list[Departure] = []
        self._spreads: list[tuple[LeafHash, Signed]] = []
        self._outcomes: list[Outcome] = []
        self._times = ReceiptTimes()
        self.stuck = Stuck()
        self.mailbox = Mailbox(limits.MAILBOX_ENVELOPES_MAX, limits.MAILBOX_BYTES_MAX)

    def sizes(self) -> Iterator[Size]:
        """How full the mailbox is, and what is remembered of receipts."""
        yield from self.mailbox.sizes()
        yield from self._times.sizes()

    @property
    def has_departures(self) -> bool:
        """Whether there is something for routing: copies to send, or what became of some."""
        return bool(self._departures or self._spreads or self._outcomes)

    def take_departures(self) -> list[Departure]:
        """Copies for other homes, to be routed now."""
        departures, self._departures = self._departures, []
        return departures

    def take_spreads(self) -> list[tuple[LeafHash, Signed]]:
        """What goes along the gossip tree, because its recipients have many homes."""
        spreads, self._spreads = self._spreads, []
        return spreads

    def take_outcomes(self) -> list[Outcome]:
        """What became of attempts, for whoever chooses their ways."""
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    # As the origin's home.

    def keep(
        self, envelope: Verified[SealedEnvelope], now_ms: int, *, is_new: bool = True
    ) -> list[Effect]:
        """Keep an accepted envelope for every recipient client, and make the first attempts.

        One that is not new here may have gone along the gossip tree before,
        which takes it no second time. Raises `UnknownRecipient` or `Quota`;
        then nothing is kept.
        """
        if envelope.leaf in self.mailbox:
            return []
        value = envelope.value
        recipients = self._recipient_clients(value)
        size_bytes, own = envelope.signed.size_bytes, self._siblings(value.signer)
        if not self.mailbox.has_room(value.signer, recipients, size_bytes, own):
            raise Quota("of the mailbox of a recipient or of this node its origin has its share")
        if not recipients:
            return []
        kept = Kept(
            envelope=envelope.signed,
            leaf=envelope.leaf,
            origin=value.signer,
            counter=value.counter,
            chain=value.chain,
            index=value.index if isinstance(value, ChatMessage) else 0,
            kept_ms=now_ms,
            waiting=dict.fromkeys(recipients),
        )
        self.mailbox.keep(kept)
        return self._spread(kept, now_ms) if is_new else self._attempt_all(kept, now_ms)

    def on_attempt_due(self, leaf: LeafHash, home: NodeId, now_ms: int) -> list[Effect]:
        """No receipt has come in time: try again, wherever the recipients are now."""
        kept = self.mailbox.get(leaf)
        if kept is None:
            return []
        attempts = kept.attempts.get(home)
        if attempts is not None and attempts.is_under_way:
            # Receipts that came meanwhile may have shown that they take longer now.
            due_ms = attempts.began_ms + self._times.wait_ms(home, attempts.made - 1)
            if due_ms > now_ms:
                self._plan(kept, home, due_ms)
                return []
            attempts.is_under_way = False
            self._outcomes.append(Outcome(UnitKey(leaf, home, attempts.number), has_arrived=False))
        return self._attempt_all(kept, now_ms)

    def on_attempt_ended(self, ended: Ended, now_ms: int) -> list[Effect]:
        """An attempt of ours came back. What nobody keeps is gone with it."""
        key, reason = ended.key, ended.reason
        kept = self.mailbox.get(key.leaf)
        attempts = kept.attempts.get(key.home) if kept is not None else None
        if kept is None or attempts is None:
            return [Report(UnitDropped(leaf=key.leaf, reason=reason))]
        if key.attempt != attempts.number:
            return []
        attempts.is_under_way = False
        if reason == "busy":
            self._plan_after_busy(kept, key.home, ended.retry_after_ms, now_ms)
            if not ended.has_left:
                self.stuck.add(key.leaf, key.home, kept.origin)
        self._tell(kept, "away" if reason == "not_here" else reason)
        return []

    def on_presence(self, client: ClientId, now_ms: int) -> list[Effect]:
        """A client has come, or moved: what rested for it moves again."""
        effects: list[Effect] = []
        presence = self._directory.presence(client)
        for kept in self.mailbox.of_recipient(client):
            if presence is not None and presence.value.home in kept.attempts:
                kept.attempts[presence.value.home].begin_anew()
                self._timers.cancel(AttemptDue(kept.leaf, presence.value.home))
            effects += self._attempt_all(kept, now_ms)
        return effects

    def on_receipt(self, receipt: Receipt, now_ms: int) -> list[Effect]:
        """Strike off what a recipient's client says has arrived."""
        effects: list[Effect] = []
        origin = receipt.recipients[0]
        presence = self._directory.presence(receipt.signer)
        for arrived in receipt.arrived:
            for first, last in arrived.ranges:
                for kept in self.mailbox.receipted(
                    receipt.signer, origin, arrived.chain, first, last
                ):
                    if presence is not None:
                        self._note_arrival(kept, presence.value.home, now_ms)
                    effects += self._settle(kept, "delivered")
        return effects

    def _note_arrival(self, kept: Kept, home: NodeId, now_ms: int) -> None:
        """How long it took, and that its way leads there; once for each attempt."""
        attempts = kept.attempts.get(home)
        if attempts is None or not attempts.is_under_way or home == self._ourselves.id:
            return
        attempts.is_under_way = False
        took_ms = attempts.time_to_receipt_ms(self._times.usual_ms(home), now_ms)
        self._times.measured(home, took_ms, now_ms)
        self._outcomes.append(Outcome(UnitKey(kept.leaf, home, attempts.number), has_arrived=True))

    def expire(self, now_ms: int) -> list[Effect]:
        """Give up what has been kept too long."""
        effects: list[Effect] = []
        for kept in self.mailbox:
            if now_ms - kept.kept_ms >= limits.MAILBOX_MS:
                self._tell(kept, "expired")
                for client in list(kept.waiting):
                    self.mailbox.strike(kept, client)
                effects += self._settle(kept, "expired")
        return effects

    # Attempts.

    def _spread(self, kept: Kept, now_ms: int) -> list[Effect]:
        """The first attempt at many homes is one text along the gossip tree.

        Whoever has not receipted it in time is sent a copy, as after any attempt.
        """
        homes = self._homes_of(kept.waiting)
        if not self._are_many(homes):
            return self._attempt_all(kept, now_ms)
        self._spreads.append((kept.leaf, kept.envelope))
        effects: list[Effect] = []
        for home in homes:
            self._begin(kept, home, now_ms)
            if home == self._ourselves.id:
                effects += self._attempt_here(kept, now_ms)
        return effects

    def _are_many(self, homes: Mapping[NodeId, None]) -> bool:
        others = len(homes) - (self._ourselves.id in homes)
        if others <= limits.COPIED_HOMES_MAX:
            return False
        return len(self._topology.alive()) <= limits.SPREAD_NODES_PER_HOME * others

    def _attempt_all(self, kept: Kept, now_ms: int) -> list[Effect]:
        effects: list[Effect] = []
        homes = self._homes_of(kept.waiting)
        if not homes:
            self._tell(kept, "away")
        for home in homes:
            if AttemptDue(kept.leaf, home) not in self._timers:
                effects += self._attempt(kept, home, now_ms)
        return effects

    def _attempt(self, kept: Kept, home: NodeId, now_ms: int) -> list[Effect]:
        attempts = kept.attempts.get(home)
        if attempts is not None and attempts.made >= limits.ATTEMPTS_MAX:
            self._tell(kept, "resting")
            return []
        number = self._begin(kept, home, now_ms)
        if home != self._ourselves.id:
            key = UnitKey(kept.leaf, home, number)
            self._departures.append(Departure(key, kept.envelope))
            return []
        return self._attempt_here(kept, now_ms)

    def _begin(self, kept: Kept, home: NodeId, now_ms: int) -> int:
        """Count an attempt, and plan the next one. Returns its number."""
        attempts = kept.attempts.setdefault(home, Attempts())
        self.stuck.remove(kept.leaf, home)
        self._plan(kept, home, now_ms + self._times.wait_ms(home, attempts.made))
        return attempts.begin(self._ourselves.random, now_ms)

    def _attempt_here(self, kept: Kept, now_ms: int) -> list[Effect]:
        effects: list[Effect] = []
        is_busy = False
        for client in kept.waiting:
            link = self._links.to_client(client)
            if link is None:
                continue
            size_bytes = kept.size_bytes
            if not link.has_room(size_bytes):
                is_busy = True
                continue
            number = link.unanswered.take_number(kept.leaf, size_bytes, now_ms)
            self._links.say(
                link,
                Deliver(number=number, envelope=kept.envelope, keeper=self._ourselves.id),
            )
            effects.append(Report(EnvelopeDelivered(leaf=kept.leaf, client=client)))
        attempts = kept.attempts[self._ourselves.id]
        attempts.is_under_way = False
        if is_busy:
            self._plan_after_busy(kept, self._ourselves.id, None, now_ms)
            self._tell(kept, "busy")
        return effects

    def _plan_after_busy(
        self, kept: Kept, home: NodeId, retry_after_ms: int | None, now_ms: int
    ) -> None:
        """An attempt that nobody took up does not count."""
        attempts = kept.attempts[home]
        wait_ms = busy_wait_ms(attempts.busy, retry_after_ms, self._ourselves.random)
        attempts.found_no_room()
        self._plan(kept, home, now_ms + wait_ms)

    def _plan(self, kept: Kept, home: NodeId, at_ms: int) -> None:
        self._timers.set(AttemptDue(kept.leaf, home), at_ms)

    def _settle(self, kept: Kept, reason: str) -> list[Effect]:
        kept.told = ""
        if kept.waiting:
            return []
        for home in kept.attempts:
            self._timers.cancel(AttemptDue(kept.leaf, home))
            self.stuck.remove(kept.leaf, home)
        return [Report(EnvelopeSettled(leaf=kept.leaf, reason=reason))]

    def _tell(self, kept: Kept, reason: StallReason) -> None:
        """Tell the origin why its envelope waits, once for each reason."""
        link = self._links.to_client(kept.origin)
        if kept.told == reason or link is None:
            return
        kept.told = reason
        self._links.say(link, Stalled(counter=kept.counter, reason=reason))

    # Who and where.

    def _recipient_clients(self, value: SealedEnvelope) -> list[ClientId]:
        if isinstance(value, ChainStart):
            client = value.recipients[0]
            if self._directory.presence(client) is None and not self._remembered.lists(client):
                raise UnknownRecipient(f"no account known here lists the client {client}")
            return [client]
        recipients: dict[ClientId, None] = {}
        for account in value.recipients:
            record = self._directory.account(account) or self._remembered.get(account)
            if record is None:
                raise UnknownRecipient(f"nobody here knows the account {account}")
            listed = (c for c in record.value.clients if c not in record.value.revoked)
            recipients.update(dict.fromkeys(listed))
        recipients.pop(value.signer, None)
        return list(recipients)

    def _siblings(self, client: ClientId) -> tuple[ClientId, ...]:
        """The clients of the account of one that is present."""
        presence = self._directory.presence(client)
        record = self._directory.account(presence.value.account) if presence is not None else None
        return record.value.clients if record is not None else ()

    def _homes_of(self, clients: Iterable[ClientId]) -> dict[NodeId, None]:
        homes: dict[NodeId, None] = {}
        for client in clients:
            presence = self._directory.presence(client)
            if presence is not None and self._topology.is_alive(presence.value.home):
                homes[presence.value.home] = None
        return homes
