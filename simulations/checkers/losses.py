"""S9: of what a home has accepted somebody keeps a copy until it is shown.

Who keeps one: its origin's client, in its outbox; a home to which that has
submitted it, until it says that it is settled; a client it is for, once it has
opened it. What nobody keeps any more is lost, however long one waits.
"""

import json
from collections.abc import Sequence
from itertools import chain

from overlay.client.requests import MessageId
from overlay.core.facts import EnvelopeSettled
from overlay.errors import RemoteError
from overlay.messages.clients import Submit
from overlay.messages.envelopes import ChatMessage
from overlay.messages.ids import LeafHash
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.rows import Row
from overlay.peering.statements import Reader
from overlay.wire.signed import read_text
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host, NodeHost
from simulations.sayings import Saying

OUTBOX = "outbox"
OPENED = ("held_messages", "untaken_messages")
"""Where a client keeps what it has opened and nobody has taken yet."""

Place = tuple[str, int]
"""The chain and the index under which a message was sealed."""


class LossesChecker(Checker):
    """Knows who keeps what. It judges what it is asked about: when that should have arrived."""

    id = "S9"
    facts = (EnvelopeSettled,)

    def __init__(self, hosts: Sequence[Host], network: str) -> None:
        super().__init__()
        self._hosts = {host.name: host for host in hosts}
        self._reader = Reader(network)
        self._places: dict[tuple[str, MessageId], dict[Place, None]] = {}
        """Where the message of a client's outbox was sealed: anew, when keys were lost."""
        self._kept: dict[str, dict[LeafHash, Place]] = {}
        """What each node may keep, in its present run; it says what it lets go of."""
        self._lost: dict[str, None] = {}

    def judge(self, late: Sequence[Saying], now_ms: int) -> list[Saying]:
        """Those that somebody keeps still. The rest is lost, which is noted once for each."""
        kept: list[Saying] = []
        for saying in late:
            if not self._is_lost(saying):
                kept.append(saying)
            elif saying.text not in self._lost:
                self._lost[saying.text] = None
                self.broken(
                    now_ms,
                    f"nobody keeps what {saying.speaker} said to {'/'.join(saying.wanted)} at "
                    f"{saying.said_ms} ms, which was accepted at {saying.accepted_ms} ms: "
                    f"{saying.text[:60]!r}",
                )
        return kept

    # Who keeps what.

    def on_end(self, host: Host, now_ms: int) -> None:
        """A mailbox is memory."""
        self._kept.pop(host.name, None)

    def on_rows(self, host: Host, rows: Sequence[Row], now_ms: int) -> None:
        for row in rows:
            if row.table == OUTBOX:
                fields = json.loads(row.value)
                if "chain" in fields:
                    places = self._places.setdefault((host.name, MessageId(row.key)), {})
                    places[fields["chain"], fields["index"]] = None

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        if not isinstance(host, NodeHost):
            return
        for message in messages:
            if isinstance(message, Submit):
                try:
                    value = read_text(message.envelope)
                except RemoteError:
                    continue
                if isinstance(value, ChatMessage):
                    leaf = self._reader.leaf_of(message.envelope)
                    self._kept.setdefault(host.name, {})[leaf] = value.chain, value.index

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        assert isinstance(fact, EnvelopeSettled)
        self._kept.get(host.name, {}).pop(fact.leaf, None)

    def _is_lost(self, saying: Saying) -> bool:
        """What was given up aloud is not, nor what a liar may have."""
        if not saying.is_accepted or saying.failed is not None or saying.message is None:
            return False
        home = () if saying.kept_at is None else (saying.kept_at[0],)
        if not all(self._hosts[name].is_honest for name in (saying.speaker, *saying.wanted, *home)):
            return False
        return not (
            self._is_in_outbox(saying) or self._is_at_a_home(saying) or self._is_opened(saying)
        )

    def _is_in_outbox(self, saying: Saying) -> bool:
        speaker = self._hosts[saying.speaker]
        return speaker.is_up and any(
            (row.table, row.key) == (OUTBOX, saying.message) for row in speaker.disk.rows()
        )

    def _is_at_a_home(self, saying: Saying) -> bool:
        assert saying.message is not None
        places = self._places.get((saying.speaker, saying.message), {})
        mailboxes = (kept.values() for kept in self._kept.values())
        return any(place in places for place in chain.from_iterable(mailboxes))

    def _is_opened(self, saying: Saying) -> bool:
        clients = (self._hosts[name] for name in saying.wanted)
        return any(
            row.table in OPENED and json.loads(row.value)["text"] == saying.text
            for client in clients
            if client.is_up
            for row in client.disk.rows()
        )
