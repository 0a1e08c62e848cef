"""Signing statements in batches, and reading the signed statements of others.

docs/protocol.md, section 3. A *statement* is any value that is signed: a
record, a key bundle, an envelope.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeGuard, TypeVar

from overlay import limits
from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.crypto.signing import Verifier, sign_batch
from overlay.errors import Mismatch
from overlay.messages.ids import LeafHash
from overlay.messages.signed import Signed
from overlay.structures.sizes import Size
from overlay.wire.signed import Signable, kind_of, read_text, write_text

ValueT = TypeVar("ValueT", covariant=True)
StatementT = TypeVar("StatementT")
WantedT = TypeVar("WantedT")


@dataclass(frozen=True, slots=True)
class Verified(Generic[ValueT]):
    """A statement that its signer made: the reading, the text as it travels, its leaf hash."""

    value: ValueT
    signed: Signed
    leaf: LeafHash


def is_of(verified: Verified[object], kind: type[WantedT]) -> TypeGuard[Verified[WantedT]]:
    """Whether a statement is of this type: then it is known as such, without a copy."""
    return isinstance(verified.value, kind)


class Signer:
    """Signs statements of one key in one network, up to 64 under one signature."""

    def __init__(self, key: SigningKey, network: str) -> None:
        self._key = key
        self._network = network

    def sign(self, values: Sequence[Signable]) -> list[Verified[Signable]]:
        """Sign all of `values`, in order; as few signatures as batches allow."""
        signed: list[Verified[Signable]] = []
        for start in range(0, len(values), limits.BATCH_LEAVES_MAX):
            signed += self._sign_batch(values[start : start + limits.BATCH_LEAVES_MAX])
        return signed

    def sign_one(self, value: StatementT) -> Verified[StatementT]:
        """Sign a single statement."""
        (verified,) = self.sign([value])  # type: ignore[list-item]  # it is a Signable
        return verified  # type: ignore[return-value]  # the same value comes back

    def _sign_batch(self, values: Sequence[Signable]) -> list[Verified[Signable]]:
        texts = [(kind_of(value), write_text(value)) for value in values]
        proofs = sign_batch(self._key, self._network, texts)
        return [
            Verified(
                value,
                Signed(
                    kind=kind,
                    signer=self._key.id,
                    signed=text,
                    signature=proof.signature,
                    index=proof.index,
                    path=tuple(proof.path),
                ),
                LeafHash(encode(proof.leaf)),
            )
            for value, (kind, text), proof in zip(values, texts, proofs, strict=True)
        ]


class Reader:
    """Verifies and reads what others signed in one network."""

    def __init__(self, network: str) -> None:
        self._verifier = Verifier(
            network, roots_max=limits.VERIFIED_ROOTS_MAX, keys_max=limits.VERIFY_KEYS_MAX
        )

    def sizes(self) -> Iterator[Size]:
        """How much is remembered."""
        verifier = self._verifier
        yield Size("verified roots", verifier.roots_known, limits.VERIFIED_ROOTS_MAX)
        yield Size("keys parsed", verifier.keys_known, limits.VERIFY_KEYS_MAX)

    @property
    def signatures_checked(self) -> int:
        """Ed25519 verifications so far; the next leaf under a known root costs none."""
        return self._verifier.signatures_checked

    def read(self, signed: Signed) -> Verified[Signable]:
        """The statement, if its signer made it.

        Raises `BadKey`, `BadSignature`, `Mismatch`, `MalformedFrame` or `TooLarge`.
        """
        leaf = self.verified_leaf_of(signed)
        return Verified(read_text(signed), signed, leaf)

    def read_as(self, wanted: type[WantedT], signed: Signed) -> Verified[WantedT]:
        """The same for a statement of one type; raises `Mismatch` for another."""
        verified = self.read(signed)
        if not is_of(verified, wanted):
            raise Mismatch(f"a {signed.kind!r} where another statement belongs")
        return verified

    def verified_leaf_of(self, signed: Signed) -> LeafHash:
        """The leaf hash of a text that its signer signed, unread.

        Raises `BadKey` or `BadSignature`.
        """
        leaf = self._verifier.verify(
            signed.kind, signed.signer, signed.signed, signed.signature, signed.index, signed.path
        )
        return LeafHash(encode(leaf))

    def leaf_of(self, signed: Signed) -> LeafHash:
        """The leaf hash alone, unverified: names an envelope in transit."""
        return LeafHash(encode(self._verifier.leaf_of(signed.kind, signed.signer, signed.signed)))


ReaderOf = Callable[[str], Reader]
"""Gives the reader of a network: a new one each time, or one that machines share."""
