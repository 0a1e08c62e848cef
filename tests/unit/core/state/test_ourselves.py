"""Who a node is in this run: its key, incarnation, counters, and what it has yet to sign."""

from random import Random

from overlay import limits
from overlay.core.settings import Settings
from overlay.core.state.ourselves import Ourselves
from overlay.messages.ids import Counter, Incarnation
from overlay.messages.records import Slot
from overlay.peering.statements import Reader, Verified
from overlay.wire.signed import Signable
from tests.support.people import NETWORK, a_node_called

NORTH = a_node_called("north")


def ourselves(last_incarnation: int = 4, last_counter: int = 100) -> Ourselves:
    settings = Settings(
        name="north",
        network=NETWORK,
        admission="listed",
        addresses=(),
        neighbours=(),
        software="a test",
    )
    return Ourselves(
        NORTH.key,
        settings,
        Random(1),
        last_incarnation=Incarnation(last_incarnation),
        last_counter=Counter(last_counter),
    )


def a_slot(us: Ourselves, number: int) -> Slot:
    return Slot(
        signer=us.id,
        salt=us.salt(),
        incarnation=us.incarnation,
        version=us.next_version(),
        slot=number,
        client=None,
        presence=None,
    )


def test_a_start_takes_the_next_incarnation() -> None:
    """docs/protocol.md, section 2.5."""
    assert ourselves(last_incarnation=4).incarnation == 5


def test_versions_and_tickets_rise_and_salts_are_fresh() -> None:
    """docs/protocol.md, sections 3.1 and 5.1."""
    us = ourselves()

    assert [us.next_version() for _ in range(3)] == [1, 2, 3]
    assert [us.next_ticket() for _ in range(3)] == [1, 2, 3]
    assert len({us.salt() for _ in range(50)}) == 50


def test_no_counter_is_used_below_what_was_reserved_before_or_above_what_is() -> None:
    """docs/protocol.md, section 7.2."""
    us = ourselves(last_counter=100)
    assert us.next_counter() is None

    ceiling = us.counters.ceiling_wanted()
    assert ceiling == 100 + limits.COUNTER_BLOCK
    us.counters.reserved(ceiling)

    assert us.next_counter() == 101


def test_what_waits_is_signed_together_and_handed_back_in_turn() -> None:
    """docs/protocol.md, section 3.2."""
    us = ourselves()
    signed: list[Verified[Signable]] = []
    slots = [a_slot(us, number) for number in range(70)]
    for slot in slots:
        us.sign_later(slot, signed.append)
    assert signed == []

    us.sign_all()

    assert [each.value for each in signed] == slots
    reader = Reader(NETWORK)
    for each in signed:
        reader.read(each.signed)
    assert reader.signatures_checked == 2
    us.sign_all()
    assert len(signed) == 70


def test_a_raised_incarnation_begins_anew_and_drops_what_was_not_signed() -> None:
    """docs/protocol.md, section 2.5."""
    us = ourselves(last_incarnation=4)
    signed: list[Verified[Signable]] = []
    us.sign_later(a_slot(us, 0), signed.append)

    us.raise_incarnation(Incarnation(9))
    us.sign_all()

    assert signed == []
    assert (us.incarnation, us.next_version()) == (10, 1)


def test_an_incarnation_is_never_taken_back() -> None:
    """docs/protocol.md, section 2.5."""
    us = ourselves(last_incarnation=4)

    us.raise_incarnation(Incarnation(2))

    assert us.incarnation == 6
