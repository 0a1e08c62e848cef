"""The texts that are signed or sealed: written once, read by everybody else."""

import json
from collections.abc import Callable

import pytest

from overlay import limits
from overlay.errors import MalformedFrame, Mismatch, TooLarge
from overlay.messages.envelopes import ChainOpening, MessageText
from overlay.messages.ids import AccountId, ChainId
from overlay.wire.signed import (
    Signable,
    kind_of,
    read_introduction,
    read_message_text,
    read_opening,
    read_text,
    write_message_text,
    write_opening,
    write_text,
)
from tests.support.people import (
    CHAIN,
    a_client,
    a_node_called,
    hash_of,
    signed_text,
    with_fields,
)

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (SOUTH.record().value, "node"),
        (SOUTH.slot(0, None).value, "slot"),
        (ALICE.presence(SOUTH.id).value, "presence"),
        (ALICE.account_record().value, "account"),
        (ALICE.bundle().value, "bundle"),
        (ALICE.message_to(BOB).value, "message"),
        (ALICE.chain_start_for(BOB).value, "chain_start"),
        (ALICE.receipt_for(BOB, (1, 1)).value, "receipt"),
        (ALICE.chain_wanted_from(BOB).value, "chain_wanted"),
        (ALICE.unknown_key_to(BOB).value, "unknown_key"),
        (ALICE.says_on("garden", "hello").value, "channel"),
    ],
)
def test_every_text_repeats_its_kind_signer_and_salt(value: Signable, kind: str) -> None:
    """docs/protocol.md, section 3.1."""
    text = json.loads(write_text(value))

    assert kind_of(value) == text["kind"] == kind
    assert text["signer"] == value.signer
    assert len(text["salt"]) == 22


def test_a_text_is_read_with_unknown_fields_left_aside() -> None:
    """docs/protocol.md, section 3.1."""
    record = SOUTH.record()

    assert read_text(with_fields(record, SOUTH.key, colour="red")) == record.value


def test_a_slot_is_ordered_by_a_pair() -> None:
    """docs/protocol.md, section 5.2."""
    presence = ALICE.presence(SOUTH.id, counter=7)
    slot = SOUTH.slot(3, presence)

    assert json.loads(slot.signed.signed)["presence"] == [1, 7]
    assert read_text(slot.signed) == slot.value


@pytest.mark.parametrize("kind", ["node", "bundle"])
def test_a_long_record_or_bundle_is_too_large(kind: str) -> None:
    """docs/protocol.md, section 5.2."""
    statement, key = (SOUTH.record(), SOUTH.key) if kind == "node" else (ALICE.bundle(), ALICE.key)
    bare = json.dumps(json.loads(statement.signed.signed) | {"more": ""})
    fitting = "x" * (limits.RECORD_CHARACTERS_MAX - len(bare))

    assert read_text(with_fields(statement, key, more=fitting)) == statement.value
    with pytest.raises(TooLarge):
        read_text(with_fields(statement, key, more=fitting + "x"))


def test_an_envelope_may_be_longer() -> None:
    """docs/protocol.md, section 7.1."""
    message = ALICE.message_to(BOB, body="A" * limits.BODY_CHARACTERS_MAX)

    assert read_text(message.signed) == message.value


def test_a_text_that_is_not_what_it_says_is_refused() -> None:
    """docs/protocol.md, section 3.1."""
    record = SOUTH.record()
    cases: list[tuple[object, type[Exception]]] = [
        (with_fields(record, SOUTH.key, kind="slot"), Mismatch),
        (with_fields(record, SOUTH.key, signer=ALICE.id), Mismatch),
        (with_fields(record, SOUTH.key, links="none"), MalformedFrame),
        (signed_text(SOUTH.key, "promise", "{}"), MalformedFrame),
        (signed_text(SOUTH.key, "node", "[]"), MalformedFrame),
    ]

    for signed, error in cases:
        with pytest.raises(error):
            read_text(signed)  # type: ignore[arg-type]  # a signed text


def test_what_is_sealed_is_read_as_it_was_written() -> None:
    """docs/protocol.md, sections 9.3 and 9.4."""
    opening = ChainOpening(key=hash_of("key"), account=ALICE.account_id, to=BOB.account_id)
    text = MessageText(text="hello", sent_at=5, parents=((CHAIN, 3), (ChainId(hash_of("x")), 0)))

    assert read_opening(write_opening(opening)) == opening
    assert read_message_text(write_message_text(text)) == text
    assert AccountId(json.loads(write_opening(opening))["to"]) == BOB.account_id


@pytest.mark.parametrize(
    "read",
    [
        lambda: read_introduction("{}"),
        lambda: read_introduction("no JSON"),
        lambda: read_opening(b"{}"),
        lambda: read_message_text(b'{"text":7}'),
    ],
)
def test_other_texts_that_cannot_be_read_are_malformed(read: Callable[[], object]) -> None:
    """docs/protocol.md, sections 2.1 and 9."""
    with pytest.raises(MalformedFrame):
        read()
