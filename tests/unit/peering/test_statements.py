"""Signing statements in batches, and reading the signed statements of others."""

from dataclasses import replace

import pytest

from overlay.errors import BadKey, BadSignature, MalformedFrame, Mismatch, TooLarge
from overlay.messages.records import NodeRecord, Presence
from overlay.peering.statements import Reader, Signer
from tests.support.people import NETWORK, a_client, a_node_called, signed_text, with_fields

ALICE = a_client("alice")
SOUTH = a_node_called("south")


def test_many_statements_share_as_few_signatures_as_batches_allow() -> None:
    """docs/protocol.md, section 3.2."""
    values = [ALICE.presence(SOUTH.id).value for _ in range(130)]

    signed = Signer(ALICE.key, NETWORK).sign(values)

    assert [each.value for each in signed] == values
    assert len({each.signed.signature for each in signed}) == 3
    reader = Reader(NETWORK)
    assert [reader.read(each.signed) for each in signed] == signed
    assert reader.signatures_checked == 3


def test_nothing_to_sign_costs_nothing() -> None:
    assert Signer(ALICE.key, NETWORK).sign([]) == []


def test_a_statement_of_another_type_is_not_taken() -> None:
    """docs/protocol.md, section 3.1."""
    reader = Reader(NETWORK)
    presence = ALICE.presence(SOUTH.id)

    assert reader.read_as(Presence, presence.signed) == presence
    with pytest.raises(Mismatch):
        reader.read_as(NodeRecord, presence.signed)


def test_a_leaf_names_a_text_without_verifying_it() -> None:
    """docs/protocol.md, section 6.1."""
    presence = ALICE.presence(SOUTH.id)
    forged = replace(presence.signed, signature="A" * 86, index=0, path=())

    assert Reader(NETWORK).leaf_of(forged) == presence.leaf


@pytest.mark.parametrize(
    ("signed", "error"),
    [
        (replace(SOUTH.record().signed, signature="A" * 86), BadSignature),
        (replace(SOUTH.record().signed, signer="A" * 43), BadKey),
        (with_fields(SOUTH.record(), SOUTH.key, kind="slot"), Mismatch),
        (with_fields(SOUTH.record(), SOUTH.key, signer=ALICE.id), Mismatch),
        (with_fields(SOUTH.record(), SOUTH.key, version="one"), MalformedFrame),
        (with_fields(SOUTH.record(), SOUTH.key, more="x" * 20_000), TooLarge),
        (signed_text(SOUTH.key, "promise", "{}"), MalformedFrame),
    ],
)
def test_what_is_not_a_statement_is_refused(signed: object, error: type[Exception]) -> None:
    """docs/protocol.md, sections 3.1 and 3.2."""
    with pytest.raises(error):
        Reader(NETWORK).read(signed)  # type: ignore[arg-type]  # a signed text
