"""The distinct types of ids and counts, so that a checker tells them apart.

Ids and hashes are unpadded base64url text: 43 characters for 32 bytes.
An id is the Ed25519 public key itself.
"""

from typing import NamedTuple, NewType

NodeId = NewType("NodeId", str)
ClientId = NewType("ClientId", str)
AccountId = NewType("AccountId", str)

LeafHash = NewType("LeafHash", str)
"""SHA-256 of a signed text with its network, kind and signer; base64url."""

ConversationId = NewType("ConversationId", str)
ChainId = NewType("ChainId", str)
KeyId = NewType("KeyId", str)
"""Names a sealing key: 16 bytes, base64url, 22 characters."""

Address = NewType("Address", str)
"""Where a node listens: `ws://host:port/overlay` or `wss://…`."""

Incarnation = NewType("Incarnation", int)
Counter = NewType("Counter", int)


class Order(NamedTuple):
    """What orders the records of one subject: the higher wins.

    `number` is a version (node records, slots) or a counter (presences); an
    account record has `incarnation` 0 and its version in `number`.
    """

    incarnation: int
    number: int
