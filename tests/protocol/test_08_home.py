"""Chapter 8, the node's side: attaching, the directory, watching, channels, where to resume."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import ClientAttached, ClientDetached
from overlay.messages.clients import (
    Attach,
    Deliver,
    Detach,
    Done,
    Find,
    Found,
    Join,
    Leave,
    People,
    Person,
    Submit,
    Watch,
)
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Heartbeat, Homes, Refusal
from overlay.messages.records import AccountRecord, Slot
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    NETWORK,
    ClientKeys,
    a_client,
    a_node_called,
    two_devices,
    with_fields,
)

SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def bob() -> ClientKeys:
    return a_client("bob")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def attach(north: NodeUnderTest, client: ClientKeys, **parts: Signed) -> Attach:
    """What a client brings along, with parts of it changed."""
    return replace(client.attach_at(north.keys.id, north.incarnation), **parts)  # type: ignore[arg-type]


def refuses(north: NodeUnderTest, client: ClientKeys, **parts: Signed) -> str:
    """The code with which an attach is refused; the request is named, and the link goes on."""
    link = north.client(client)
    link.hears()
    link.says(replace(attach(north, client, **parts), request=77))
    refusal = link.hears_one(Refusal)
    assert refusal.request == 77
    assert link.is_open
    return refusal.code


def slots(peer: Peer) -> list[tuple[int, str | None]]:
    """Slot numbers with their clients, as a neighbour hears of them."""
    reader = Reader(NETWORK)
    records = [record for push in peer.hears_all(Push) for record in push.records]
    read = [reader.read_as(Slot, record).value for record in records if record.kind == "slot"]
    return [(slot.slot, slot.client) for slot in read]


def who(people: list[Person]) -> list[tuple[str, int]]:
    """The name of each person, and at how many clients it is reachable."""
    reader = Reader(NETWORK)
    return [
        (reader.read_as(AccountRecord, person.account).value.name, len(person.present))
        for person in people
    ]


# 8.1 Attach


def test_an_attached_client_has_a_slot_that_is_gossiped(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    south, home = north.linked(SOUTH), north.client(alice)
    south.hears()

    home.says(replace(attach(north, alice), request=5))

    assert home.hears_one(Done) == Done(5)
    pushed = [record for push in south.hears_all(Push) for record in push.records]
    assert sorted(record.kind for record in pushed) == ["account", "presence", "slot"]
    north.attached(bob)
    assert slots(south) == [(1, bob.id)]


def test_a_presence_of_another_client_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    presence = bob.presence(north.keys.id).signed

    assert refuses(north, alice, presence=presence) == "not_yours"


def test_a_presence_for_another_home_is_refused(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.1: or another incarnation of this one."""
    elsewhere, later = alice.presence(SOUTH.id), alice.presence(north.keys.id, 2)

    assert refuses(north, alice, presence=elsewhere.signed) == "mismatch"
    assert refuses(north, alice, presence=later.signed) == "mismatch"


def test_a_presence_below_what_is_held_is_refused(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.1."""
    home = north.attached(alice)

    home.says(attach(north, alice, presence=alice.presence(north.keys.id, counter=0 + 1).signed))

    assert home.is_refused() == "old_incarnation"
    assert home.is_open


def test_a_presence_below_one_that_does_not_count_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1: nobody would believe it."""
    newer = alice.presence(SOUTH.id, counter=50)
    north.linked(SOUTH, alice.account_record(), newer)

    assert refuses(north, alice) == "old_incarnation"


def test_a_second_attach_of_one_round_has_to_be_above_the_first(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    home = north.client(alice)
    first, second = attach(north, alice), attach(north, alice)
    home.hears()

    home.says(second, replace(first, request=2))

    assert [type(message) for message in home.hears()] == [Done, Refusal]


def test_a_presence_of_another_incarnation_than_the_links_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    presence = alice.presence(north.keys.id, incarnation=2)

    assert refuses(north, alice, presence=presence.signed) == "old_incarnation"


def test_a_client_that_its_account_does_not_list_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1: or lists as revoked."""
    mallory = replace(bob, account=alice.account)
    revoked = alice.account_record(revoked=(alice.id,))

    assert refuses(north, mallory, account=alice.account_record().signed) == "not_certified"
    assert refuses(north, alice, account=revoked.signed) == "not_certified"


def test_an_old_account_record_does_not_bring_a_revoked_client_back(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.1: also where nobody of the account is present."""
    laptop, phone = two_devices("alice")
    newer = laptop.account_record(version=2, clients=(laptop.id,))
    north.linked(SOUTH, newer)

    assert refuses(north, phone) == "not_certified"
    north.client(laptop).says(attach(north, laptop))
    assert [fact.client for fact in north.facts_of(ClientAttached)] == [laptop.id]


def test_an_account_record_of_another_account_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    assert refuses(north, alice, account=bob.account_record().signed) == "mismatch"


def test_another_bundle_than_the_presence_names_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    assert refuses(north, alice, bundle=alice.bundle(key="AAAA").signed) == "mismatch"
    assert refuses(north, alice, bundle=bob.bundle().signed) == "mismatch"
    assert refuses(north, alice, bundle=alice.account_record().signed) == "mismatch"


def test_a_bundle_that_no_answer_could_hold_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    home = north.client(alice)
    long = with_fields(alice.bundle(), alice.key, more='"' * 20_000)

    home.says(attach(north, alice, bundle=long))

    assert home.is_refused() == home.close_code == "too_large"


def test_a_later_attach_on_the_same_link_renews(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1: in the same slot."""
    south, home = north.linked(SOUTH), north.attached(alice)
    assert slots(south) == [(0, alice.id)]

    home.says(replace(attach(north, alice), request=2))

    assert home.hears_one(Done) == Done(2)
    assert slots(south) == [(0, alice.id)]
    assert north.node.snapshot().clients_reachable == 1


def test_a_client_on_a_second_link_replaces_its_first(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    first = north.attached(alice)

    second = north.attached(alice)

    assert (first.close_code, second.close_code) == ("duplicate_link", None)
    assert north.node.snapshot().clients_here == 1
    assert north.node.snapshot().clients_reachable == 1


@pytest.mark.parametrize("ending", ["gone", "detach"])
def test_when_a_client_goes_its_slot_is_emptied_and_used_again(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys, ending: str
) -> None:
    """docs/protocol.md, section 8.1."""
    south, home = north.linked(SOUTH), north.attached(alice)
    south.hears()

    if ending == "gone":
        home.ends()
    else:
        home.says(Detach())

    assert slots(south) == [(0, None)]
    assert len(north.facts_of(ClientDetached)) == 1
    north.attached(bob)
    assert slots(south) == [(0, bob.id)]


def test_a_client_that_has_attached_elsewhere_is_let_go(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, sections 5.3 and 8.1."""
    south, home = north.linked(SOUTH), north.attached(alice)
    south.hears()

    south.says(Push(tuple(record.signed for record in SOUTH.serving(alice))))

    assert home.close_code == "duplicate_link"
    assert slots(south) == [(0, None)]


# 8.2 Directory


def test_people_are_found_by_id_and_by_name(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.2."""
    home, _ = north.attached(alice), north.attached(bob)

    home.says(Find(request=1, id=bob.account_id), Find(request=2, name="bob"))

    by_id, by_name = home.hears_all(Found)
    assert by_id.people == by_name.people
    (present,) = by_id.people[0].present
    assert (present.home_name, present.bundle) == ("north", bob.bundle().signed)
    assert Reader(NETWORK).read(present.presence).value.signer == bob.id


@pytest.mark.parametrize(("node", "found"), [("north", 1), ("south", 1), ("west", 0)])
def test_a_node_narrows_a_name(north: NodeUnderTest, node: str, found: int) -> None:
    """docs/protocol.md, section 8.2."""
    here, there = a_client("bob"), a_client("bob", "another person")
    there = replace(there, account=a_client("bob the other").account)
    north.attached(here)
    north.linked(SOUTH, *SOUTH.serving(there))
    home = north.attached(a_client("alice"))

    home.says(Find(request=1, name="bob", node=node))
    passes(north, home, 6_000)

    assert len(home.hears_all(Found)[-1].people) == found


def passes(north: NodeUnderTest, home: Peer, for_ms: int) -> None:
    """Time passes, and every neighbour stays alive."""
    for _ in range(for_ms // 500):
        north.passes(500)
        for peer in list(north.peers.values()):
            if peer.is_open and peer is not home:
                peer.says(Ack(1))


@pytest.mark.parametrize("find", [Find(request=1), Find(request=1, id=SOUTH.id, name="bob")])  # type: ignore[arg-type]
def test_a_question_without_exactly_one_of_id_and_name_is_refused(
    north: NodeUnderTest, alice: ClientKeys, find: Find
) -> None:
    """docs/protocol.md, section 8.2."""
    home = north.attached(alice)

    home.says(find)

    refusal = home.hears_one(Refusal)
    assert (refusal.code, refusal.request) == ("mismatch", 1)


def test_nobody_found_is_an_empty_list(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.2."""
    home = north.attached(alice)

    home.says(Find(request=1, name="nobody"))

    assert home.hears_one(Found) == Found(request=1, people=(), is_last=True)


def test_who_is_away_is_found_without_clients(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.2."""
    home = north.attached(alice)
    north.attached(bob).ends()

    home.says(Find(request=1, name="bob"))

    assert who(list(home.hears_one(Found).people)) == [("bob", 0)]


def test_at_most_64_people_are_found_and_told_in_parts(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.2: many may bear one name."""
    south, home = north.linked(SOUTH), north.attached(alice)
    for number in range(70):
        namesake = replace(a_client("smith", f"{number}"), account=a_client(f"{number}").account)
        south.says(Push(tuple(record.signed for record in SOUTH.serving(namesake, number))))

    home.says(Find(request=1, name="smith"))
    passes(north, home, 6_000)

    parts = home.hears_all(Found)
    assert [len(part.people) for part in parts] == [32, 32]
    assert [part.is_last for part in parts] == [False, True]


def test_a_person_with_the_longest_statements_can_still_be_told_of(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, sections 1.2 and 8.2: as far as a frame reaches."""
    devices = [a_client("hoarder", f"device {number}") for number in range(32)]
    ids = tuple(device.id for device in devices)
    south, home = north.linked(SOUTH), north.attached(alice)
    home.says(Watch(request=1, accounts=None))
    for number, device in enumerate(devices):
        presence = with_fields(device.presence(SOUTH.id), device.key, more="x" * 15_000)
        read = Reader(NETWORK).read(presence)
        slot = SOUTH.slot(number, read)  # type: ignore[arg-type]  # a presence
        record = device.account_record(clients=ids)
        south.says(Push((record.signed, presence, slot.signed)))
    north.passes(50)

    told = [person for people in home.hears_all(People) for person in people.people]
    assert who(told)[-1] == ("hoarder", 16)
    home.says(Find(request=2, name="hoarder"))
    passes(north, home, 6_000)
    assert who(list(home.hears_all(Found)[0].people)) == [("hoarder", 16)]


def test_a_client_that_does_not_read_its_answers_is_told_to_wait(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, sections 1.4 and 8.2: a short question has a long answer."""
    south, home = north.linked(SOUTH), north.attached(alice)
    for number in range(200):
        person = a_client(f"person-{number}")
        south.says(Push(tuple(record.signed for record in SOUTH.serving(person, number))))
    home.reads = False

    for _ in range(4):
        home.says(*(Watch(request=number, accounts=None) for number in range(256)))

    home.reads = True
    home.says(Heartbeat(wants_echo=True))
    assert home.hears_all(Heartbeat) == [Heartbeat()]
    assert home.is_open
    refused = [fact for fact in north.facts if getattr(fact, "code", "") == "busy"]
    assert len(refused) > 900


# 8.3 Watch


def test_who_watches_everybody_is_told_all_and_then_what_changes(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.3: gathered for 50 ms."""
    home = north.attached(alice)

    home.says(Watch(request=3, accounts=None))
    people, done = home.hears()
    assert isinstance(people, People)
    assert (who(list(people.people)), done) == ([("alice", 1)], Done(3))
    north.passes(100)
    home.hears()
    other = north.attached(bob)
    north.passes(49)
    assert home.hears_all(People) == []
    north.passes(1)
    assert who(list(home.hears_one(People).people)) == [("bob", 1)]
    other.ends()
    north.passes(50)

    assert who(list(home.hears_one(People).people)) == [("bob", 0)]


def test_who_watches_some_is_told_of_these_alone(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.3: the last list counts."""
    home = north.attached(alice)
    home.says(Watch(request=1, accounts=None), Watch(request=2, accounts=(bob.account_id,)))
    home.hears()

    north.attached(a_client("carol"))
    north.attached(bob)
    north.passes(50)

    assert who(list(home.hears_one(People).people)) == [("bob", 1)]


def test_who_watches_nobody_is_told_of_nobody(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.3."""
    home = north.attached(alice)
    home.says(Watch(request=1, accounts=()))
    assert home.hears() == [Done(1)]

    north.attached(bob)
    north.passes(50)

    assert home.hears_all(People) == []


def test_people_of_a_node_that_dies_are_told_away(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 5.6 and 8.3."""
    south, home = north.linked(SOUTH, *SOUTH.serving(bob)), north.attached(alice)
    home.says(Watch(request=1, accounts=None))
    home.hears()

    south.ends("orderly")
    north.passes(50)

    assert sorted(who(list(home.hears_one(People).people))) == [("alice", 1), ("bob", 0)]


# 8.4 Channels


def test_a_channel_envelope_reaches_who_listens_here(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.4: its origin left out; accepted, never kept."""
    home, other, third = (north.attached(each) for each in (alice, bob, a_client("carol")))
    for peer in (home, other):
        peer.says(Join(request=4, channel="garden"))
        assert peer.hears() == [Done(4)]
    third.says(Join(request=4, channel="kitchen"))
    third.hears()
    said = alice.says_on("garden", "hello").signed

    home.says(Submit(number=1, envelope=said), Submit(number=2, envelope=said))
    north.passes(25)

    assert home.hears() == [Ack(2)]
    deliver = other.hears_one(Deliver)
    assert (deliver.envelope, deliver.keeper) == (said, None)
    assert third.hears_all(Deliver) == []
    assert north.node.snapshot().mailbox_envelopes == 0


def test_who_has_left_a_channel_hears_it_no_more(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.4."""
    home, other = north.attached(alice), north.attached(bob)
    other.says(Join(request=1, channel="garden"), Join(request=2, channel="kitchen"))
    other.says(Leave(request=3, channel="garden"), Leave(request=4, channel="cellar"))
    assert [done.request for done in other.hears_all(Done)] == [1, 2, 3, 4]

    home.says(Submit(number=1, envelope=alice.says_on("garden", "hello").signed))

    assert other.hears_all(Deliver) == []


def test_a_client_that_comes_back_has_to_join_again(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.4."""
    home, other = north.attached(alice), north.attached(bob)
    other.says(Join(request=1, channel="garden"))
    other.ends()
    again = north.attached(bob)

    home.says(Submit(number=1, envelope=alice.says_on("garden", "hello").signed))

    assert again.hears_all(Deliver) == []


def test_a_client_listens_to_at_most_64_channels(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.4."""
    home = north.attached(alice)
    home.says(*(Join(request=number, channel=f"c{number}") for number in range(64)))
    home.hears()

    home.says(Join(request=64, channel="c64"), Join(request=65, channel="c1"))

    refusal, done = home.hears()
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.request, done) == ("busy", 64, Done(65))


def test_only_an_attached_client_listens(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.4."""
    home = north.client(alice)

    home.says(Join(request=1, channel="garden"))

    assert home.is_refused() == home.close_code == "unexpected"


@pytest.mark.parametrize("name", ["", "x" * 65, "two words", "#garden", "bell\x07", "tab\t"])
def test_a_channel_name_out_of_its_bounds_is_refused(
    north: NodeUnderTest, alice: ClientKeys, name: str
) -> None:
    """docs/protocol.md, section 8.4."""
    home = north.attached(alice)

    home.says(Join(request=1, channel=name))

    assert home.is_refused() == home.close_code == "malformed"


def test_a_listener_without_credit_is_left_out(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 1.4 and 8.4."""
    home, other = north.attached(alice), north.attached(bob)
    other.says(Join(request=1, channel="garden"))
    for number in range(1, limits.CLIENT_CREDIT_ENVELOPES + 6):
        home.says(Submit(number=number, envelope=alice.says_on("garden", "hello").signed))
        north.passes(25 if number % 100 == 0 else 0)

    assert len(other.hears_all(Deliver)) == limits.CLIENT_CREDIT_ENVELOPES
    assert home.hears_all(Refusal) == []


# 8.5 Resuming


def test_clients_are_told_when_the_nodes_to_resume_at_change(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.5: at most every 5 s."""
    home = north.attached(alice)
    south = north.linked(SOUTH)
    north.passes(4_999)
    assert home.hears_all(Homes) == []
    south.says(Ack(1))
    north.passes(1)

    (told,) = home.hears_all(Homes)
    assert [node.name for node in told.homes] == ["south"]


def test_the_nearest_homes_come_first_and_at_most_eight(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, sections 2.4 and 8.5: one without an address is no use."""
    far = [a_node_called(f"far-{number}") for number in range(10)]
    south = north.linked(SOUTH)
    everybody = (north.keys.id, SOUTH.id, *(node.id for node in far))
    south.says(Push((SOUTH.record(links=everybody, neighbours=everybody).signed,)))
    records = [
        node.record(
            links=(SOUTH.id,), neighbours=(SOUTH.id,), addresses=() if node is far[0] else None
        )
        for node in far
    ]
    south.says(Push(tuple(record.signed for record in records)))
    north.passes(10)

    home = north.client(alice)

    welcome = [message for message in home.hears() if hasattr(message, "limits")][0]
    names = [node.name for node in welcome.homes]  # type: ignore[union-attr]
    assert (names[0], len(names)) == ("south", 8)
    assert "far-0" not in names
