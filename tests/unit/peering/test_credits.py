"""Numbers, acks and credit of one direction of a link."""

from overlay.peering.credits import Received, Unanswered


def sent(link: Unanswered[str], *items: str, size_bytes: int = 10) -> list[int]:
    return [link.take_number(item, size_bytes) for item in items]


def test_numbers_count_from_one() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)

    assert sent(link, "a", "b", "c") == [1, 2, 3]
    assert list(link.items()) == ["a", "b", "c"]
    assert len(link) == 3


def test_an_ack_covers_everything_up_to_its_number() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    sent(link, "a", "b", "c")

    assert link.acked(2) == ["a", "b"]
    assert link.acked(2) == []
    assert link.acked(2**53 - 1) == ["c"]
    assert sent(link, "d") == [4]


def test_an_ack_leaves_out_what_was_returned_or_refused() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    sent(link, "a", "b", "c")

    assert link.answered(2) == "b"
    assert link.answered(2) is None
    assert link.answered(99) is None
    assert link.acked(3) == ["a", "c"]


def test_credit_is_used_up_by_envelopes_and_given_back_by_answers() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(2, 100)
    sent(link, "a", "b")
    assert not link.has_credit(1)

    link.acked(1)

    assert link.has_credit(1)


def test_credit_is_used_up_by_bytes_and_given_back_by_answers() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    sent(link, "a", size_bytes=60)
    assert link.has_credit(40)
    assert not link.has_credit(41)

    sent(link, "b", size_bytes=40)
    link.answered(1)

    assert link.has_credit(60)


def test_an_empty_link_takes_any_single_envelope() -> None:
    """docs/protocol.md, section 1.4: else a long one would never leave."""
    link: Unanswered[str] = Unanswered(8, 100)

    assert link.has_credit(1_000)
    sent(link, "a", size_bytes=1_000)
    assert not link.has_credit(0)


def test_the_credit_of_a_welcome_replaces_the_first() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(1, 10)
    sent(link, "a")
    assert not link.has_credit(0)

    link.resize(2, 1_000)

    assert link.has_credit(500)


def test_numbers_must_come_in_turn() -> None:
    """docs/protocol.md, section 1.4."""
    received = Received()

    assert [received.take(number) for number in (1, 2, 2, 4, 3)] == [True, True, False, False, True]
    assert received.outstanding == 3


def test_what_has_arrived_since_the_last_ack_may_exceed_the_credit() -> None:
    """docs/protocol.md, section 1.4."""
    received = Received()
    received.take(1, 90)
    received.take(2, 10)
    assert not received.exceeds(2, 100)
    assert received.exceeds(1, 100)
    assert received.exceeds(2, 99)

    assert received.ack() == 2

    assert received.outstanding == 0
    received.take(3, 1_000)
    assert not received.exceeds(2, 100)
