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
from overlay.messages.gossip import Delta, Push
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
NodeMessage = Delta | Push | Relay | Returned | Spread | Spare
ToNode = Attach | Detach | Submit | Find | Watch | Join | Leave
ToClient = Done | Deliver | Stalled | Found | People | Homes
Message = HandshakeMessage | LinkMessage | NodeMessage | ToNode | ToClient
