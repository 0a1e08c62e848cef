"""Every exception of the project, and the wire code of each one that a peer can cause.

    OverlayError
    ├── LocalError          the caller asked for the impossible
    │   ├── UsageError          arguments that make no sense together
    │   └── Refused             a node or a policy said no to what we asked (carries the code)
    ├── RemoteError         the other end broke the protocol (every subclass has a wire code)
    │   ├── frames: MalformedFrame, TooLarge, TooDeep, UnknownMessage, UnsupportedFrame
    │   ├── handshake: WrongVersion, WrongNetwork, WrongAdmission, WrongProof, Banned, ...
    │   ├── signatures: BadKey, BadSignature, Mismatch
    │   ├── envelopes: Replayed, OldIncarnation, NotYours, UnknownRecipient, Quota, Busy, ...
    │   └── sealing: UnknownSuite, CannotOpen, ChainGap
    ├── LinkError           a link could not be opened or has broken
    ├── StoreError          the disk said no
    │   └── StoreInUse          another process has it open
    └── ConfigError         a file or setting is wrong: says which, what was found, what is expected

Codes are stable: they are documented in docs/protocol.md, section 11, and never reused.
"""

from typing import ClassVar


class OverlayError(Exception):
    """The root of everything that this package raises on purpose."""


class LocalError(OverlayError):
    """The caller asked for something that cannot be."""


class UsageError(LocalError):
    """Arguments that make no sense together."""


class Refused(LocalError):
    """A node said no. `code` is the wire code, `retry_after_ms` its hint, if any."""

    def __init__(self, code: str, detail: str = "", retry_after_ms: int | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.retry_after_ms = retry_after_ms


class LinkError(OverlayError):
    """A link could not be opened, or has broken."""


class StoreError(OverlayError):
    """The disk, or the database on it, said no."""


class StoreInUse(StoreError):
    """Another process has the database open and locked."""


class ConfigError(OverlayError):
    """A file or a setting is wrong.

    `where` names the file and the line or key, `found` what stood there and
    `expected` how to mend it, so that one line tells a person what to do.
    """

    def __init__(self, where: str, found: str, expected: str) -> None:
        super().__init__(f"{where}: found {found}; expected {expected}")
        self.where = where
        self.found = found
        self.expected = expected


class PortUnavailable(ConfigError):
    """A port cannot be had now: who holds it may go, and an address of this machine may come."""


class RemoteError(OverlayError):
    """The other end broke the protocol, or asked for what it cannot have.

    `closes` says whether the link is of no further use after it.
    """

    code: ClassVar[str] = "refused"
    closes: ClassVar[bool] = False

    def __init__(self, detail: str = "", *, retry_after_ms: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_ms = retry_after_ms


# Frames: docs/protocol.md, section 1.


class MalformedFrame(RemoteError):
    """Not JSON, not an array of messages, or a field out of its bounds."""

    code = "malformed"
    closes = True


class TooLarge(RemoteError):
    """A frame above the limit."""

    code = "too_large"
    closes = True


class TooDeep(RemoteError):
    """JSON nested deeper than any message is."""

    code = "too_deep"
    closes = True


class UnknownMessage(RemoteError):
    """A message type that the agreed version does not have."""

    code = "unknown_message"
    closes = True


class UnsupportedFrame(RemoteError):
    """A binary frame: reserved for file chunks."""

    code = "unsupported"
    closes = True


class Unexpected(RemoteError):
    """A message that has no place here: before the handshake, or of the wrong role."""

    code = "unexpected"
    closes = True


# Handshake: docs/protocol.md, section 2.


class WrongVersion(RemoteError):
    """No protocol version in common."""

    code = "wrong_version"
    closes = True


class WrongNetwork(RemoteError):
    """The peer belongs to another overlay."""

    code = "wrong_network"
    closes = True


class WrongAdmission(RemoteError):
    """The peer's overlay admits members in another way."""

    code = "wrong_admission"
    closes = True


class WrongProof(RemoteError):
    """The handshake's signature does not verify, or names another certificate."""

    code = "wrong_proof"
    closes = True


class WrongPeer(RemoteError):
    """Another key than the pinned one answers at an address, or our own does."""

    code = "changed_key"
    closes = True


class OwnKey(WrongPeer):
    """Our own key answers at an address: we have dialled ourselves."""


class NotANeighbour(RemoteError):
    """A node that neither our neighbours file nor a member's admits."""

    code = "not_a_neighbour"
    closes = True


class HandshakeTimeout(RemoteError):
    """The handshake did not end in its time."""

    code = "handshake_timeout"
    closes = True


class TooManyLinks(RemoteError):
    """The bound on links, or on half-open ones, is reached."""

    code = "too_many_links"
    closes = True


class Banned(RemoteError):
    """This node's operator wants nothing to do with the peer, for a while or for good."""

    code = "banned"
    closes = True


class NotAttached(RemoteError):
    """A client that proved itself and did not attach in its time."""

    code = "not_attached"
    closes = True


# Signatures and records: docs/protocol.md, sections 3 and 5.


class BadKey(RemoteError):
    """A public key that is malformed, of small order, or not canonical."""

    code = "bad_key"


class BadSignature(RemoteError):
    """A signature that does not verify."""

    code = "bad_signature"


class Mismatch(RemoteError):
    """Signed text that contradicts the kind, signer or session outside it."""

    code = "mismatch"


class NotCertified(RemoteError):
    """A client that the account record does not list, or lists as revoked."""

    code = "not_certified"


class NotYours(RemoteError):
    """A statement about another's client, signed or offered by the wrong one."""

    code = "not_yours"


class OldIncarnation(RemoteError):
    """A statement from an incarnation that has been superseded."""

    code = "old_incarnation"


class NoSlot(RemoteError):
    """Every slot of this home is taken."""

    code = "no_slot"


# Envelopes: docs/protocol.md, sections 6 to 8.


class Replayed(RemoteError):
    """A used counter, offered as new."""

    code = "replayed"


class UnknownRecipient(RemoteError):
    """Nobody present bears that name or id, and nobody is remembered by it."""

    code = "unknown_recipient"


class Quota(RemoteError):
    """The mailbox of a recipient, or of the node, is full."""

    code = "quota"


class Busy(RemoteError):
    """No credit, or more than a fair share: try again after `retry_after_ms`."""

    code = "busy"


# Sealing: docs/protocol.md, section 9.


class UnknownSuite(RemoteError):
    """A sealed text, or a key to seal to, of a suite that this client does not have."""

    code = "unknown_suite"


class CannotOpen(RemoteError):
    """A sealed text that does not open under the key it names."""

    code = "cannot_open"


class ChainGap(RemoteError):
    """An index further ahead in its chain than skipped keys are kept for."""

    code = "chain_gap"
