"""Seals and opens for the clients of a world.

The shipped suite draws randomness of its own, which would make two runs of one
seed differ; so a stand-in of the same lengths takes its place where a digest
is wanted.
"""

from hashlib import sha256, shake_256
from random import Random
from typing import Protocol, assert_never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from overlay.client.effects import Open, Seal
from overlay.client.events import Opened, Sealed, SealFailed
from overlay.crypto.sealing import PUBLIC_BYTES, SealingKey, seal
from overlay.errors import BadKey, CannotOpen

ENCAPSULATED_BYTES = 1_120
"""What the shipped suite puts in front of the ciphertext: an ML-KEM-768 ciphertext and a key."""

_CURVE_BYTES = 32
_NONCE = bytes(12)
"""Always the same: every key is derived from a fresh one."""


class Seals(Protocol):
    """Performs the two effects whose answers no seed determines."""

    def perform(self, effect: Seal | Open) -> Sealed | SealFailed | Opened:
        """The answer to an effect."""


class ShippedSeals:
    """The suite that ships, randomness included: runs with it have no digest."""

    def perform(self, effect: Seal | Open) -> Sealed | SealFailed | Opened:
        match effect:
            case Seal(ticket=ticket, key=key, info=info, text=text):
                try:
                    return Sealed(ticket, seal(key, info, text))
                except BadKey as error:
                    return SealFailed(ticket, str(error))
            case Open(ticket=ticket, seed=seed, info=info, sealed=sealed):
                try:
                    return Opened(ticket, SealingKey.from_seed(seed).open(info, sealed))
                except CannotOpen:
                    return Opened(ticket, None)
            case _:
                assert_never(effect)


class StandInSeals:
    """X25519 to the curve half of the very keys that the shipped suite uses, then AES-GCM."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def perform(self, effect: Seal | Open) -> Sealed | SealFailed | Opened:
        match effect:
            case Seal(ticket=ticket, key=key, info=info, text=text):
                if len(key) != PUBLIC_BYTES:
                    return SealFailed(ticket, "not a sealing key")
                return Sealed(ticket, self._seal(key[-_CURVE_BYTES:], info, text))
            case Open(ticket=ticket, seed=seed, info=info, sealed=sealed):
                return Opened(ticket, _open(seed, info, sealed))
            case _:
                assert_never(effect)

    def _seal(self, public: bytes, info: bytes, text: bytes) -> bytes:
        fresh = X25519PrivateKey.from_private_bytes(self._random.randbytes(_CURVE_BYTES))
        ours = fresh.public_key().public_bytes_raw()
        secret = fresh.exchange(X25519PublicKey.from_public_bytes(public))
        filling = self._random.randbytes(ENCAPSULATED_BYTES - _CURVE_BYTES)
        return ours + filling + _cipher(secret, ours, public).encrypt(_NONCE, text, info)


def _open(seed: bytes, info: bytes, sealed: bytes) -> bytes | None:
    """Derives the curve's half of a key pair from its seed as `SealingKey` does."""
    curve = X25519PrivateKey.from_private_bytes(shake_256(seed).digest(96)[64:])
    public = curve.public_key().public_bytes_raw()
    theirs, ciphertext = sealed[:_CURVE_BYTES], sealed[ENCAPSULATED_BYTES:]
    try:
        secret = curve.exchange(X25519PublicKey.from_public_bytes(theirs))
        return _cipher(secret, theirs, public).decrypt(_NONCE, ciphertext, info)
    except (InvalidTag, ValueError):
        return None


def _cipher(secret: bytes, fresh_public: bytes, public: bytes) -> AESGCM:
    return AESGCM(sha256(secret + fresh_public + public).digest())
