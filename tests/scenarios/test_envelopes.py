"""Envelopes on their way across several nodes: there, back as receipts, and around trouble."""

from collections.abc import Callable

import pytest

from overlay import limits
from overlay.core.facts import EnvelopeDelivered
from overlay.messages.clients import Deliver, Find, Found, Join, People, Stalled, Submit, Watch
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import Relay, Spread
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from overlay.wire.codec import decode_frame
from overlay.wire.signed import Signable
from tests.support.people import CHAIN, ClientKeys, a_client, two_devices
from tests.support.shapes import Edges, is_whole, line, ring, scattered, settled, star, tree
from tests.support.world import Client, World


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def bob() -> ClientKeys:
    return a_client("bob")


def submits(client: Client, statement: Verified[Signable]) -> None:
    """An envelope of this client."""
    client.says(Submit(number=client.next_number(), envelope=statement.signed))


def receipts(client: Client, origin: ClientKeys, delivers: list[Deliver], *indices: int) -> None:
    """This client says what has arrived, to the keeper that was named with it."""
    ranges = [(index, index) for index in indices]
    receipt = client.who.receipt_for(origin, *ranges, chain=CHAIN)
    keeper = delivers[-1].keeper
    number = client.next_number()
    client.says(Submit(number=number, envelope=receipt.signed, keeper=keeper), Ack(len(delivers)))


def envelopes(client: Client) -> list[Signed]:
    return [deliver.envelope for deliver in client.hears_all(Deliver)]


def kept(world: World) -> int:
    """Envelopes in all mailboxes."""
    return sum(world.node(name).snapshot().mailbox_envelopes for name in world.running())


FAR: list[tuple[Callable[[int], Edges], str, str]] = [
    (line, "a", "f"),
    (ring, "a", "d"),
    (star, "b", "f"),
    (tree, "d", "f"),
    (scattered, "a", "f"),
]


@pytest.mark.parametrize(
    ("shape", "here", "there"), FAR, ids=lambda each: getattr(each, "__name__", each)
)
def test_a_message_crosses_an_overlay_and_its_receipt_returns(
    alice: ClientKeys, bob: ClientKeys, shape: Callable[[int], Edges], here: str, there: str
) -> None:
    """docs/protocol.md, sections 6.1, 6.2, 7.3, 7.4 and 7.5."""
    world = settled(6, shape(6))
    first, second = world.attach(alice, here), world.attach(bob, there)
    message = alice.message_to(bob)

    submits(first, message)
    world.passes(200)

    delivers = second.hears_all(Deliver)
    assert [deliver.envelope for deliver in delivers] == [message.signed]
    assert delivers[0].keeper == world.places[here].keys.id
    assert first.hears_all(Ack) == [Ack(1)]
    assert kept(world) == 1
    receipts(second, alice, delivers, 1)
    world.passes(200)

    (told,) = envelopes(first)
    assert told.kind == "receipt"
    assert kept(world) == 0


def test_all_pairs_talk_at_once() -> None:
    """docs/protocol.md, section 6.2."""
    world = settled(6, scattered(6))
    people = [a_client(f"person-{name}") for name in "abcdef"]
    links = [world.attach(person, name) for person, name in zip(people, "abcdef", strict=True)]

    for link in links:
        for other in people:
            if other is not link.who:
                submits(link, link.who.message_to(other))
    world.passes(300)

    assert [len(envelopes(link)) for link in links] == [5] * 6


def test_every_client_of_an_account_receives_wherever_it_is(alice: ClientKeys) -> None:
    """docs/protocol.md, sections 7.1 and 7.3."""
    laptop, phone = two_devices("bob")
    world = settled(4, line(4))
    first = world.attach(alice, "b")
    others = [world.attach(laptop, "a"), world.attach(phone, "d")]

    submits(first, alice.message_to(laptop))
    world.passes(200)

    delivers = [other.hears_all(Deliver) for other in others]
    assert [len(each) for each in delivers] == [1, 1]
    receipts(others[0], alice, delivers[0], 1)
    world.passes(100)
    assert kept(world) == 1
    receipts(others[1], alice, delivers[1], 1)
    world.passes(100)
    assert kept(world) == 0


def test_who_is_away_receives_when_it_comes_back_elsewhere(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 6.4 and 7.3."""
    world = settled(5, ring(5))
    first, second = world.attach(alice, "a"), world.attach(bob, "c")
    world.leaves(second)
    world.passes(100)
    submits(first, alice.message_to(bob))
    world.passes(30_000)
    assert [stalled.reason for stalled in first.hears_all(Stalled)] == ["away"]

    again = world.connect(bob, "d")
    world.passes(50)
    again.attaches()
    world.passes(100)

    assert len(envelopes(again)) == 1


def test_who_moves_to_another_home_receives_there(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, sections 5.3 and 6.4: though its old home has not noticed yet."""
    world = settled(5, ring(5))
    first, second = world.attach(alice, "a"), world.attach(bob, "c")

    moved = world.attach(bob, "d")
    submits(first, alice.message_to(bob))
    world.passes(200)

    assert len(envelopes(moved)) == 1
    assert not second.is_open


def test_a_message_sent_while_its_recipients_home_dies_arrives_at_the_next(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 5.6, 6.4 and 10.1."""
    world = settled(6, ring(6))
    first = world.attach(alice, "a")
    world.attach(bob, "d")

    world.kill("d")
    submits(first, alice.message_to(bob))
    world.passes(400)
    again = world.connect(bob, "e")
    world.passes(50)
    again.attaches()
    world.passes(2_000)

    delivers = again.hears_all(Deliver)
    assert {deliver.envelope.kind for deliver in delivers} == {"message"}
    receipts(again, alice, delivers, 1)
    world.passes(200)
    assert kept(world) == 0


@pytest.mark.parametrize("after_ms", range(0, 30, 3))
def test_a_link_that_is_lost_mid_way_loses_no_message(
    alice: ClientKeys, bob: ClientKeys, after_ms: int
) -> None:
    """docs/protocol.md, sections 6.2 and 6.4: at whatever moment."""
    world = settled(6, ring(6))
    first, second = world.attach(alice, "a"), world.attach(bob, "d")

    for index in range(1, 9):
        submits(first, alice.message_to(bob, index=index))
    world.passes(after_ms)
    world.reset("b", "c")
    world.passes(5_000)

    indices = {deliver.envelope.signed for deliver in second.hears_all(Deliver)}
    assert len(indices) == 8


@pytest.mark.parametrize("victim", ["b", "c"])
def test_a_node_that_dies_mid_way_loses_no_message(
    alice: ClientKeys, bob: ClientKeys, victim: str
) -> None:
    """docs/protocol.md, sections 6.2 and 6.4."""
    world = settled(6, ring(6))
    first, second = world.attach(alice, "a"), world.attach(bob, "d")
    for index in range(1, 9):
        submits(first, alice.message_to(bob, index=index))
    world.passes(8)

    world.kill(victim)
    world.passes(5_000)

    assert len({deliver.envelope.signed for deliver in second.hears_all(Deliver)}) == 8
    assert first.hears_all(Refusal) == []


def test_each_attempt_uses_each_link_at_most_once(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, section 6.1: in each direction, also where nothing gets through."""
    world = settled(8, scattered(8, seed=3))
    first, second = world.attach(alice, "a"), world.attach(bob, "h")
    world.leaves(second)
    submits(first, alice.message_to(bob))
    world.passes(60_000)

    sent = [
        (sender, to, message.envelope.signed, message.home, message.attempt)
        for sender, to, data in world.recorded
        for message in decode_frame(data)
        if isinstance(message, Relay)
    ]
    assert len(sent) == len(set(sent))


def test_a_client_that_does_not_ack_makes_others_wait_and_loses_nothing(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 1.4, 6.3 and 7.4: `busy` travels back to the origin."""
    world = settled(3, line(3))
    first, second = world.attach(alice, "a"), world.attach(bob, "c")
    count = limits.CLIENT_CREDIT_ENVELOPES + 4

    for index in range(1, count + 1):
        submits(first, alice.message_to(bob, index=index))
        world.passes(30 if index % 64 == 0 else 0)
    world.passes(200)
    delivers = second.hears_all(Deliver)
    assert len(delivers) == limits.CLIENT_CREDIT_ENVELOPES
    assert {stalled.reason for stalled in first.hears_all(Stalled)} == {"busy"}
    receipts(second, alice, delivers, *range(1, 41))
    world.passes(2_000)

    assert len({each.envelope.signed for each in [*delivers, *second.hears_all(Deliver)]}) == count


def test_a_bundle_is_fetched_across_the_overlay(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, section 8.2."""
    world = settled(5, line(5))
    first, _ = world.attach(alice, "a"), world.attach(bob, "e")

    first.says(Find(request=9, name="bob"))
    world.passes(200)

    (found,) = first.hears_all(Found)
    (present,) = found.people[0].present
    assert (present.home_name, present.bundle) == ("e", bob.bundle().signed)


def test_a_channel_envelope_reaches_every_node_once() -> None:
    """docs/protocol.md, sections 6.5 and 8.4."""
    world = settled(7, scattered(7))
    people = [a_client(f"person-{name}") for name in "abcdefg"]
    links = [world.attach(person, name) for person, name in zip(people, "abcdefg", strict=True)]
    for link in links:
        link.says(Join(request=link.next_request(), channel="garden"))
    world.passes(50)
    for link in links:
        link.hears()

    said = people[2].says_on("garden", "hello")
    submits(links[2], said)
    world.passes(300)

    assert [len(envelopes(link)) for link in links] == [1, 1, 0, 1, 1, 1, 1]
    spreads = [
        (sender, to)
        for sender, to, data in world.recorded
        for message in decode_frame(data)
        if isinstance(message, Spread)
    ]
    assert len(spreads) == len(set(spreads))
    assert {to for _, to in spreads} >= set("abdefg")


def test_presence_changes_arrive_everywhere(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, sections 5.5 and 8.3."""
    world = settled(6, line(6))
    watching = world.attach(alice, "a")
    watching.says(Watch(request=2, accounts=(bob.account_id,)))
    world.passes(100)

    second = world.attach(bob, "f")
    world.passes(200)
    world.leaves(second)
    world.passes(200)

    told = [person for people in watching.hears_all(People) for person in people.people]
    assert [len(person.present) for person in told] == [1, 0]


def test_pairs_elsewhere_notice_nothing_of_a_death(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, sections 5.6 and 6.2."""
    world = settled(8, ring(8))
    first, second = world.attach(alice, "a"), world.attach(bob, "c")
    world.attach(a_client("carol"), "f")

    for index in range(1, 21):
        submits(first, alice.message_to(bob, index=index))
        world.passes(20)
        if index == 10:
            world.kill("f")
    world.passes(200)

    assert len(envelopes(second)) == 20
    assert first.hears_all(Stalled) == []
    assert is_whole(world)
    assert len(world.facts_of("c", EnvelopeDelivered)) == 20
