"""Is our home still there? Heartbeats, acks, and silence."""

from overlay import limits
from overlay.client.facts import Detached
from overlay.client.requests import Carried, FindPeople, HoldBack
from overlay.messages.links import Ack, Heartbeat
from tests.unit.client.friends import Speech, a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import LIMITS, ScriptedHome


def idle() -> tuple[ClientUnderTest, ScriptedHome]:
    """Alice, who has nothing to say."""
    north = ScriptedHome()
    alice = attached(home=north)
    alice.passes(limits.CLIENT_ASK_MS)
    north.heard.clear()
    return alice, north


def test_a_client_that_says_nothing_sends_heartbeats() -> None:
    """docs/protocol.md, section 1.3."""
    alice, north = idle()

    for _ in range(20):
        alice.passes(LIMITS.heartbeat_ms // 2)
        alice.hears(north, Heartbeat())

    assert 7 <= len(north.hears(Heartbeat)) <= 14


def test_a_client_that_has_just_spoken_sends_none() -> None:
    alice, north = idle()

    for _ in range(20):
        alice.passes(LIMITS.heartbeat_ms // 2)
        alice.answer(FindPeople(name="bob"))

    assert north.hears(Heartbeat) == []


def test_an_echo_is_given_at_once() -> None:
    alice, north = idle()

    alice.hears(north, Heartbeat(wants_echo=True))
    alice.hears(north, Heartbeat())

    assert north.hears(Heartbeat) == [Heartbeat()]


def test_a_home_that_does_not_answer_is_asked_and_then_left() -> None:
    """docs/protocol.md, section 8.5."""
    alice, north = idle()
    north.serves = False
    alice.asks(FindPeople(name="bob"))

    alice.passes(limits.CLIENT_ASK_MS - 1)
    assert north.hears(Heartbeat) == []
    alice.passes(1)
    assert Heartbeat(wants_echo=True) in north.hears(Heartbeat)
    alice.passes(limits.CLIENT_ASK_MS - 1)
    assert alice.told(Detached) == []
    alice.passes(1)

    assert north.close_code == "stalled"
    assert alice.told(Detached) == [Detached(reason="stalled")]


def test_a_home_that_gives_an_echo_is_stayed_with() -> None:
    alice, north = idle()
    north.serves = False
    alice.asks(FindPeople(name="bob"))
    alice.passes(limits.CLIENT_ASK_MS)

    alice.hears(north, Heartbeat())
    alice.passes(limits.CLIENT_ASK_MS)

    assert north.close_code is None


def test_a_home_that_is_silent_for_three_heartbeats_is_asked_too() -> None:
    alice, north = idle()
    north.serves = False

    alice.passes(limits.SILENT_HEARTBEATS * LIMITS.heartbeat_ms + limits.CLIENT_ASK_MS)

    assert Heartbeat(wants_echo=True) in north.hears(Heartbeat)
    assert north.close_code == "stalled"


def test_a_question_under_way_is_enough_to_find_out() -> None:
    alice, north = idle()
    north.serves = False
    silence_ms = limits.SILENT_HEARTBEATS * LIMITS.heartbeat_ms
    alice.passes(silence_ms - 2 * limits.CLIENT_ASK_MS - 500)
    alice.asks(FindPeople(name="bob"))

    alice.passes(2 * limits.CLIENT_ASK_MS - 1)

    echoes = [each for each in north.hears(Heartbeat) if each.wants_echo]
    assert len(echoes) == 1


def test_what_arrives_is_acked_after_a_short_delay_at_the_latest() -> None:
    """docs/protocol.md, section 1.4."""
    bob = a_friend()
    alice, north = idle()
    alice.receives(north, bob.says_on("news", "one"))
    alice.receives(north, bob.says_on("news", "two"))
    assert north.hears(Ack) == []

    alice.passes(limits.ACK_DELAY_MS)

    assert north.hears(Ack) == [Ack(2)]
    alice.passes(limits.ACK_DELAY_MS)
    assert north.hears(Ack) == []


def test_an_ack_rides_with_whatever_is_said_before() -> None:
    bob = a_friend()
    north = ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    speech = Speech(bob, alice.account)

    alice.receives(north, speech.start(alice.id, north.bundle))

    assert north.hears(Ack) == [Ack(1)]
    alice.passes(limits.ACK_DELAY_MS)
    assert north.hears(Ack) == []


def test_a_client_that_is_held_back_acks_nothing_until_it_goes_on() -> None:
    bob = a_friend()
    alice, north = idle()
    assert alice.answer(HoldBack(True)) == Carried()

    alice.receives(north, bob.says_on("news", "one"))
    alice.answer(FindPeople(name="bob"))
    alice.passes(limits.ACK_DELAY_MS)
    assert north.hears(Ack) == []
    alice.answer(HoldBack(False))

    assert north.hears(Ack) == [Ack(1)]


def test_a_client_can_be_held_back_while_no_home_serves() -> None:
    alice, north = idle()
    alice.loses(north)

    assert alice.answer(HoldBack(True)) == Carried()
