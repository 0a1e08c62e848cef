"""The far end of a link, played by a test: a real handshake, and then what the test says."""

from random import Random

from overlay import limits
from overlay.crypto.keys import SigningKey
from overlay.messages.gossip import Digest, DigestPart, Push, Synced
from overlay.messages.ids import Incarnation
from overlay.messages.links import Admission, Hello, LinkLimits, Proof, Role, Welcome
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.handshake import Handshake, Ourselves, State
from tests.support.people import NETWORK, SUITE, ClientKeys, NodeKeys

LIMITS = LinkLimits(
    frame_bytes=limits.FRAME_BYTES_MAX,
    frame_envelopes=limits.FRAME_ENVELOPES_MAX,
    credit_envelopes=limits.LINK_CREDIT_ENVELOPES,
    credit_bytes=limits.LINK_CREDIT_BYTES,
    heartbeat_ms=limits.HEARTBEAT_NODE_MS,
)
WELCOME = Welcome(version=1, limits=LIMITS, record=None, homes=())


def exchange(*records: Signed) -> tuple[Message, ...]:
    """All that a far end says to know: these records; and that it needs nothing more."""
    nothing = Digest((DigestPart(prefix="", count=0),))
    return (*([Push(records)] if records else []), nothing, Synced())


class FarEnd:
    """Speaks as a node or a client; remembers all that it heard since it was last asked.

    It runs the handshake by itself, and as a node welcomes whoever proves
    itself, with `welcome` if it has one; unless `is_mute`, when it says nothing unasked.
    """

    def __init__(
        self,
        who: ClientKeys | NodeKeys,
        *,
        dials: bool,
        network: str | None = NETWORK,
        admission: Admission | None = "listed",
        welcome: Welcome | None = WELCOME,
        certificate: str | None = None,
        suites: tuple[str, ...] = (SUITE,),
        is_mute: bool = False,
    ) -> None:
        self.who = who
        self.dials = dials
        self.is_mute = is_mute
        self.welcome = welcome
        self.role: Role = "node" if isinstance(who, NodeKeys) else "client"
        self.handshake = a_handshake(
            who.key,
            self.role,
            who.incarnation,
            dials=dials,
            network=network,
            admission=admission,
            certificate=certificate,
            suites=suites,
        )
        self.heard: list[Message] = []

    @property
    def is_proved(self) -> bool:
        return self.handshake.state is State.PROVED

    def opening(self) -> list[Message]:
        """What it says unasked when the link opens."""
        return [] if self.is_mute else [*self.handshake.opening()]

    def on_message(self, message: Message) -> list[Message]:
        """Take one message; returns what it answers by itself."""
        self.heard.append(message)
        if self.is_mute:
            return []
        match message:
            case Hello():
                return [*self.handshake.on_hello(message)]
            case Proof():
                answer = self.handshake.on_proof(message)
                return [*answer] if self.dials else [*answer, *self._welcomes()]
            case Welcome():
                return self._welcomes() if self.dials else []
            case _:
                return []

    def _welcomes(self) -> list[Message]:
        return [self.welcome] if self.role == "node" and self.welcome is not None else []


def a_handshake(
    key: SigningKey,
    role: Role,
    incarnation: Incarnation,
    *,
    dials: bool,
    network: str | None = NETWORK,
    admission: Admission | None = "listed",
    certificate: str | None = None,
    suites: tuple[str, ...] = (SUITE,),
) -> Handshake:
    """A handshake of whoever holds this key."""
    ourselves = Ourselves(
        key=key,
        role=role,
        incarnation=incarnation,
        network=network,
        admission=admission,
        suites=suites,
        software="a test",
    )
    random = Random(f"{key.id} {dials}")
    return Handshake(ourselves, random, dials=dials, certificate=certificate)
