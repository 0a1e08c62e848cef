"""A node whose honest clients talk while others do on its links what a test thinks of."""

from overlay import limits
from overlay.messages.clients import Deliver, Submit
from overlay.messages.links import Heartbeat
from overlay.wire.codec import Decode, decode_frame
from tests.protocol.harness import NodeUnderTest, Peer, a_node, at
from tests.support.farend import FarEnd
from tests.support.people import a_client, a_node_called

NORTH, SOUTH, WEST = a_node_called("north"), a_node_called("south"), a_node_called("west")
FAR = a_node_called("far")
MALLORY, MALICE = a_client("mallory"), a_client("malice")


class Town:
    """North, to which alice and bob are attached; a link of anybody else opens when it is used."""

    def __init__(self, decode: Decode = decode_frame) -> None:
        self.north: NodeUnderTest = a_node(neighbours=[SOUTH, WEST, at(FAR.address)], decode=decode)
        self.alice, self.bob = a_client("alice"), a_client("bob")
        self.at_alice = self.north.attached(self.alice)
        self.at_bob = self.north.attached(self.bob)
        self._links: dict[str, Peer] = {}

    def link(self, who: str) -> Peer:
        """The open link of somebody, anew where it has ended."""
        peer = self._links.get(who)
        if peer is None or not peer.is_open:
            peer = self._links[who] = self._opened(who)
        return peer

    def _opened(self, who: str) -> Peer:
        match who:
            case "stranger":
                return self.north.accepts(FarEnd(MALLORY, dials=True, is_mute=True))
            case "client":
                return self.north.client(MALLORY)
            case "attached":
                return self.north.attached(MALICE)
            case "dialled" if FAR.address in self.north.dialled:
                return self.north.reaches(FAR.address, FarEnd(FAR, dials=False))
            case "west":
                return self.north.linked(WEST)
            case _:
                return self.north.linked(SOUTH)

    def passes(self, for_ms: int) -> None:
        """Time passes, in which alice and bob say now and then that they live."""
        while for_ms > 0:
            self.at_alice.says(Heartbeat())
            self.at_bob.says(Heartbeat())
            step_ms = min(for_ms, limits.HEARTBEAT_CLIENT_MS)
            self.north.passes(step_ms)
            for_ms -= step_ms

    def goes_on(self) -> bool:
        """Whether alice and bob still talk."""
        self.at_bob.hears()
        message = self.alice.message_to(self.bob)
        number = self.at_alice.next_number()
        self.at_alice.says(Submit(number=number, envelope=message.signed))
        return [deliver.envelope for deliver in self.at_bob.hears_all(Deliver)] == [message.signed]
