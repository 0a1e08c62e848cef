"""Chapter 8, the node's side: finding people, and watching them."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.messages.clients import (
    Done,
    Find,
    Found,
    People,
    Person,
    Watch,
)
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Heartbeat, Refusal
from overlay.messages.records import AccountRecord
from overlay.peering.statements import Reader
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    NETWORK,
    ClientKeys,
    a_client,
    a_node_called,
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


def who(people: list[Person]) -> list[tuple[str, int]]:
    """The name of each person, and at how many clients it is reachable."""
    reader = Reader(NETWORK)
    return [
        (reader.read_as(AccountRecord, person.account).value.name, len(person.present))
        for person in people
    ]


def passes(north: NodeUnderTest, home: Peer, for_ms: int) -> None:
    """Time passes, and every neighbour stays alive."""
    for _ in range(for_ms // 500):
        north.passes(500)
        for peer in list(north.peers.values()):
            if peer.is_open and peer is not home:
                peer.says(Ack(1))


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


def test_a_watch_of_everybody_counts_as_all_that_is_told(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.2: also what follows as it is read."""
    south, home = north.linked(SOUTH), north.attached(alice)
    for number in range(100):
        person = a_client(f"person-{number}")
        presence = with_fields(person.presence(SOUTH.id), person.key, more="x" * 15_000)
        read = Reader(NETWORK).read(presence)
        slot = SOUTH.slot(number, read)  # type: ignore[arg-type]  # a presence
        south.says(Push((person.account_record().signed, presence, slot.signed)))

    home.says(Watch(request=1, accounts=None))
    home.says(Watch(request=2, accounts=None))
    home.says(Watch(request=3, accounts=None))

    heard = home.hears()
    assert [each.request for each in heard if isinstance(each, Done)] == [1, 2]
    (busy,) = (each for each in heard if isinstance(each, Refusal))
    assert (busy.request, busy.detail) == (3, "enough was answered for now")


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
    north.passes(limits.LOSSES_GATHER_MS + limits.REACHABILITY_MS)

    told = [person for people in home.hears_all(People) for person in people.people]
    assert sorted(set(who(told))) == [("alice", 1), ("bob", 0)]


@pytest.mark.parametrize(
    "question", [Find(request=7, name="nobody"), Watch(request=7, accounts=None)]
)
def test_a_client_that_asks_without_end_is_told_to_wait(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys, question: Find | Watch
) -> None:
    """docs/protocol.md, section 8.2: others are answered meanwhile."""
    home, other = north.attached(alice), north.attached(bob)
    codes: list[str] = []
    for _ in range(400):
        home.says(question)
        codes += [refusal.code for refusal in home.hears_all(Refusal)]

    assert 10 < len(codes) < 390
    assert set(codes) == {"busy"}
    other.says(Find(request=1, name="alice"))
    assert len(other.hears_one(Found).people) == 1
    for _ in range(20):
        passes(north, home, 500)
        home.says(Heartbeat())
    home.hears()
    home.says(question)
    assert home.hears_all(Refusal) == []
