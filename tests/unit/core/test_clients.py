"""What each message of a client sets in motion: the cases that no chapter names."""

from overlay.messages.clients import Deliver, Find, Found, Submit
from overlay.messages.links import Ack
from tests.protocol.harness import NodeUnderTest, a_node
from tests.support.people import a_client, a_node_called

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")


def test_a_question_to_a_client_of_the_same_home_is_handed_over() -> None:
    """docs/protocol.md, section 7.3."""
    north: NodeUnderTest = a_node()
    alice, bob = north.attached(ALICE), north.attached(BOB)
    statements = [ALICE.chain_wanted_from(BOB), ALICE.unknown_key_to(BOB)]

    for number, statement in enumerate(statements, start=1):
        alice.says(Submit(number=number, envelope=statement.signed))

    delivered = [deliver.envelope for deliver in bob.hears_all(Deliver)]
    assert delivered == [statement.signed for statement in statements]


def test_a_receipt_is_handed_over_once_however_often_it_comes() -> None:
    """docs/protocol.md, sections 7.2 and 7.5."""
    north = a_node()
    alice, bob = north.attached(ALICE), north.attached(BOB)
    alice.says(Submit(number=1, envelope=ALICE.message_to(BOB).signed))
    receipt = BOB.receipt_for(ALICE, (1, 1)).signed

    for number in (1, 2):
        bob.says(Submit(number=number, envelope=receipt, keeper=a_node_called("north").id))
    north.passes(25)

    assert [deliver.envelope for deliver in alice.hears_all(Deliver)] == [receipt]
    assert Ack(2) in bob.hears()


def test_a_client_may_look_people_up_before_it_attaches() -> None:
    """docs/protocol.md, section 8.2."""
    north = a_node()
    north.attached(BOB)
    alice = north.client(ALICE)

    alice.says(Find(request=1, name="bob"))

    assert len(alice.hears_one(Found).people) == 1
