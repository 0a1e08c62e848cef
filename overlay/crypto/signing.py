"""Signatures that cover a batch: leaves, roots, and a memory of roots already checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from overlay.crypto.encoding import decode, encode, length_prefixed
from overlay.crypto.keys import SIGNATURE_BYTES, PublicKeys, SigningKey
from overlay.errors import BadSignature
from overlay.limits import BATCH_LEAVES_MAX
from overlay.structures import merkle
from overlay.structures.bounded import LruCache

_LEAF: Final = "overlay/1/leaf"
_ROOT: Final = b"overlay/1/root\0"
_PATH_MAX: Final = (BATCH_LEAVES_MAX - 1).bit_length()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafProof:
    """What leads from one text to a signature: all that is sent beside it, and the leaf."""

    signature: str
    index: int
    path: tuple[str, ...]
    leaf: bytes


def leaf_hash(network: str, kind: str, signer: str, text: str) -> bytes:
    """Return the 32 bytes that stand for `text` in a batch.

    The text itself is never parsed for it. Raises ValueError for text without
    a UTF-8 form.
    """
    return sha256(length_prefixed(_LEAF, network, kind, signer, text)).digest()


def sign_batch(key: SigningKey, network: str, texts: Sequence[tuple[str, str]]) -> list[LeafProof]:
    """Sign all `texts`, each with its kind, at the cost of one signature.

    The proofs come in the order of the texts. Raises ValueError for no text,
    more than 64, or one without a UTF-8 form.
    """
    if len(texts) > BATCH_LEAVES_MAX:
        raise ValueError(f"a batch has at most {BATCH_LEAVES_MAX} texts, not {len(texts)}")
    leaves = [leaf_hash(network, kind, key.id, text) for kind, text in texts]
    root, paths = merkle.build(leaves)
    signature = encode(key.sign(root_bytes(network, root)))
    return [
        LeafProof(signature=signature, index=index, path=tuple(map(encode, path)), leaf=leaf)
        for index, (leaf, path) in enumerate(zip(leaves, paths, strict=True))
    ]


def root_bytes(network: str, root: bytes) -> bytes:
    """Return what is signed for a batch with this root."""
    return _ROOT + network.encode() + b"\0" + root


class Verifier:
    """Checks texts against their proofs, and each root's signature only once.

    A root counts as checked for one signer and one signature, all 64 bytes of
    it; `roots_max` of them are remembered, the last used ones, and so are
    `keys_max` public keys. Only what verified is ever remembered.
    """

    __slots__ = ("_keys", "_leaf_start", "_network", "_roots", "signatures_checked")

    def __init__(self, network: str, roots_max: int, keys_max: int) -> None:
        self._network = network
        self._leaf_start = length_prefixed(_LEAF, network)
        self._keys = PublicKeys(keys_max)
        self._roots: LruCache[tuple[str, str, bytes], bool] = LruCache(roots_max)
        self.signatures_checked = 0
        """How often Ed25519 had to be asked, the answer no included."""

    @property
    def roots_known(self) -> int:
        """Roots that need not be checked again."""
        return len(self._roots)

    @property
    def keys_known(self) -> int:
        """Public keys that need not be looked at again."""
        return len(self._keys)

    def leaf_of(self, kind: str, signer: str, text: str) -> bytes:
        """The same as `leaf_hash` in this verifier's network, and raises as it does."""
        # Every hop does this for every envelope: written out, it takes half the time.
        of_kind, of_signer, content = kind.encode(), signer.encode(), text.encode()
        return sha256(
            b"".join(
                (
                    self._leaf_start,
                    len(of_kind).to_bytes(4, "big"),
                    of_kind,
                    len(of_signer).to_bytes(4, "big"),
                    of_signer,
                    len(content).to_bytes(4, "big"),
                    content,
                )
            )
        ).digest()

    def verify(
        self, kind: str, signer: str, text: str, signature: str, index: int, path: Sequence[str]
    ) -> bytes:
        """Return the leaf hash of `text`, which `signer` has signed as `kind`.

        Raises BadSignature if that is not shown, and BadKey if `signer` is no
        public key that may sign.
        """
        if len(path) > _PATH_MAX:
            raise BadSignature(f"a path has at most {_PATH_MAX} steps, not {len(path)}")
        try:
            leaf = self.leaf_of(kind, signer, text)
            steps = [decode(step, merkle.LEAF_BYTES) for step in path]
            root = merkle.root_of(leaf, index, steps)
        except ValueError as error:
            raise BadSignature(f"no batch holds this: {error}") from error
        # Signatures and ids have one text each, so comparing texts compares all their bytes.
        checked = (signer, signature, root)
        if not self._roots.get(checked):
            self._check(signer, signature, root)
            self._roots.put(checked, True)
        return leaf

    def _check(self, signer: str, signature: str, root: bytes) -> None:
        try:
            raw = decode(signature, SIGNATURE_BYTES)
        except ValueError as error:
            raise BadSignature(f"not a signature: {error}") from error
        key = self._keys.public_key(signer)
        self.signatures_checked += 1
        key.verify(root_bytes(self._network, root), raw)
