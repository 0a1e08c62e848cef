"""The end of every round: what is due, what is said, what is kept."""

from overlay import limits
from overlay.client.facts import Detached
from overlay.client.requests import FindPeople
from overlay.peering.events import Wake
from tests.unit.client.friends import Speech, a_friend
from tests.unit.client.harness import attached
from tests.unit.client.homes import ScriptedHome


def test_deadlines_of_a_link_that_an_earlier_one_closed_are_let_go() -> None:
    """A process that was stopped for long wakes with everything due at once."""
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)
    north.serves = False
    alice.asks(FindPeople(name="bob"))
    alice.passes(limits.CLIENT_ASK_MS)
    alice.receives(north, bob.says_on("news", "hello"))
    alice.passes(1)
    alice.asks(FindPeople(name="carol"))
    alice.passes(limits.CLIENT_ASK_MS)

    alice.now_ms += 600_000
    alice.happens(Wake())

    assert alice.told(Detached) == [Detached(reason="stalled")]


def test_one_commit_holds_what_one_round_brought() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    alice.answer(FindPeople(id=bob.account_id))
    speech = Speech(bob, alice.account)
    alice.stores_at_once = False

    alice.receives(north, speech.start(alice.id, north.bundle), speech.says("hello"))

    assert len(alice.unanswered) == 1
    alice.disk_answers()
    assert len(alice.unanswered) <= 1
