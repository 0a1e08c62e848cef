"""Alice listens: what she was shown, could not read, and has receipted."""

from dataclasses import replace
from typing import TypeVar

from overlay.client.facts import MessageArrived, MessageUnreadable
from overlay.client.settings import Bounds
from overlay.messages.envelopes import (
    ChainStart,
    ChatMessage,
    Receipt,
)
from overlay.peering.statements import Verified
from tests.unit.client.friends import Friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome

EnvelopeT = TypeVar("EnvelopeT", ChainStart, ChatMessage)


def a_listener(
    *friends: Friend, bounds: Bounds | None = None
) -> tuple[ClientUnderTest, ScriptedHome]:
    """Alice at a home that knows these people."""
    north = ScriptedHome()
    north.knows(*friends)
    return attached(home=north, bounds=bounds), north


def signed_anew(
    friend: Friend, envelope: Verified[EnvelopeT], **changes: object
) -> Verified[EnvelopeT]:
    """The same envelope with other fields, properly signed."""
    counter = friend.next_counter()
    return friend.sign(replace(envelope.value, counter=counter, **changes))  # type: ignore[arg-type]


def codes(client: ClientUnderTest) -> list[tuple[int, str]]:
    """The index and code of everything that could not be read."""
    return [(fact.index, fact.code) for fact in client.told(MessageUnreadable)]


def texts(client: ClientUnderTest) -> list[str]:
    return [fact.text for fact in client.told(MessageArrived)]


def receipted(home: ScriptedHome) -> list[tuple[int, int]]:
    """The ranges of the receipts submitted since this was last asked."""
    receipts = home.submitted(Receipt)
    return [pair for receipt in receipts for each in receipt.arrived for pair in each.ranges]
