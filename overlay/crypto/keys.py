"""Ed25519 keys: ours, which sign, and those of others, which are looked at before use.

PyNaCl is the only library that may check a signature here: others accept keys
of small order, under which anyone can sign anything.
"""

from random import Random
from typing import Final, Self

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from overlay.crypto.encoding import decode, encode
from overlay.errors import BadKey, BadSignature
from overlay.structures.bounded import LruCache

KEY_BYTES: Final = 32
SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


class SigningKey:
    """A secret Ed25519 key. Its id is its public key, base64url."""

    __slots__ = ("_secret", "_seed", "id")

    def __init__(self, seed: bytes) -> None:
        """Raises ValueError unless `seed` is 32 bytes."""
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a signing key comes from {SEED_BYTES} bytes, not {len(seed)}")
        public, self._secret = crypto_sign_seed_keypair(seed)
        self._seed = seed
        self.id = encode(public)

    @classmethod
    def generate(cls, random: Random) -> Self:
        """Return a new key. `random` must yield secret bytes outside of simulations."""
        return cls(random.randbytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the key that `seed` was read from. Raises ValueError as the constructor."""
        return cls(seed)

    def __repr__(self) -> str:
        return f"SigningKey(id={self.id!r})"

    @property
    def seed(self) -> bytes:
        """The secret itself, 32 bytes, for whoever stores it."""
        return self._seed

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature of `message`. Source: RFC 8032, section 5.1.6."""
        return crypto_sign(message, self._secret)[:SIGNATURE_BYTES]


class PublicKey:
    """A key that passed `public_key`: canonical, and of the large prime order."""

    __slots__ = ("_raw", "id")

    def __init__(self, raw: bytes, key_id: str) -> None:
        self._raw = raw
        self.id = key_id

    def __bytes__(self) -> bytes:
        return self._raw

    def __repr__(self) -> str:
        return f"PublicKey(id={self.id!r})"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if `signature` is this key's over `message`; raise BadSignature if not."""
        if len(signature) != SIGNATURE_BYTES:
            raise BadSignature(f"a signature has {SIGNATURE_BYTES} bytes, not {len(signature)}")
        try:
            crypto_sign_open(signature + message, self._raw)
        except BadSignatureError as error:
            raise BadSignature("the signature does not verify") from error


def public_key(key_id: str) -> PublicKey:
    """Return the public key that `key_id` is.

    Raises BadKey for a text that is not canonical base64url of 32 bytes, and
    for a point that is not canonical, not on the curve, of small order or
    outside the main subgroup. Costs about as much as checking a signature.
    """
    try:
        raw = decode(key_id, KEY_BYTES)
    except ValueError as error:
        raise BadKey(f"not a public key: {error}") from error
    if not crypto_core_ed25519_is_valid_point(raw):
        raise BadKey("not a point that can be a public key")
    return PublicKey(raw, key_id)


class PublicKeys:
    """Public keys by id, of which the `keys_max` last used are looked at only once."""

    __slots__ = ("_known",)

    def __init__(self, keys_max: int) -> None:
        self._known: LruCache[str, PublicKey] = LruCache(keys_max)

    def __len__(self) -> int:
        return len(self._known)

    def public_key(self, key_id: str) -> PublicKey:
        """Return the public key that `key_id` is. Raises BadKey as `public_key` does."""
        known = self._known.get(key_id)
        if known is None:
            known = public_key(key_id)
            self._known.put(key_id, known)
        return known

    def verify(self, key_id: str, message: bytes, signature: bytes) -> None:
        """Return if `signature` is over `message` by the key that `key_id` is.

        Raises BadSignature if it is not, and BadKey as `public_key` does.
        """
        self.public_key(key_id).verify(message, signature)
