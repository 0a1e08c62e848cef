"""Is it signed, fresh, legal?"""

from dataclasses import replace
from random import Random

import pytest

from overlay import limits
from overlay.core.stages.verification import Verification, check_size
from overlay.errors import (
    BadSignature,
    Mismatch,
    NotYours,
    OldIncarnation,
    Replayed,
    TooLarge,
)
from overlay.messages.ids import Incarnation
from overlay.peering.statements import Reader
from tests.support.people import NETWORK, a_client, a_node_called, signed_text

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")
ONE = Incarnation(1)


@pytest.fixture
def verification() -> Verification:
    return Verification(Reader(NETWORK), Random(1))


def test_a_record_is_verified_once_however_often_it_comes(verification: Verification) -> None:
    """docs/protocol.md, section 3.3: and the signature that was verified is passed on."""
    record = SOUTH.record()
    forged = replace(record.signed, signature="A" * 86)
    with pytest.raises(BadSignature):
        verification.read_record(forged)

    first = verification.read_record(record.signed)
    again = verification.read_record(forged)

    assert first == again == record
    assert verification.reader.signatures_checked == 2


def test_only_records_are_records(verification: Verification) -> None:
    """docs/protocol.md, section 5.1."""
    for signed in (ALICE.bundle().signed, ALICE.message_to(BOB).signed):
        with pytest.raises(Mismatch):
            verification.read_record(signed)


def test_a_client_submits_what_it_signed_itself_in_its_incarnation(
    verification: Verification,
) -> None:
    """docs/protocol.md, sections 7.2 and 7.3."""
    message = ALICE.message_to(BOB)
    assert verification.read_submitted(message.signed, ALICE.id, ONE) == message

    with pytest.raises(NotYours):
        verification.read_submitted(message.signed, BOB.id, ONE)
    with pytest.raises(NotYours):
        verification.read_submitted(ALICE.bundle().signed, ALICE.id, ONE)
    with pytest.raises(OldIncarnation):
        verification.read_submitted(message.signed, ALICE.id, Incarnation(2))


def test_what_is_relayed_and_what_is_spread_are_told_apart(verification: Verification) -> None:
    """docs/protocol.md, sections 6.5 and 7.4."""
    message, said = ALICE.message_to(BOB), ALICE.says_on("garden", "hello")
    assert verification.read_relayed(message.signed) == message
    assert verification.read_spread(said.signed) == said

    for read, signed in (
        (verification.read_relayed, said.signed),
        (verification.read_relayed, SOUTH.record().signed),
        (verification.read_spread, message.signed),
    ):
        with pytest.raises(Mismatch):
            read(signed)


def test_each_counter_is_taken_once_in_each_incarnation(verification: Verification) -> None:
    """docs/protocol.md, section 7.2."""
    first, other = ALICE.message_to(BOB, counter=5), ALICE.message_to(BOB, counter=5)
    later = replace(ALICE, incarnation=Incarnation(2)).message_to(BOB, counter=5)

    assert verification.take_counter(first)
    assert not verification.take_counter(first)
    with pytest.raises(Replayed):
        verification.take_counter(other)
    assert verification.take_counter(later)
    assert verification.take_counter(BOB.message_to(ALICE, counter=5))


def test_an_envelope_must_leave_room_for_what_is_said_about_it() -> None:
    """docs/protocol.md, section 1.2: in bytes, however its text is written."""
    room = limits.FRAME_BYTES_MAX - 1_024
    for unit, size in (("x", 1), ("é", 2), ("\x01", 6)):
        fitting = signed_text(ALICE.key, "message", unit * ((room - 400) // size))
        too_long = signed_text(ALICE.key, "message", unit * (room // size))
        check_size(fitting)
        with pytest.raises(TooLarge):
            check_size(too_long)
