"""A node that says of its links what is not so: claims some that it has not, hides what it has."""

from collections.abc import Sequence
from dataclasses import replace

from overlay import limits
from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.messages.gossip import Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Welcome
from overlay.messages.records import NodeRecord
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Signer
from simulations.liars.dropper import Dropper
from simulations.machines import NodeMachine
from simulations.population import NETWORK

FIRST_VERSION = 10**9
"""Above whatever the node inside says of itself, so that the lie is what holds."""

SALT_BYTES = 16


class LinkLiar(Dropper):
    """Tells its neighbours a record of its own, truly signed, with whatever links it is given.

    It counts what it is handed to pass on because of that, and passes nothing on.
    """

    def __init__(self, inside: NodeMachine, key: SigningKey) -> None:
        super().__init__(inside, key)
        self._version = FIRST_VERSION
        self._links: tuple[NodeId, ...] | None = None

    def claim(self, links: Sequence[NodeId]) -> None:
        """Say from now on that these are its links; it is told at its next word."""
        self._links = tuple(sorted(links))[: limits.NODE_LINKS_MAX]

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        if isinstance(message, Welcome):
            # The node inside must not learn of what was said in its name.
            return (replace(message, record=None),)
        return super().on_received(link, message)

    def at_end(self) -> None:
        super().at_end()
        links, self._links = self._links, None
        if links is None:
            return
        self._version += 1
        push = Push((Signer(self.key, NETWORK).sign_one(self._record(links)).signed,))
        for link, peer in self.served.items():
            if peer.role == "node":
                self.speak(link, push)

    def _record(self, links: tuple[NodeId, ...]) -> NodeRecord:
        status = self.node.snapshot()
        vouched = (entry.id for entry in status.neighbours)
        return NodeRecord(
            signer=status.id,
            salt=encode(self._version.to_bytes(SALT_BYTES, "big")),
            incarnation=status.incarnation,
            version=self._version,
            name=status.name,
            addresses=status.addresses,
            links=links,
            neighbours=tuple(node for node in vouched if node is not None),
        )
