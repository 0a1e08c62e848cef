"""docs/protocol.md, section 9, as clients keep it: real clients at real nodes."""

from overlay import limits
from overlay.client.durable.reading import from_rows
from overlay.client.facts import MessageArrived, MessageUnreadable
from tests.unit.client.world import Person, World

LINE = (("north", "south"), ("south", "east"))


def two_who_talked() -> tuple[World, Person, Person]:
    """Alice at north and bob at east, after their first message."""
    world = World(*LINE)
    alice, bob = world.client("alice", at="north"), world.client("bob", at="east")
    world.passes(1_000)
    alice.says(bob, "first")
    world.passes(2_000)
    assert bob.texts == ["first"]
    return world, alice, bob


def chains(person: Person) -> list[str]:
    """The chains of what was shown to somebody, in order."""
    return [arrived.chain for arrived in person.told(MessageArrived)]


def test_a_second_message_goes_into_the_same_chain() -> None:
    """docs/protocol.md, section 9.4."""
    world, alice, bob = two_who_talked()

    alice.says(bob, "second")
    world.passes(2_000)

    first, second = bob.told(MessageArrived)
    assert (first.chain, first.index, second.chain, second.index) == (
        first.chain,
        1,
        first.chain,
        2,
    )


def test_each_side_has_a_chain_of_its_own_in_one_conversation() -> None:
    """docs/protocol.md, sections 9.1 and 9.3."""
    world, alice, bob = two_who_talked()

    bob.says(alice, "answer")
    world.passes(2_000)

    (to_bob,), (to_alice,) = bob.told(MessageArrived), alice.told(MessageArrived)
    assert to_bob.conversation == to_alice.conversation
    assert to_bob.chain != to_alice.chain


def test_a_chain_starts_anew_after_its_messages() -> None:
    """docs/protocol.md, section 9.7."""
    world, alice, bob = two_who_talked()

    for number in range(limits.CHAIN_MESSAGES_MAX):
        alice.says(bob, str(number))
    world.passes(5_000)

    assert len(bob.texts) == limits.CHAIN_MESSAGES_MAX + 1
    assert len(dict.fromkeys(chains(bob))) == 2


def test_a_chain_starts_anew_with_every_start_of_its_client() -> None:
    """docs/protocol.md, section 9.7."""
    world, alice, bob = two_who_talked()
    alice.crashes()
    world.passes(1_000)
    alice.starts_again()
    world.passes(2_000)

    alice.says(bob, "second")
    world.passes(2_000)

    first, second = chains(bob)
    assert first != second


def test_a_chain_starts_anew_when_a_reader_has_another_client() -> None:
    """docs/protocol.md, section 9.7."""
    world, alice, bob = two_who_talked()
    phone = world.client("bob", at="north", device="phone")
    world.passes(5_000)

    alice.says(bob, "second")
    world.passes(5_000)

    first, second = chains(bob)
    assert first != second
    assert phone.texts == ["second"]


def test_a_client_that_lost_its_chains_asks_for_their_starts() -> None:
    """docs/protocol.md, section 9.6."""
    world, alice, bob = two_who_talked()
    bob.crashes()
    bob.loses_rows("receiving_chains")
    bob.starts_again()
    world.passes(2_000)

    message = alice.says(bob, "second")
    world.passes(limits.CHAIN_WANTED_MS + 1_000)
    assert alice.ladder(message)[-1] == "delivered"
    world.passes(limits.PARENT_WAIT_MS)

    assert bob.texts == ["first", "second"]
    assert [arrived.follows_gap for arrived in bob.told(MessageArrived)] == [False, True]


def test_a_client_that_lost_its_sealing_key_has_starts_sealed_anew() -> None:
    """docs/protocol.md, section 9.6."""
    world, alice, bob = two_who_talked()
    alice.says(bob, "second")
    world.passes(2_000)
    bob.crashes()
    bob.loses_rows("sealing_keys")
    bob.loses_rows("receiving_chains")
    alice.crashes()
    alice.starts_again()
    alice.says(bob, "third")
    world.passes(1_000)

    bob.starts_again()
    world.passes(20_000)

    assert bob.texts == ["first", "second", "third"]
    assert "unknown_key" in [fact.code for fact in bob.told(MessageUnreadable)]


def test_a_client_that_restarts_between_messages_reads_on_and_shows_nothing_twice() -> None:
    """docs/protocol.md, sections 9.3 and 9.4."""
    world, alice, bob = two_who_talked()
    bob.crashes()
    world.passes(500)
    bob.starts_again()
    world.passes(2_000)

    alice.says(bob, "second")
    world.passes(2_000)

    assert bob.texts == ["first", "second"]


def test_a_conversation_is_shown_in_an_order_that_both_sides_share() -> None:
    """docs/protocol.md, section 9.8."""
    world, alice, bob = two_who_talked()

    for number in range(5):
        alice.says(bob, f"question {number}")
        world.passes(500)
        bob.says(alice, f"answer {number}")
        world.passes(500)

    assert alice.texts == [f"answer {number}" for number in range(5)]
    assert bob.texts == ["first", *(f"question {number}" for number in range(5))]
    assert not any(
        arrived.follows_gap for who in (alice, bob) for arrived in who.told(MessageArrived)
    )


def test_a_node_never_holds_a_text() -> None:
    """docs/protocol.md, section 9: direct messages are never sent any other way."""
    world, alice, bob = two_who_talked()

    alice.says(bob, "a very secret sentence")
    world.passes(2_000)

    for name in ("north", "south", "east"):
        assert world.carried_by(name)
        assert b"a very secret sentence" not in world.carried_by(name)
        disk = b"".join(row.value for row in world.places[name].disk.values())
        assert b"a very secret sentence" not in disk


def test_a_delivered_message_leaves_no_text_on_the_disk_of_its_origin() -> None:
    """docs/protocol.md, section 7.6: the origin keeps a message until it is delivered."""
    _, alice, _ = two_who_talked()

    assert from_rows(alice.disk).outbox == []
