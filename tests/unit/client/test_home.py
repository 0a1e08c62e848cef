"""What each message of a home sets in motion, and what of it is refused."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.client.facts import Detached, HomeMisbehaved
from overlay.messages.clients import Attach, Deliver, Detach, Done, Find, Found, Stalled
from overlay.messages.envelopes import BundleWanted
from overlay.messages.gossip import Delta
from overlay.messages.ids import ClientId, Counter, Incarnation
from overlay.messages.links import Ack, Heartbeat, Refusal
from overlay.messages.union import Message
from overlay.peering.events import FrameReceived
from overlay.peering.statements import Signer
from tests.support.people import NETWORK, a_node_called, salt_of
from tests.unit.client.friends import a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


@pytest.mark.parametrize("message", [Delta((), is_last=True), Detach(), Find(request=1, name="x")])
def test_what_is_not_for_clients_ends_the_link(message: Message) -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.hears(north, message)

    assert [refusal.code for refusal in north.hears(Refusal)] == ["unexpected"]
    assert north.close_code == "unexpected"
    assert alice.told(Detached) == [Detached(reason="unexpected")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not json", "malformed"),
        (b"[]", "malformed"),
        (b'[{"type":"surprise"}]', "unknown_message"),
        (b"{}\n", "unsupported"),
        (b"[" * 300, "too_deep"),
        (b" " * (limits.FRAME_BYTES_MAX + 1), "too_large"),
    ],
)
def test_a_frame_that_cannot_be_read_ends_the_link_with_its_code(data: bytes, code: str) -> None:
    """docs/protocol.md, sections 1.2 and 11."""
    north = ScriptedHome()
    alice = attached(home=north)

    alice.happens(FrameReceived(north.link, data))

    assert [refusal.code for refusal in north.hears(Refusal)] == [code]
    assert north.close_code == code
    assert [fact.code for fact in alice.told(HomeMisbehaved)] == [code]


def test_frames_on_a_link_that_was_given_up_are_not_looked_at() -> None:
    north = ScriptedHome()
    alice = attached(home=north)
    alice.loses(north)
    alice.facts.clear()

    alice.happens(FrameReceived(north.link, b"not json"))

    assert alice.facts == []


def test_nothing_after_a_goodbye_in_one_frame_is_looked_at() -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.hears(north, Refusal(code="stopping"), Delta((), is_last=True))

    assert north.close_code == "stopping"
    assert alice.told(HomeMisbehaved) == []


def test_a_gap_in_the_numbers_ends_the_link() -> None:
    """docs/protocol.md, section 1.4."""
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)
    said = bob.says_on("news", "hello").signed

    alice.hears(north, Deliver(number=2, envelope=said))

    assert north.close_code == "malformed"


def test_what_is_no_envelope_for_clients_is_refused_by_its_number() -> None:
    north = ScriptedHome()
    alice = attached(home=north)
    keys = a_node_called("west")
    wanted = BundleWanted(
        signer=keys.id,
        salt=salt_of("wanted"),
        incarnation=Incarnation(1),
        counter=Counter(1),
        recipients=(ClientId(alice.id),),
    )

    alice.receives(north, Signer(keys.key, NETWORK).sign_one(wanted))

    (refusal,) = north.hears(Refusal)
    assert (refusal.code, refusal.number) == ("mismatch", 1)
    assert north.close_code is None
    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["mismatch"]


def test_a_record_is_no_envelope() -> None:
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)

    alice.receives(north, bob.presence(north.id))

    assert [refusal.code for refusal in north.hears(Refusal)] == ["mismatch"]


def test_answers_to_nothing_change_nothing() -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.hears(
        north,
        Done(999),
        Ack(999),
        Found(request=999, people=(), is_last=True),
        Found(request=999, people=(), is_last=False),
        Stalled(counter=999, reason="away"),
        Refusal(code="quota", request=999),
        Refusal(code="quota", number=999),
        Heartbeat(),
    )

    assert alice.facts == []
    assert north.close_code is None


def test_an_attach_that_is_renewed_is_answered_without_a_word() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    other = replace(a_friend("alice", "tablet"), account_version=4)
    north.knows(other)
    alice.facts.clear()
    north.hears(Attach)

    alice.receives(north, a_friend("alice", "tablet").says_on("news", "hello"))
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)
    again = ScriptedHome()
    again.knows(other)
    alice.reaches(again)

    assert len(again.hears(Attach)) == 2
    assert again.close_code is None
