"""How much each peer was answered lately."""

from overlay import limits
from overlay.core.state.answers import Answers

HELD = 256 * 1_000


def test_everything_that_is_held_and_a_burst_may_be_had_at_once() -> None:
    """docs/protocol.md, section 5.7."""
    answers = Answers(5_000, 1_000)
    answers.given("south", HELD, HELD, 0)
    assert answers.wait_ms("south", HELD, 0) == 0

    answers.given("south", 5_000, HELD, 0)

    assert answers.wait_ms("south", HELD, 0) > 0
    assert answers.wait_ms("west", HELD, 0) == 0


def test_what_was_answered_is_forgotten_at_a_rate_that_grows_with_what_is_held() -> None:
    """docs/protocol.md, section 5.7."""
    little, much = Answers(1_000, 1_000), Answers(1_000, 1_000)
    little.given("south", 6_000, 0, 0)
    much.given("south", 6_000 + HELD, HELD, 0)

    assert little.wait_ms("south", 0, 0) == 5_001
    assert much.wait_ms("south", HELD, 0) == 5_000 * 1_000 // 2_000 + 1


def test_a_peer_is_told_to_wait_once() -> None:
    """docs/protocol.md, section 5.7."""
    answers = Answers(1_000, 1_000)

    answers.told_to_wait("south", 2_000)

    assert answers.is_told_to_wait("south", 1_999)
    assert not answers.is_told_to_wait("south", 2_000)
    assert not answers.is_told_to_wait("west", 0)


def test_peers_are_remembered_within_a_bound() -> None:
    """docs/protocol.md, section 12: whoever has not asked for longest is forgotten."""
    answers = Answers(1_000, 1_000)
    answers.given("south", 9_000, 0, 0)

    for number in range(limits.ASKERS_MAX):
        answers.given(f"{number}", 9_000, 0, 0)

    last = f"{limits.ASKERS_MAX - 1}"
    assert answers.wait_ms(last, 0, 0) > 0
    assert answers.wait_ms("south", 0, 0) == 0
