"""The handshake, as both ends of a link run it. docs/protocol.md, section 2.

The listener's hello comes first, the dialler proves first:

    listener                      dialler
    hello           ──────────▶
                    ◀──────────   hello, proof
    proof           ──────────▶
    welcome         ──────────▶   (and, between nodes, back)

`welcome` is not sent here: whether a proved peer is welcome is a matter of
policy, and its owner's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from overlay.crypto.encoding import decode, encode, length_prefixed
from overlay.crypto.keys import PublicKey, SigningKey, public_key
from overlay.errors import (
    BadSignature,
    Mismatch,
    OwnKey,
    Unexpected,
    WrongAdmission,
    WrongNetwork,
    WrongPeer,
    WrongProof,
    WrongVersion,
)
from overlay.messages.ids import Incarnation
from overlay.messages.links import Admission, End, Hello, Introduction, Proof, Role
from overlay.wire.signed import read_introduction, write_introduction

VERSIONS = (1,)
NO_CERTIFICATE = "none"


class State(Enum):
    """How far the handshake has come, seen from our end."""

    AWAITS_HELLO = auto()
    AWAITS_PROOF = auto()
    PROVED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """What our hello says. `network` and `admission` are None for a client that has none yet:
    it takes them from the node it dials."""

    key: SigningKey
    role: Role
    incarnation: Incarnation
    network: str | None
    admission: Admission | None
    suites: tuple[str, ...]
    software: str


class Handshake:
    """One link's handshake. Feed it what arrives; send what it returns, in one frame.

    After `state` is PROVED, `their` says who the peer is and `version` what
    both speak. Every error is a `RemoteError` that ends the link.
    """

    __slots__ = ("_certificate", "_challenge", "_dials", "_expected_key", "_our_text", "_ourselves",
                 "_their", "_their_key", "_their_text", "admission", "network", "state",
                 "version")  # fmt: skip

    def __init__(
        self,
        ourselves: Ourselves,
        random: Random,
        *,
        dials: bool,
        expected_key: str | None = None,
        certificate: str | None = None,
    ) -> None:
        self._ourselves = ourselves
        self._expected_key = expected_key
        self._certificate = certificate or NO_CERTIFICATE
        self._dials = dials
        self._challenge = encode(random.randbytes(32))
        self._our_text = ""
        self._their_text = ""
        self.state = State.AWAITS_HELLO
        self.version = 0
        self.network = ourselves.network or ""
        self.admission: Admission = ourselves.admission or "listed"
        self._their: Introduction | None = None
        self._their_key: PublicKey | None = None

    @property
    def their(self) -> Introduction:
        """Who the peer says it is; to be believed once `state` is PROVED."""
        assert self._their is not None
        return self._their

    def opening(self) -> list[Hello]:
        """What the listener says unasked. A dialler waits."""
        return [] if self._dials else [self._our_hello()]

    def on_hello(self, hello: Hello) -> list[Hello | Proof]:
        """Compare the introductions; a dialler answers with its own and its proof."""
        if self.state is not State.AWAITS_HELLO:
            raise Unexpected("a second hello")
        their = read_introduction(hello.text)
        self._compare(their)
        self._their, self._their_text = their, hello.text
        self.state = State.AWAITS_PROOF
        return [self._our_hello(), self._our_proof()] if self._dials else []

    def on_proof(self, proof: Proof) -> list[Proof]:
        """Verify the peer's proof; a listener answers a valid one with its own."""
        if self.state is not State.AWAITS_PROOF:
            raise Unexpected("a proof out of its turn")
        self._check_certificate(proof)
        transcript = self._transcript(self.their.end, proof.certificate)
        assert self._their_key is not None
        try:
            self._their_key.verify(transcript, decode(proof.signature, 64))
        except BadSignature:
            raise WrongProof("the signature over both hellos does not verify") from None
        self.state = State.PROVED
        answer = [] if self._dials else [self._our_proof()]
        # A link lasts, and these were all that they were good for.
        self._our_text = self._their_text = ""
        return answer

    def _our_hello(self) -> Hello:
        ourselves = self._ourselves
        self._our_text = write_introduction(
            Introduction(
                versions=VERSIONS,
                suites=ourselves.suites,
                role=ourselves.role,
                end=self._end(ours=True),
                key=ourselves.key.id,
                incarnation=ourselves.incarnation,
                network=self.network,
                admission=self.admission,
                challenge=self._challenge,
                software=ourselves.software,
            )
        )
        return Hello(self._our_text)

    def _our_proof(self) -> Proof:
        transcript = self._transcript(self._end(ours=True), self._certificate)
        return Proof(self._certificate, encode(self._ourselves.key.sign(transcript)))

    def _transcript(self, end: End, certificate: str) -> bytes:
        texts: Sequence[str] = (self._our_text, self._their_text)
        dialler, listener = texts if self._dials else reversed(texts)
        return length_prefixed("overlay/1/handshake", end, listener, dialler, certificate)

    def _end(self, *, ours: bool) -> End:
        return "dialler" if self._dials is ours else "listener"

    def _compare(self, their: Introduction) -> None:
        common = set(VERSIONS) & set(their.versions)
        if not common:
            raise WrongVersion(f"we speak {list(VERSIONS)}, they {list(their.versions)}")
        if their.end != self._end(ours=False):
            raise Mismatch("both say that they are the same end of the link")
        self._compare_networks(their)
        self._compare_keys(their)
        self.version = max(common)

    def _compare_networks(self, their: Introduction) -> None:
        ourselves = self._ourselves
        if ourselves.network is None:
            self.network, self.admission = their.network, their.admission
        if their.network != self.network:
            raise WrongNetwork(f"ours is {self.network!r}, theirs {their.network!r}")
        both_nodes = ourselves.role == their.role == "node"
        if both_nodes and their.admission != self.admission:
            raise WrongAdmission(f"ours is {self.admission!r}, theirs {their.admission!r}")
        if ourselves.role == their.role == "client" or (self._dials and their.role != "node"):
            raise Unexpected("a client at the listening end")

    def _compare_keys(self, their: Introduction) -> None:
        self._their_key = public_key(their.key)
        if their.key == self._ourselves.key.id:
            raise OwnKey("our own key answers at the other end")
        if self._expected_key is not None and their.key != self._expected_key:
            raise WrongPeer(f"expected the key {self._expected_key}, found {their.key}")

    def _check_certificate(self, proof: Proof) -> None:
        if proof.certificate == self._certificate:
            return
        is_browser = self.their.role == "client" and proof.certificate == NO_CERTIFICATE
        if not is_browser:
            raise WrongProof("another certificate than the link's")
