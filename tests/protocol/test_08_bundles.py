"""Chapter 8.2, its middle: how one home gets the key bundle of another's client."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import EnvelopeRefused
from overlay.crypto.signing import Verifier
from overlay.messages.clients import Find, Found
from overlay.messages.envelopes import BundleAnswer, BundleWanted
from overlay.messages.gossip import Push
from overlay.messages.ids import Counter
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import Relay, Returned
from overlay.messages.signed import Signed
from overlay.peering.events import Stored
from overlay.peering.statements import Reader, Verified
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    NETWORK,
    NodeKeys,
    a_client,
    a_node_called,
    salt_of,
    two_devices,
    with_fields,
)

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def wanted_of(relay: Relay) -> BundleWanted:
    """The question that a copy carries, as its signer made it."""
    return Reader(NETWORK).read_as(BundleWanted, relay.envelope).value


def answer(
    asker: str, bundle: Signed | None, *, counter: int = 1, signer: NodeKeys = SOUTH
) -> Verified[BundleAnswer]:
    """South's answer about bob's bundle."""
    value = BundleAnswer(
        signer=signer.id,
        salt=salt_of(f"answer {counter}"),
        incarnation=signer.incarnation,
        counter=Counter(counter),
        recipients=(asker,),
        client=BOB.id,
        bundle=bundle,
    )
    return signer.sign(value)


def question(signer: NodeKeys = SOUTH, counter: int = 1) -> Verified[BundleWanted]:
    """South asks for alice's bundle."""
    value = BundleWanted(
        signer=signer.id,
        salt=salt_of(f"question {counter}"),
        incarnation=signer.incarnation,
        counter=Counter(counter),
        recipients=(ALICE.id,),
    )
    return signer.sign(value)


def relays(peer: Peer, statement: Verified[BundleAnswer] | Verified[BundleWanted]) -> None:
    """A copy comes for the node under test."""
    peer.says(
        Relay(
            number=peer.next_number(),
            envelope=statement.signed,
            keeper=SOUTH.id,
            home=a_node_called("north").id,
            attempt=0,
            budget=5,
        )
    )


def bundles(found: Found) -> list[Signed | None]:
    return [present.bundle for person in found.people for present in person.present]


def test_a_bundle_is_asked_of_the_clients_home_before_the_answer(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)

    home.says(Find(request=1, name="bob"))
    assert home.hears() == []
    relay = south.hears_one(Relay)
    asked = wanted_of(relay)
    assert (asked.signer, asked.recipients, relay.home) == (north.id, (BOB.id,), SOUTH.id)
    relays(south, answer(north.id, BOB.bundle().signed))

    assert bundles(home.hears_one(Found)) == [BOB.bundle().signed]


def test_a_bundle_that_came_is_kept(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)
    home.says(Find(request=1, name="bob"))
    relays(south, answer(north.id, BOB.bundle().signed))
    home.hears()

    home.says(Find(request=2, name="bob"))

    assert bundles(home.hears_one(Found)) == [BOB.bundle().signed]


def test_questions_wait_for_one_answer_together(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)

    home.says(Find(request=1, name="bob"), Find(request=2, id=BOB.account_id))
    relays(south, answer(north.id, BOB.bundle().signed))

    assert [found.request for found in home.hears_all(Found)] == [1, 2]


def test_a_bundle_is_asked_for_five_times_a_second_apart(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2: then the answer goes without it."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)
    home.says(Find(request=1, name="bob"))
    asked = []
    for _ in range(50):
        asked += [wanted_of(relay).counter for relay in south.hears_all(Relay)]
        south.says(Ack(99))
        assert home.hears_all(Found) == []
        north.passes(100)

    assert len(asked) == len(set(asked)) == limits.BUNDLE_ASKS_MAX
    assert bundles(home.hears_one(Found)) == [None]


@pytest.mark.parametrize(
    ("bundle", "code"),
    [
        (BOB.bundle(key="AAAA").signed, "mismatch"),
        (ALICE.bundle().signed, "mismatch"),
        (BOB.account_record().signed, "mismatch"),
        (replace(BOB.bundle().signed, signature="A" * 86), "bad_signature"),
    ],
)
def test_another_bundle_than_the_presence_names_is_not_taken(
    north: NodeUnderTest, bundle: Signed, code: str
) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)
    home.says(Find(request=1, name="bob"))

    relays(south, answer(north.id, bundle))

    assert south.hears_one(Refusal).code == code
    assert [fact.code for fact in north.facts_of(EnvelopeRefused)] == [code]
    assert home.hears_all(Found) == []


def test_an_answer_about_nobody_present_is_not_taken(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south = north.linked(SOUTH)

    relays(south, answer(north.id, BOB.bundle().signed))

    assert south.hears_one(Refusal).code == "mismatch"


def test_an_answer_that_the_home_has_none_is_waited_out(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)
    home.says(Find(request=1, name="bob"))

    relays(south, answer(north.id, None))

    assert (south.hears_all(Refusal), home.hears_all(Found)) == ([], [])


def test_a_home_answers_for_its_clients(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2: signed by the node itself, routed like any envelope."""
    south, _ = north.linked(SOUTH), north.attached(ALICE)
    south.hears()

    relays(south, question())

    relay = south.hears_one(Relay)
    told = Reader(NETWORK).read_as(BundleAnswer, relay.envelope).value
    assert (relay.home, relay.keeper) == (SOUTH.id, north.id)
    assert (told.signer, told.recipients, told.client) == (north.id, (SOUTH.id,), ALICE.id)
    assert told.bundle == ALICE.bundle().signed


def test_the_longest_bundle_of_a_client_fits_into_an_answer(north: NodeUnderTest) -> None:
    """docs/protocol.md, sections 1.2 and 8.2: however often its text has to be escaped."""
    south, home = north.linked(SOUTH), north.client(ALICE)
    long = with_fields(ALICE.bundle(), ALICE.key, more='"' * 7_000)
    leaf = Reader(NETWORK).read(long).leaf
    presence = with_fields(ALICE.presence(north.keys.id), ALICE.key, bundle=leaf)
    home.says(replace(ALICE.attach_at(north.keys.id), presence=presence, bundle=long))
    south.hears()

    relays(south, question())

    told = Reader(NETWORK).read_as(BundleAnswer, south.hears_one(Relay).envelope).value
    assert told.bundle == long


def test_a_home_says_when_it_has_no_bundle(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south = north.linked(SOUTH)

    relays(south, question())

    told = Reader(NETWORK).read_as(BundleAnswer, south.hears_one(Relay).envelope).value
    assert told.bundle is None


def test_who_could_not_be_reached_is_not_answered(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2: a signature for nothing."""
    south, _ = north.linked(SOUTH), north.attached(ALICE)
    south.hears()

    relays(south, question(WEST))

    assert south.hears_all(Relay) == []


def test_questions_and_answers_use_each_counter_once(north: NodeUnderTest) -> None:
    """docs/protocol.md, sections 7.2 and 8.2: below a ceiling that is on the disk."""
    south, _ = north.linked(SOUTH), north.attached(ALICE)
    south.hears()
    north.stores_at_once = False

    for counter in range(1, limits.COUNTER_BLOCK + 10):
        relays(south, question(counter=counter))
        south.says(Ack(2**53 - 1))

    told = [
        Reader(NETWORK).read_as(BundleAnswer, relay.envelope).value.counter
        for relay in south.hears_all(Relay)
    ]
    assert told == list(range(1, limits.COUNTER_BLOCK + 1))
    assert len(north.unanswered) >= 1


def test_counters_that_cannot_be_reserved_are_asked_for_again_after_a_while(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 8.2."""
    south, _ = north.linked(SOUTH), north.attached(ALICE)
    north.passes(2_000)
    north.stores_at_once = False
    for counter in range(1, limits.COUNTER_BLOCK + 10):
        relays(south, question(counter=counter))
        south.says(Ack(2**53 - 1))
    south.hears()

    north.disk_refuses()
    assert north.unanswered == []
    relays(south, question(counter=5_000))
    north.passes(limits.STORE_RETRY_MS)
    (ticket,) = north.unanswered
    north.happens(Stored(ticket))
    relays(south, question(counter=5_001))

    (relay,) = south.hears_all(Relay)
    told = Reader(NETWORK).read_as(BundleAnswer, relay.envelope).value
    assert told.counter == limits.COUNTER_BLOCK + 1


def test_a_client_may_have_64_questions_under_way(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    north.linked(SOUTH, *SOUTH.serving(BOB))
    home = north.attached(ALICE)

    home.says(*(Find(request=number, name="bob") for number in range(65)))

    refusal = home.hears_one(Refusal)
    assert (refusal.code, refusal.request) == ("busy", 64)


def test_the_questions_of_a_client_that_left_are_nobodys(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)
    home.says(Find(request=1, name="bob"))
    home.ends()
    south.hears()

    north.passes(limits.BUNDLE_ASK_MS)

    assert south.hears_all(Relay) == []


def test_one_question_asks_for_no_more_than_64_bundles(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2: many bear one name, and each may have many clients."""
    south, home = north.linked(SOUTH), north.attached(ALICE)
    for number in range(40):
        for slot, device in enumerate(two_devices("smith")):
            key, account = a_client(f"{number}", f"{slot}").key, a_client(f"{number}").account
            ids = tuple(a_client(f"{number}", f"{each}").id for each in (0, 1))
            namesake = replace(device, key=key, account=account, clients=ids)
            records = SOUTH.serving(namesake, 2 * number + slot)
            south.says(Push(tuple(record.signed for record in records)))
    south.hears()

    home.says(Find(request=1, name="smith"))

    relays_heard = south.hears_all(Relay)
    assert len(relays_heard) == limits.BUNDLE_QUESTIONS_MAX
    verifier = Verifier(NETWORK, 8, 8)
    for relay in relays_heard:
        signed = relay.envelope
        verifier.verify(
            signed.kind, signed.signer, signed.signed, signed.signature, signed.index, signed.path
        )
    assert verifier.signatures_checked == 1


def test_a_question_that_finds_no_way_is_asked_again_in_its_time(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)
    home.says(Find(request=1, name="bob"))
    relay = south.hears_one(Relay)

    south.says(
        Returned(
            number=relay.number,
            reason="no_way",
            envelope=relay.envelope,
            keeper=relay.keeper,
            home=relay.home,
            attempt=relay.attempt,
            budget=relay.budget,
        )
    )
    assert south.hears_all(Relay) == []
    north.passes(limits.BUNDLE_ASK_MS)

    assert len(south.hears_all(Relay)) == 1


def test_a_question_about_a_client_that_has_just_left_is_not_sent(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    south, home = north.linked(SOUTH, *SOUTH.serving(BOB)), north.attached(ALICE)
    south.hears()

    north.happens(
        home.frame(Find(request=1, name="bob")), south.frame(Push((SOUTH.slot(0, None).signed,)))
    )

    assert south.hears_all(Relay) == []


def test_the_bundle_of_a_client_that_has_just_left_is_remembered(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.2."""
    home = north.attached(ALICE)
    north.attached(BOB).ends()
    south = north.linked(SOUTH)
    south.says(Push(tuple(record.signed for record in SOUTH.serving(BOB))))

    home.says(Find(request=1, name="bob"))

    assert bundles(home.hears_one(Found)) == [BOB.bundle().signed]
