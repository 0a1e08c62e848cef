"""Proofs that one signer gave one order to two texts. docs/protocol.md, section 5.8."""

from dataclasses import dataclass
from hashlib import sha256

from overlay.crypto.encoding import encode, length_prefixed
from overlay.errors import Mismatch
from overlay.messages.gossip import Equivocation
from overlay.messages.ids import Incarnation, LeafHash
from overlay.messages.records import AccountRecord, NodeRecord, Record, Slot
from overlay.peering.records import subject_of
from overlay.peering.statements import Verified

_DOMAIN = "overlay/1/equivocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A verified proof that a signer has equivocated in an incarnation.

    `leaf` names the proof as a leaf hash names a record: the same for the
    same two texts, whoever found them.
    """

    proof: Equivocation
    leaf: LeafHash
    signer: str
    incarnation: Incarnation
    is_of_node: bool


def proof_of(one: Verified[Record], other: Verified[Record]) -> Proved:
    """What two verified records prove together.

    Raises `Mismatch` where they prove nothing: other subjects, other orders,
    the same text, or account records, of which two of one version are no
    offence.
    """
    first, second = sorted((one, other), key=lambda record: record.leaf)
    value = first.value
    if subject_of(value) != subject_of(second.value) or value.order != second.value.order:
        raise Mismatch("two records of different subjects or orders")
    if first.leaf == second.leaf or isinstance(value, AccountRecord):
        raise Mismatch("two records that may both be")
    leaf = encode(sha256(length_prefixed(_DOMAIN, first.leaf, second.leaf)).digest())
    return Proved(
        proof=Equivocation(first.signed, second.signed),
        leaf=LeafHash(leaf),
        signer=value.signer,
        incarnation=Incarnation(value.order.incarnation),
        is_of_node=isinstance(value, NodeRecord | Slot),
    )
