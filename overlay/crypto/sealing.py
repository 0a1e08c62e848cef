"""Sealing to one client's key: HPKE with the post-quantum hybrid X-Wing, and padding.

Secret against anyone without the key, also one who records now and has a
quantum computer later. It says nothing about who sealed: signatures do that.
"""

from hashlib import sha256, shake_256
from random import Random
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from overlay.crypto.encoding import encode, length_prefixed
from overlay.errors import BadKey, CannotOpen
from overlay.messages.ids import ChainId, ClientId, ConversationId, KeyId

SUITE: Final = "MLKEM768-X25519/HKDF-SHA256/AES-256-GCM"

SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 1_216
"""An ML-KEM-768 key of 1,184 bytes, then an X25519 key of 32."""

_MLKEM_PUBLIC_BYTES: Final = 1_184
_CURVE_PRIME: Final = 2**255 - 19
_ENCAPSULATED_BYTES: Final = 1_120
_MLKEM_SEED_BYTES: Final = 64
_KEY_ID_BYTES: Final = 16

_HPKE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

_LENGTH_BYTES: Final = 4
PADDED_BYTES_MIN: Final = 256
PADDED_BYTES_MAX: Final = 65_536


class SealingKey:
    """A key pair to which others seal.

    Both halves come from one seed of 32 bytes.
    Source: draft-connolly-cfrg-xwing-kem, section 5.2.
    """

    __slots__ = ("_private", "_seed", "key_id", "public")

    def __init__(self, seed: bytes) -> None:
        """Raises ValueError unless `seed` is 32 bytes."""
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a sealing key comes from {SEED_BYTES} bytes, not {len(seed)}")
        expanded = shake_256(seed).digest(_MLKEM_SEED_BYTES + SEED_BYTES)
        lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES])
        curve = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:])
        self._private = MLKEM768X25519PrivateKey(lattice, curve)
        self._seed = seed
        self.public = (
            lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        )
        self.key_id = sealing_key_id(self.public)

    @classmethod
    def generate(cls, random: Random) -> Self:
        """Return a new key. `random` must yield secret bytes outside of simulations."""
        return cls(random.randbytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the key that `seed` was read from. Raises ValueError as the constructor."""
        return cls(seed)

    def __repr__(self) -> str:
        return f"SealingKey(key_id={self.key_id!r})"

    @property
    def seed(self) -> bytes:
        """The secret itself, 32 bytes, for whoever stores it."""
        return self._seed

    def open(self, info: bytes, sealed: bytes) -> bytes:
        """Return the text that was sealed to this key with this `info`; or raise CannotOpen."""
        if not _is_canonical(sealed[:_ENCAPSULATED_BYTES]):
            raise CannotOpen("a curve point in another text than its own")
        try:
            return _HPKE.decrypt(sealed, self._private, info)
        except InvalidTag as error:
            raise CannotOpen("not sealed to this key, or not with this purpose") from error


def sealing_key_id(public: bytes) -> KeyId:
    """Return the name of a sealing key: 16 bytes of its hash, base64url."""
    digest = sha256(length_prefixed("overlay/1/sealing-key", public)).digest()
    return KeyId(encode(digest[:_KEY_ID_BYTES]))


def seal(public: bytes, info: bytes, text: bytes) -> bytes:
    """Seal `text` to the holder of `public`, who needs the same `info` to open it.

    Returns the encapsulated key (1,120 bytes), then the ciphertext, 16 bytes
    longer than the text. The randomness is the library's own: the same call
    never gives the same bytes. Raises BadKey for a public key that cannot be
    one. Source: RFC 9180, section 6.1, base mode.
    """
    if len(public) != PUBLIC_BYTES:
        raise BadKey(f"a sealing key has {PUBLIC_BYTES} bytes, not {len(public)}")
    if not _is_canonical(public):
        raise BadKey("a curve point in another text than its own")
    try:
        lattice = MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES])
        curve = X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:])
        return _HPKE.encrypt(text, MLKEM768X25519PublicKey(lattice, curve), info)
    except ValueError as error:
        raise BadKey("not a sealing key") from error


def _is_canonical(key: bytes) -> bool:
    """Say whether what ends a key, public or encapsulated, is the only text of its curve point.

    X25519 takes others, too. Source: RFC 7748, section 5.
    """
    return int.from_bytes(key[-32:], "little") < _CURVE_PRIME


def chain_start_info(
    network: str,
    conversation: ConversationId,
    chain: ChainId,
    origin: ClientId,
    recipient: ClientId,
    key_id: KeyId,
) -> bytes:
    """Return the `info` of a chain start: it opens for what it was sealed for, or not at all."""
    return length_prefixed(SUITE, network, conversation, chain, origin, recipient, key_id)


def pad(content: bytes) -> bytes:
    """Hide the length of `content` but for its size class, a power of two.

    Its length stands in front, in four bytes, zeros follow it. Raises
    ValueError for more than fits the largest class, 65,532 bytes.
    """
    padded_bytes = _padded_bytes(len(content))
    if padded_bytes > PADDED_BYTES_MAX:
        raise ValueError(f"{len(content)} bytes do not fit {PADDED_BYTES_MAX}")
    return (len(content).to_bytes(_LENGTH_BYTES, "big") + content).ljust(padded_bytes, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return what `pad` hid. Raises CannotOpen for anything that `pad` does not write."""
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + length
    if len(padded) > PADDED_BYTES_MAX or len(padded) != _padded_bytes(length):
        raise CannotOpen("padded to a wrong size")
    if padded.count(0, end) != len(padded) - end:
        raise CannotOpen("padded with something")
    return padded[_LENGTH_BYTES:end]


def _padded_bytes(length: int) -> int:
    needed = _LENGTH_BYTES + length
    return max(PADDED_BYTES_MIN, 1 << (needed - 1).bit_length())
