"""What both ends of a link say to each other: handshake, heartbeats, acks. Sections 1 and 2."""

from dataclasses import dataclass
from typing import Literal

from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.messages.signed import Signed

Role = Literal["node", "client"]
End = Literal["dialler", "listener"]
Admission = Literal["listed", "open"]


@dataclass(frozen=True, slots=True)
class Hello:
    """Opens a link. `text` is kept as it came: the proof signs both texts."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """The reading of a hello's text. `key` is a node id or client id, by `role`."""

    versions: tuple[int, ...]
    suites: tuple[str, ...]
    role: Role
    end: End
    key: str
    incarnation: Incarnation
    network: str
    admission: Admission
    challenge: str
    software: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Ed25519 over the transcript of both hellos.

    `certificate` is the fingerprint of the TLS certificate as the signer saw
    it, or `none`.
    """

    certificate: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLimits:
    """What the sender of a `welcome` accepts on this link."""

    frame_bytes: int
    frame_envelopes: int
    credit_envelopes: int
    credit_bytes: int
    heartbeat_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A node that a client can resume at."""

    id: NodeId
    name: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The link serves. `record` is the highest record of the receiver that the sender holds."""

    version: int
    limits: LinkLimits
    record: Signed | None
    homes: tuple[Home, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Says no, with a stable code; `number` or `request` name what is refused, if anything."""

    code: str
    detail: str = ""
    number: int | None = None
    request: int | None = None
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Says that its sender lives; `wants_echo` asks for one back at once.

    `root` stands for all that counts with the sender; None when that is as it
    was last told on this link.
    """

    wants_echo: bool = False
    root: str | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """Every number of this link up to `number` is held here, except those returned or refused."""

    number: int


@dataclass(frozen=True, slots=True)
class Spare:
    """Proposes to close a link between nodes that nobody chose and nobody needs any more."""


@dataclass(frozen=True, slots=True)
class Homes:
    """The ranked list of `welcome`, again, because it changed."""

    homes: tuple[Home, ...]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The sender stops; a client finds here where to go."""

    homes: tuple[Home, ...]
