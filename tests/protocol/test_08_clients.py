"""docs/protocol.md, section 8, as a client keeps it: real clients at real nodes."""

from overlay.client.facts import (
    Attached,
    AttachRefused,
    ChannelMessageArrived,
    KeysChanged,
    LadderStepped,
    MessageArrived,
    PersonChanged,
)
from overlay.client.requests import Carried, JoinChannel, SayInChannel, WatchPeople
from overlay.core.events import Command
from overlay.core.node import Node
from overlay.core.requests import BanPeer
from overlay.core.settings import Share
from overlay.peering.events import Ticket
from overlay.structures.rates import Rate
from tests.support.people import address_of
from tests.unit.client.world import Person, World

LINE = (("north", "south"), ("south", "east"))
RING = (*LINE, ("east", "north"))


def two_talking(*links: tuple[str, str]) -> tuple[World, Person, Person]:
    """Alice at north and bob at east, who have not talked yet."""
    world = World(*(links or LINE))
    alice, bob = world.client("alice", at="north"), world.client("bob", at="east")
    world.passes(1_000)
    return world, alice, bob


def test_a_client_is_served_after_one_attach() -> None:
    """docs/protocol.md, section 8.1."""
    _, alice, _ = two_talking()

    (attached,) = alice.told(Attached)
    assert (attached.address, attached.incarnation) == (address_of("north"), 1)


def test_a_client_is_found_by_name_from_any_node() -> None:
    """docs/protocol.md, section 8.2."""
    _, alice, bob = two_talking()

    (found,) = alice.finds("bob").people

    assert (found.account, found.clients) == (bob.account, (bob.id,))
    assert [present.home_name for present in found.present] == ["east"]


def test_a_name_that_two_bear_finds_both() -> None:
    """docs/protocol.md, section 8.2: names are hints."""
    world, alice, bob = two_talking()
    other = world.client("other bob", at="south", shown_name="bob")
    world.passes(1_000)

    found = alice.finds("bob").people

    assert {person.account for person in found} == {bob.account, other.account}


def test_first_contact_over_several_hops() -> None:
    """docs/protocol.md, sections 8.2 and 9.3: nothing but the account id is known."""
    world, alice, bob = two_talking()

    message = alice.says(bob, "hello")
    world.passes(2_000)

    assert bob.texts == ["hello"]
    assert alice.ladder(message) == ["accepted", "delivered"]


def test_people_come_and_go_before_the_eyes_of_who_watches() -> None:
    """docs/protocol.md, section 8.3."""
    world, alice, bob = two_talking()
    assert alice.asks(WatchPeople(None)) == Carried()

    bob.crashes()
    world.passes(2_000)
    bob.starts_again()
    world.passes(2_000)

    seen = [
        fact.person.is_online
        for fact in alice.told(PersonChanged)
        if fact.person.account == bob.account
    ]
    assert seen == [True, False, True]


def test_what_is_said_on_a_channel_reaches_who_listens_once() -> None:
    """docs/protocol.md, section 8.4."""
    world, alice, bob = two_talking(*RING)
    assert bob.asks(JoinChannel("news")) == Carried()

    alice.asks(SayInChannel(channel="news", text="hello all", sent_at=1))
    alice.asks(SayInChannel(channel="weather", text="rain", sent_at=1))
    world.passes(1_000)

    heard = [(fact.name, fact.text) for fact in bob.told(ChannelMessageArrived)]
    assert heard == [("alice", "hello all")]
    assert alice.told(ChannelMessageArrived) == []
    assert [fact.step for fact in alice.told(LadderStepped)] == ["accepted", "accepted"]


def test_a_channel_is_listened_to_at_the_next_home_too() -> None:
    """docs/protocol.md, sections 8.4 and 8.5."""
    world, alice, bob = two_talking(*RING)
    bob.asks(JoinChannel("news"))
    world.kills("east")
    world.passes(2_000)

    alice.asks(SayInChannel(channel="news", text="still there?", sent_at=1))
    world.passes(1_000)

    assert [fact.text for fact in bob.told(ChannelMessageArrived)] == ["still there?"]


def test_a_client_whose_home_dies_is_back_within_a_second() -> None:
    """docs/protocol.md, section 8.5: the same identity, at a node of the last ranking."""
    world, alice, bob = two_talking(*RING)
    killed_ms = world.now_ms

    world.kills("east")
    world.passes_until(lambda: len(bob.homes) == 2)

    assert world.now_ms - killed_ms < 1_000
    assert bob.homes[1] in (address_of("north"), address_of("south"))
    message = alice.says(bob, "still there?")
    world.passes(2_000)
    assert bob.texts == ["still there?"]
    assert alice.ladder(message) == ["accepted", "delivered"]


def test_nothing_is_lost_or_shown_twice_when_the_home_of_the_origin_dies() -> None:
    """docs/protocol.md, sections 7.6 and 8.5."""
    world, alice, bob = two_talking(*RING)
    alice.says(bob, "before")
    world.passes(2_000)

    message = alice.says(bob, "meanwhile")
    world.kills("north")
    world.passes(5_000)

    assert bob.texts == ["before", "meanwhile"]
    assert "delivered" in alice.ladder(message)


def test_nothing_is_lost_when_the_home_of_the_recipient_dies_with_a_message_under_way() -> None:
    """docs/protocol.md, sections 6.4 and 8.5."""
    world, alice, bob = two_talking(*RING)
    alice.says(bob, "before")
    world.passes(2_000)

    world.kills("east")
    alice.says(bob, "meanwhile")
    world.passes(10_000)

    assert bob.texts == ["before", "meanwhile"]


def test_a_message_for_somebody_away_arrives_when_they_come_back() -> None:
    """docs/protocol.md, section 7.3."""
    world, alice, bob = two_talking()
    alice.says(bob, "before")
    world.passes(2_000)
    bob.crashes()
    world.passes(5_000)

    message = alice.says(bob, "while you slept")
    world.passes(5_000)
    assert "delivered" not in alice.ladder(message)
    bob.starts_again()
    world.passes(15_000)

    assert bob.texts == ["before", "while you slept"]
    assert alice.ladder(message)[-1] == "delivered"


def test_a_message_to_nobody_fails() -> None:
    """docs/protocol.md, section 7.3."""
    world, alice, _ = two_talking()
    nobody = Person(world, world.places["alice laptop"], "nobody", "laptop")

    message = alice.says(nobody, "hello?")
    world.passes(4_000)

    assert alice.ladder(message) == ["stalled", "failed"]


def test_a_message_that_was_written_before_a_crash_is_sent_after_it() -> None:
    """docs/protocol.md, section 7.6: the origin restarts with an unaccepted message."""
    world, alice, bob = two_talking()
    world.kills("north")
    alice.says(bob, "hello")
    alice.crashes()
    world.starts("north")
    world.passes(5_000)

    alice.starts_again()
    world.passes(5_000)

    assert bob.texts == ["hello"]


def test_every_client_of_both_accounts_receives_a_message() -> None:
    """docs/protocol.md, sections 7.1 and 9.1."""
    world, alice, bob = two_talking()
    phone, tablet = (
        world.client("bob", at="south", device="phone"),
        world.client("alice", at="east", device="tablet"),
    )
    world.passes(5_000)

    alice.says(bob, "hello everywhere")
    world.passes(5_000)

    assert bob.texts == phone.texts == tablet.texts == ["hello everywhere"]
    (copy,) = tablet.told(MessageArrived)
    assert (copy.is_own, copy.person) == (True, bob.account)
    assert alice.texts == []


def test_clients_of_one_account_come_to_agree_on_its_record() -> None:
    """docs/protocol.md, sections 5.1 and 8.1."""
    world, alice, bob = two_talking()
    alice.says(bob, "hello")
    world.passes(2_000)

    phone = world.client("bob", at="north", device="phone")
    tablet = world.client("bob", at="south", device="tablet")
    world.passes(5_000)

    (found,) = alice.finds("bob").people
    assert set(found.clients) == {bob.id, phone.id, tablet.id}
    assert len(found.present) == 3
    added = [client for fact in alice.told(KeysChanged) for client in fact.added]
    assert {phone.id, tablet.id} <= set(added)


def test_a_client_that_lost_its_disk_comes_back_above_its_old_incarnation() -> None:
    """docs/protocol.md, section 2.5: the node tells of the presence that it holds."""
    world, alice, _ = two_talking()
    for _ in range(3):
        alice.crashes()
        world.passes(10)
        alice.starts_again()
        world.passes(1_000)
    before = alice.told(Attached)[-1].incarnation
    alice.crashes()
    alice.loses_rows("client")

    alice.starts_again()
    world.passes(3_000)

    assert before == 4
    assert alice.told(Attached)[-1].incarnation == before + 1
    assert alice.finds("alice").people[0].is_online


def test_a_client_that_says_more_than_its_share_loses_nothing() -> None:
    """docs/protocol.md, section 1.6: it waits as long as it is told, and says it again."""
    world, alice, bob = two_talking()
    north = world.places["north"].machine
    assert isinstance(north, Node)
    north._parts.shares.use({Share.MESSAGES: Rate(10, 1_000, 20)})
    texts = [f"message {number}" for number in range(100)]

    messages = [alice.says(bob, text) for text in texts]
    world.passes(20_000)

    assert bob.texts == texts
    assert {alice.ladder(message)[-1] for message in messages} == {"delivered"}
    assert len(alice.homes) == 1


def test_a_client_that_looks_up_more_than_its_share_is_answered_in_the_end() -> None:
    """docs/protocol.md, section 1.6."""
    world, alice, bob = two_talking()
    north = world.places["north"].machine
    assert isinstance(north, Node)
    north._parts.shares.use({Share.LOOKUPS: Rate(1, 1_000, 1)})

    found = [alice.finds("bob").people for _ in range(5)]

    assert [[person.account for person in people] for people in found] == [[bob.account]] * 5


def test_a_client_of_a_banned_account_goes_on_at_another_node() -> None:
    """docs/protocol.md, section 2.7."""
    world, alice, bob = two_talking(*RING)
    north = world.places["north"]

    world.tell(north, Command(Ticket(1), BanPeer(who=alice.account, reason="spam")))
    world.passes(2_000)

    assert alice.homes[0] == address_of("north")
    assert alice.homes[1:] != []
    assert address_of("north") not in alice.homes[1:]
    assert [fact.detail for fact in alice.told(AttachRefused)] == ["spam"]
    message = alice.says(bob, "from elsewhere")
    world.passes(2_000)
    assert alice.ladder(message)[-1] == "delivered"
