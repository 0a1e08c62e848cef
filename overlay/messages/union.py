"""The closed union of everything that one frame can hold."""

from overlay.messages.clients import (
    Attach,
    Deliver,
    Detach,
    Done,
    Find,
    Found,
    Join,
    Leave,
    People,
    Stalled,
    Submit,
    Watch,
)
from overlay.messages.gossip import (
    Announce,
    Delta,
    Digest,
    DigestWanted,
    Equivocation,
    EverythingWanted,
    Prune,
    Push,
    Request,
    Synced,
)
from overlay.messages.links import (
    Ack,
    Goodbye,
    Heartbeat,
    Hello,
    Homes,
    Proof,
    Refusal,
    Spare,
    Welcome,
)
from overlay.messages.routing import Relay, Returned, Spread

HandshakeMessage = Hello | Proof | Welcome
LinkMessage = Heartbeat | Ack | Refusal | Goodbye
TreeMessage = Push | Equivocation | Announce | Request | Prune | Spread
DigestMessage = Digest | DigestWanted | EverythingWanted | Delta | Synced
NodeMessage = TreeMessage | DigestMessage | Relay | Returned | Spare
ToNode = Attach | Detach | Submit | Find | Watch | Join | Leave
ToClient = Done | Deliver | Stalled | Found | People | Homes
Message = HandshakeMessage | LinkMessage | NodeMessage | ToNode | ToClient
