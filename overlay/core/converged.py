"""Begins a node amid an overlay that has converged: its links stand, its tables are shared.

Growing an overlay of thousands of nodes from nothing takes a process that
holds all of them longer than anything that could be asked of it. So a world
may begin where growing would have led it: every node signs the record that it
would have by then, one merges all of them as any node does, and the others
read its tables, each keeping by itself what it changes. No event leads here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.durable import Durable, record_row
from overlay.core.effects import Effect, Report
from overlay.core.facts import LinkEstablished, NodeStarted, RecordApplied
from overlay.core.settings import Settings
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import Address, Incarnation, LeafHash, NodeId
from overlay.messages.records import NodeRecord, Record
from overlay.messages.signed import Signed
from overlay.peering.events import LinkId, LinkOpened
from overlay.peering.records import Subject
from overlay.peering.rows import Row
from overlay.peering.statements import Reader, Verified
from overlay.structures.columns import Column, Vocabulary
from overlay.structures.recalled import Entries


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLink:
    """A link with another node, as its handshake and its first exchange leave it.

    `is_eager` says whether it is one of the tree along which news is pushed.
    """

    id: LinkId
    node: NodeId
    incarnation: Incarnation
    dialled: Address | None
    remote_address: str
    opened_ms: int
    is_eager: bool


@dataclass(frozen=True, slots=True)
class Stance:
    """What a node that has just begun says of itself, and what its disk holds of that."""

    record: Signed
    rows: tuple[Row, ...]


class CommonKnowledge:
    """What all nodes of a converged overlay hold alike."""

    def __init__(
        self,
        identity: SigningKey,
        settings: Settings,
        durable: Durable,
        random: Random,
        reader: Reader,
        records: Sequence[Signed],
    ) -> None:
        """Merge everybody's records as the node of this identity would.

        Raises RemoteError for a record that nobody signed, and ValueError
        where one does not count, or not all members are alive to each other.
        """
        self.parts = parts = Assembly(identity, settings, durable, random, reader)
        read = [parts.verification.read_record(signed) for signed in records]
        ours = parts.members.vouched()
        # Members are searched anew with each node: from us there is no way until the last of them.
        parts.gossip.apply(sorted(read, key=lambda record: _is_of(record, ours)))
        if len(parts.parking) or len(parts.topology.alive()) < len(parts.members):
            raise ValueError("these are not the records of an overlay that has converged")
        parts.topology.share()
        parts.holdings.share()
        self.read: Entries[LeafHash, Verified[Record]] = Entries()
        self.subjects: Vocabulary[Subject, None] = Vocabulary()

    @property
    def root(self) -> str:
        return self.parts.holdings.root

    def rows(self) -> list[Row]:
        """What every node has saved of it."""
        items = self.parts.holdings.all()
        return [record_row(subject, item) for subject, item in items if isinstance(item, Signed)]


class Beginning:
    """Puts one node amid the others."""

    def __init__(self, parts: Assembly) -> None:
        self._parts = parts
        self._record: Verified[Record] | None = None

    def stand(self, links: Sequence[StandingLink], now_ms: int) -> Stance:
        """Serve at once, with these links."""
        parts = self._parts
        us = parts.ourselves
        assert not us.is_started, "it has begun already"
        rows = parts.reserving.assume()
        for link in links:
            self._open(link, now_ms)
        (self._record,) = us.sign_now([parts.liveness.our_record(now_ms)])
        return Stance(self._record.signed, rows)

    def adopt(self, common: CommonKnowledge, now_ms: int) -> list[Effect]:
        """Know what all know. `common` must not change any more, nor does it here."""
        parts, theirs = self._parts, common.parts
        assert self._record is not None, "it has to stand first"
        parts.topology.adopt(theirs.topology)
        parts.directory.adopt(theirs.directory)
        parts.members.adopt(theirs.members, parts.topology.vouched_by)
        parts.holdings.adopt(theirs.holdings)
        parts.verification.remember_among(common.read)
        parts.gossip.note_among(Column(common.subjects))
        for account in theirs.directory.accounts():
            parts.remembered.put(account)
        for link in parts.links.nodes():
            link.exchange.told_root = link.exchange.their_root = common.root
        return self._facts()

    def _open(self, standing: StandingLink, now_ms: int) -> None:
        parts = self._parts
        opened = LinkOpened(
            link=standing.id, dialled=standing.dialled, remote_address=standing.remote_address
        )
        link = parts.sessions.open(opened, standing.opened_ms)
        link.peer, link.is_node, link.incarnation = standing.node, True, standing.incarnation
        link.outgoing.flush()
        link.exchange.has_all_theirs = link.exchange.has_all_ours = True
        link.exchange.has_announced_kept = True
        link.exchange.is_eager = standing.is_eager
        # Nobody says hello any more, and heartbeats are not all due at one time.
        link.heard_ms = now_ms
        link.said_ms = now_ms - parts.ourselves.random.randrange(limits.HEARTBEAT_NODE_MS)
        if standing.dialled is not None:
            parts.keeping.on_dialled(standing.dialled)
        parts.links.open(link)
        parts.keeping.on_opened(link, now_ms)
        parts.extras.on_established(link, now_ms)

    def _facts(self) -> list[Effect]:
        us, record = self._parts.ourselves, self._record
        assert record is not None
        started = NodeStarted(
            id=us.id, name=us.settings.name, network=us.settings.network, incarnation=us.incarnation
        )
        subject = Subject("node", us.id)
        applied = RecordApplied(
            kind=subject.kind,
            signer=subject.signer,
            slot=subject.slot,
            order=record.value.order,
            leaf=record.leaf,
        )
        established = [
            LinkEstablished(
                node=link.node,
                address=link.dialled or link.remote_address,
                is_dialled=link.dialled is not None,
            )
            for link in self._parts.links.nodes()
        ]
        return [Report(started), Report(applied), *map(Report, established)]


def _is_of(record: Verified[Record], nodes: dict[NodeId, bool]) -> bool:
    return isinstance(record.value, NodeRecord) and NodeId(record.value.signer) in nodes
