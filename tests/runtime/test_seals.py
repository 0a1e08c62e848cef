"""Sealing and opening for a machine: what comes back, and what cannot be."""

from random import Random

from overlay.client.effects import Open, Seal
from overlay.client.events import Opened, Sealed, SealFailed
from overlay.crypto.sealing import SealingKey
from overlay.peering.events import Ticket
from overlay.runtime.inbox import Inbox
from overlay.runtime.seals import SealEffect, SealEvent, Seals

BOB = SealingKey.generate(Random(7))


def answer_to(effect: SealEffect) -> SealEvent:
    inbox = Inbox[SealEvent]()
    Seals(inbox).perform(effect)
    (answer,) = inbox.take(9)
    return answer


def test_what_was_sealed_opens_again_for_the_same_purpose_only() -> None:
    sealed = answer_to(Seal(ticket=Ticket(1), key=BOB.public, info=b"a chain", text=b"a key"))
    assert isinstance(sealed, Sealed)
    assert sealed.ticket == Ticket(1)

    opens = Open(ticket=Ticket(2), seed=BOB.seed, info=b"a chain", sealed=sealed.sealed)
    misused = Open(ticket=Ticket(3), seed=BOB.seed, info=b"another", sealed=sealed.sealed)

    assert answer_to(opens) == Opened(Ticket(2), b"a key")
    assert answer_to(misused) == Opened(Ticket(3), None)


def test_a_key_that_is_none_is_answered_and_not_raised() -> None:
    answer = answer_to(Seal(ticket=Ticket(1), key=b"no key", info=b"", text=b""))

    assert isinstance(answer, SealFailed)
    assert answer.ticket == Ticket(1)
