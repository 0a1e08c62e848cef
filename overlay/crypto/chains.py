"""Keys of messages: a chain of one origin client in one conversation, stepping forward only.

What a chain seals it does not hide in length: pad first.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final, Self, TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from overlay.crypto.encoding import decode, encode, length_prefixed
from overlay.errors import CannotOpen, ChainGap
from overlay.messages.ids import AccountId, ChainId, ClientId, ConversationId

CHAIN_KEY_BYTES: Final = 32

_STEP: Final = b"overlay/1/step"
_NONCE: Final = bytes(12)
"""Always the same: every key seals one message."""

_ID_BYTES: Final = 32
_INDEX_BYTES: Final = 8


def direct_conversation(network: str, one: AccountId, other: AccountId) -> ConversationId:
    """Return the conversation of two accounts, in whatever order they are given."""
    lower, higher = sorted((one, other))
    parts = length_prefixed("overlay/1/direct", network, lower, higher)
    return ConversationId(encode(sha256(parts).digest()))


def chain_id(
    network: str, conversation: ConversationId, origin: ClientId, first_key: bytes
) -> ChainId:
    """Return the id of the chain that starts with `first_key`.

    It commits the origin to the key: two readers who see one chain id hold
    the same key, and so read the same texts.
    """
    parts = length_prefixed("overlay/1/chain", network, conversation, origin, first_key)
    return ChainId(encode(sha256(parts).digest()))


def step(chain_key: bytes) -> tuple[bytes, bytes]:
    """Return the next chain key and the message key beside it; neither tells what was before."""
    derived = HKDF(SHA256(), 2 * CHAIN_KEY_BYTES, None, _STEP).derive(chain_key)
    return derived[:CHAIN_KEY_BYTES], derived[CHAIN_KEY_BYTES:]


class SendingChain:
    """Seals one client's messages in one conversation, each under a key of its own.

    Lives in memory only. Indices count from 1; index 0 is the chain start.
    Raises ValueError for a first key that is not 32 bytes, or ids that are not.
    """

    __slots__ = ("_bound_to", "_key", "chain", "next_index")

    def __init__(
        self, network: str, conversation: ConversationId, origin: ClientId, first_key: bytes
    ) -> None:
        _require_key(first_key)
        self.chain = chain_id(network, conversation, origin, first_key)
        self._bound_to = _bound_to(origin, conversation, self.chain)
        self._key = first_key
        self.next_index = 1

    def __repr__(self) -> str:
        return f"SendingChain(chain={self.chain!r}, next_index={self.next_index})"

    def seal(self, text: bytes) -> tuple[int, bytes]:
        """Return the index taken, and `text` sealed under its key, 16 bytes longer."""
        index = self.next_index
        self._key, message_key = step(self._key)
        self.next_index += 1
        sealed = AESGCM(message_key).encrypt(_NONCE, text, _associated(self._bound_to, index))
        return index, sealed


class ChainSnapshot(TypedDict):
    """A receiving chain as JSON can hold it. Secret: it opens what has not arrived yet."""

    conversation: str
    origin: str
    chain: str
    key: str
    next_index: int
    skipped: dict[str, str]
    skipped_max: int


class ReceivingChain:
    """Opens the messages of one chain, in any order, each once.

    Keys of indices passed over are kept, `skipped_max` at most; a key is gone
    once it has opened its message. So every index below `next_index` is either
    opened or has its key among the skipped ones.
    """

    __slots__ = (
        "_bound_to",
        "_key",
        "_skipped",
        "_skipped_max",
        "chain",
        "conversation",
        "next_index",
        "origin",
    )

    def __init__(self, snapshot: ChainSnapshot) -> None:
        """Use `start` for a new chain, `restore` for a known one."""
        self.conversation = ConversationId(snapshot["conversation"])
        self.origin = ClientId(snapshot["origin"])
        self.chain = ChainId(snapshot["chain"])
        self._bound_to = _bound_to(self.origin, self.conversation, self.chain)
        self._key = decode(snapshot["key"], CHAIN_KEY_BYTES)
        self.next_index = snapshot["next_index"]
        self._skipped_max = snapshot["skipped_max"]
        self._skipped = {
            int(index): decode(key, CHAIN_KEY_BYTES) for index, key in snapshot["skipped"].items()
        }

    @property
    def unopened(self) -> int:
        """How many keys are kept for messages that have not arrived."""
        return len(self._skipped)

    @classmethod
    def start(
        cls,
        *,
        network: str,
        conversation: ConversationId,
        origin: ClientId,
        chain: ChainId,
        first_key: bytes,
        skipped_max: int,
    ) -> Self:
        """Return the chain that a chain start opened.

        Raises CannotOpen if `chain` is not the id that this key has here:
        someone was given another key than the rest, or for elsewhere.
        """
        if len(first_key) != CHAIN_KEY_BYTES:
            raise CannotOpen(f"a chain key has {CHAIN_KEY_BYTES} bytes, not {len(first_key)}")
        if chain != chain_id(network, conversation, origin, first_key):
            raise CannotOpen("the chain start does not match its chain")
        snapshot = ChainSnapshot(
            conversation=conversation,
            origin=origin,
            chain=chain,
            key=encode(first_key),
            next_index=1,
            skipped={},
            skipped_max=skipped_max,
        )
        try:
            return cls(snapshot)
        except ValueError as error:
            raise CannotOpen("the chain start names something that is no id") from error

    @classmethod
    def restore(cls, snapshot: ChainSnapshot) -> Self:
        """Return the chain that `snapshot` was taken of. Raises ValueError for a broken one."""
        return cls(snapshot)

    def __repr__(self) -> str:
        return f"ReceivingChain(chain={self.chain!r}, next_index={self.next_index})"

    def snapshot(self) -> ChainSnapshot:
        """Return all of the chain, to be stored before an opened text is shown."""
        return ChainSnapshot(
            conversation=self.conversation,
            origin=self.origin,
            chain=self.chain,
            key=encode(self._key),
            next_index=self.next_index,
            skipped={str(index): encode(key) for index, key in self._skipped.items()},
            skipped_max=self._skipped_max,
        )

    def has_opened(self, index: int) -> bool:
        """Whether the message at `index` was opened before, so that this is a duplicate."""
        return 0 < index < self.next_index and index not in self._skipped

    def opened(self) -> tuple[tuple[int, int], ...]:
        """Return the indices opened, as rising ranges with both ends included."""
        return tuple(self._opened())

    def _opened(self) -> Iterator[tuple[int, int]]:
        first = 1
        for gap in (*sorted(self._skipped), self.next_index):
            if first < gap:
                yield first, gap - 1
            first = gap + 1

    def open(self, index: int, sealed: bytes) -> bytes:
        """Return the text sealed at `index`, whose key is gone afterwards.

        Raises CannotOpen if it does not open, was opened before or is no
        index of a message, and ChainGap if too many keys would have to be
        kept for what has not arrived. Nothing has changed then.
        """
        if index >= self.next_index:
            return self._open_ahead(index, sealed)
        key = self._skipped.get(index)
        if key is None:
            raise CannotOpen(f"index {index} has been opened, or never was one")
        text = self._open_with(key, index, sealed)
        del self._skipped[index]
        return text

    def _open_ahead(self, index: int, sealed: bytes) -> bytes:
        ahead = index - self.next_index
        if len(self._skipped) + ahead > self._skipped_max:
            raise ChainGap(f"index {index} would leave more than {self._skipped_max} unopened")
        chain_key = self._key
        passed: dict[int, bytes] = {}
        for skipped in range(self.next_index, index):
            chain_key, passed[skipped] = step(chain_key)
        chain_key, message_key = step(chain_key)
        text = self._open_with(message_key, index, sealed)
        self._key = chain_key
        self._skipped |= passed
        self.next_index = index + 1
        return text

    def _open_with(self, key: bytes, index: int, sealed: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(_NONCE, sealed, _associated(self._bound_to, index))
        except InvalidTag as error:
            raise CannotOpen(f"index {index} does not open") from error


def _require_key(key: bytes) -> None:
    if len(key) != CHAIN_KEY_BYTES:
        raise ValueError(f"a chain key has {CHAIN_KEY_BYTES} bytes, not {len(key)}")


def _bound_to(origin: ClientId, conversation: ConversationId, chain: ChainId) -> bytes:
    return b"".join(decode(part, _ID_BYTES) for part in (origin, conversation, chain))


def _associated(bound_to: bytes, index: int) -> bytes:
    return bound_to + index.to_bytes(_INDEX_BYTES, "big")
