"""The stand-in for the sealing suite behaves as the shipped one, but for its randomness."""

from random import Random

import pytest

from overlay.client.effects import Open, Seal
from overlay.client.events import Opened, Sealed, SealFailed
from overlay.crypto.sealing import SealingKey
from overlay.peering.events import Ticket
from simulations.seals import Seals, ShippedSeals, StandInSeals

BOB = SealingKey.generate(Random("bob"))
CAROL = SealingKey.generate(Random("carol"))


def seal(seals: Seals, text: bytes, info: bytes = b"a chain") -> bytes:
    answer = seals.perform(Seal(ticket=Ticket(1), key=BOB.public, info=info, text=text))
    assert isinstance(answer, Sealed)
    return answer.sealed


def open_with(seals: Seals, key: SealingKey, sealed: bytes, info: bytes = b"a chain") -> object:
    return seals.perform(Open(ticket=Ticket(2), seed=key.seed, info=info, sealed=sealed))


@pytest.fixture(params=["stand-in", "shipped"])
def seals(request: pytest.FixtureRequest) -> Seals:
    return StandInSeals(Random(1)) if request.param == "stand-in" else ShippedSeals()


def test_what_is_sealed_opens_for_its_recipient_with_the_same_purpose(seals: Seals) -> None:
    sealed = seal(seals, b"hello")

    assert open_with(seals, BOB, sealed) == Opened(Ticket(2), b"hello")


def test_it_opens_for_nobody_else_and_for_no_other_purpose(seals: Seals) -> None:
    sealed = seal(seals, b"hello")
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])

    assert open_with(seals, CAROL, sealed) == Opened(Ticket(2), None)
    assert open_with(seals, BOB, sealed, b"another chain") == Opened(Ticket(2), None)
    assert open_with(seals, BOB, damaged) == Opened(Ticket(2), None)


def test_a_key_that_is_none_is_refused(seals: Seals) -> None:
    answer = seals.perform(Seal(ticket=Ticket(1), key=b"short", info=b"", text=b""))

    assert isinstance(answer, SealFailed)


def test_the_stand_in_has_the_lengths_of_the_shipped_suite() -> None:
    lengths = [len(seal(seals, b"hello")) for seals in (StandInSeals(Random(1)), ShippedSeals())]

    assert lengths[0] == lengths[1]


def test_the_stand_in_gives_the_same_bytes_for_the_same_seed() -> None:
    assert seal(StandInSeals(Random(1)), b"hello") == seal(StandInSeals(Random(1)), b"hello")
    assert seal(StandInSeals(Random(1)), b"hello") != seal(StandInSeals(Random(2)), b"hello")
